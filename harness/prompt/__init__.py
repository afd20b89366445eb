"""Prompt: what an agent is sent, rendered purely from its definition and a task.

Refuses to touch the definition's own words: what we need for delivery goes into the user message only.
"""
