"""Account service."""
