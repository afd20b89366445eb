"""The store: a run as a folder of plain files, written atomically and validated on the way in and out.

Refuses to judge: it neither scores nor decides what is retried.
"""
