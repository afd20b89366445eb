"""Services that deserve no marks: what a task gives away for nothing is measured with them.

Refuses to know any task: what they answer is made from the task's own contract, and written beside them.
"""
