"""Intake: from a reply's text to files, purely.

Refuses to touch the disk and to repair what an agent wrote: a reply becomes a submission, a question, or a refusal.
"""
