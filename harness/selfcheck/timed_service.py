"""A service whose true latencies are known, because it writes down each of its own: the yardstick of the load probe.

It refuses to be quick or correct beyond its purpose. Standard library only; copied alone into a pod and started with
`python3 app.py`. DELAY_MS is what every answer takes; with STALL_S and EVERY_S, whatever arrives in the first STALL_S
seconds of each EVERY_S seconds also waits for the end of that stall. Each answer prints `ms <milliseconds>`.
"""

import asyncio
import os
import sys
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            arrived = time.perf_counter()
            if b"/health" not in head:
                await asyncio.sleep(_wait_s(arrived))
            writer.write(ANSWER)
            await writer.drain()
            if b"/health" not in head:
                sys.stdout.write(f"ms {1000 * (time.perf_counter() - arrived):.3f}\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _wait_s(arrived: float) -> float:
    delay_s = float(os.environ["DELAY_MS"]) / 1000
    stall_s, every_s = float(os.environ.get("STALL_S", "0")), float(os.environ.get("EVERY_S", "1"))
    return max(0.0, stall_s - arrived % every_s) + delay_s


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", int(os.environ["PORT"]), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    asyncio.run(_main())
