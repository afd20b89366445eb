"""An HTTP client whose answers have an end: the body is read whole, decompressed, up to a cap, whatever it says.

Refuses encodings that it did not ask for. Decompression goes in steps of a megabyte (httpx2), so that a small body that
would unpack to a large one is given up at the cap, errors' bodies included.
"""

from typing import Any

import httpx2

from harness.agents.calls import CallFailed
from harness.agents.tls import trusted

MAX_ANSWER = 16_000_000  # bytes, decompressed
# An event for every token adds a few hundred bytes to each: the cap of what it carries is MAX_ANSWER (answer_text).
MAX_EVENTS = 4 * MAX_ANSWER
_UNPACKED = frozenset(("identity", "gzip", "deflate", "x-gzip", ""))
_EVENTS = (b"data", b"event", b"id:", b"retry", b":")


class BoundedClient(httpx2.Client):
    """For one call: `received` holds what came, also when it ended too early."""

    def __init__(self, idle_s: float) -> None:
        timeout = httpx2.Timeout(idle_s, connect=min(idle_s, 20.0))
        headers = {"Accept-Encoding": "gzip, deflate"}
        super().__init__(follow_redirects=False, timeout=timeout, verify=trusted(), headers=headers)
        self.received = bytearray()

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """The response with its body; CallFailed `too_large` or `encoding`. `stream` makes no difference."""
        self.received.clear()
        response = super().send(request, stream=True, **options)
        try:
            self._read(response)
        finally:
            response.close()
        headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in _OF_THE_WIRE]
        return httpx2.Response(
            response.status_code, headers=headers, content=bytes(self.received), request=response.request
        )

    def _read(self, response: httpx2.Response) -> None:
        encodings = response.headers.get("content-encoding", "").lower().split(",")
        foreign = [name.strip() for name in encodings if name.strip() not in _UNPACKED]
        if foreign:
            said = f"the answer is encoded as {foreign[0]!r}, which was not asked for; asked for were gzip and deflate"
            raise CallFailed("encoding", said, response.status_code, billable=True)
        for chunk in response.iter_bytes():
            self.received += chunk
            cap = MAX_EVENTS if self.received[:64].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(_EVENTS) else MAX_ANSWER
            if len(self.received) > cap:
                del self.received[100_000:]
                said = f"the answer is larger than {cap // 1_000_000} MB when unpacked; it was given up there"
                raise CallFailed("too_large", said, response.status_code, billable=True)


_OF_THE_WIRE = frozenset(("content-encoding", "content-length", "transfer-encoding"))
