"""The files of a new task, small but whole: `{{id}}` is the task's id, `.tmpl` is taken off the names.

Refuses to be more than a start: one resource, one hidden test per rule, one attack, one mutant.
"""
