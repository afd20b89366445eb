"""The release gate: a policy applied to a run, with one answer and every reason for it.

Refuses to read files and to soften an answer: INVALID, BLOCK, PASS and INCONCLUSIVE are decided in this order.
"""
