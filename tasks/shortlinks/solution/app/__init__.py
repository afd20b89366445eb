"""Short link service."""
