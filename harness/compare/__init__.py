"""Comparison of agent versions: paired, by task family, with intervals that hold what they promise.

Refuses to read or write anything, and to call a difference better or worse on fewer families than it can be decided on.
"""
