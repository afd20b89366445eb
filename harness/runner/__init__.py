"""Many trials: plan, lock, execute, retry, resume, re-score.

Refuses to look inside a trial: that is `harness.trial`.
"""
