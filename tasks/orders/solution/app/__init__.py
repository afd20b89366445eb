"""Order management service."""
