"""Doors to parallel execution: jobs in, results as they finish."""
