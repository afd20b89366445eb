"""The certificates by which a live model's server is trusted: read once a process, since that takes longer than a call.

Refuses certificates of its own: the host's settings (SSL_CERT_FILE, SSL_CERT_DIR) and the client's bundle count.
"""

import functools
import ssl

import httpx2


@functools.cache
def trusted() -> ssl.SSLContext:
    """The context that clients share; each of them would load the same bundle again (about 40 ms)."""
    return httpx2.create_ssl_context()
