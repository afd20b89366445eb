"""The harness holds itself to account: expected results, task checks, its own cost.

Refuses to soften: a mismatch is printed beside what was expected, never averaged away.
"""
