"""Reports: pure functions from records to bytes.

Refuses to measure, to judge and to touch a disk; every aggregate comes with its denominators.
"""
