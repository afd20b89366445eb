"""A greedy little process beside the driver: it burns a short burst of CPU now and then and notes what it got.

    python -I -S canary.py FD PERIOD_S FORMAT     writes (monotonic, fair seconds, share) into the file FD, for ever

The share is CPU time over wall time of a burst: what any greedy process gets here just now. A burst is longer than a
scheduler's slice, since who has slept is served first, and for one slice only. Refuses to outlive its parent.
"""

import ctypes
import os
import struct
import sys
import time

BURST_S = 0.02
SMOOTH = 0.5  # weight of the latest burst


def burst(cpu_s: float) -> float:
    """Burn `cpu_s` of CPU; the share of a CPU that was to be had meanwhile, in (0, 1]."""
    began, used = time.monotonic(), time.process_time()
    while time.process_time() - used < cpu_s:
        pass
    wall = time.monotonic() - began
    return min(1.0, (time.process_time() - used) / wall) if wall > 0 else 1.0


def sing(fd: int, period_s: float, record: struct.Struct) -> None:
    """Write after each burst until the parent is gone. The time between two bursts counts with their mean share."""
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE off: nobody of our uid writes into our file
    parent = os.getppid()
    last, fair, share = time.monotonic(), 0.0, 1.0
    while os.getppid() == parent:
        latest = burst(BURST_S)
        share = SMOOTH * latest + (1 - SMOOTH) * share
        now = time.monotonic()
        fair += (now - last) * share
        last = now
        os.pwrite(fd, record.pack(now, fair, share), 0)
        time.sleep(period_s)


if __name__ == "__main__":
    sing(int(sys.argv[1]), float(sys.argv[2]), struct.Struct(sys.argv[3]))
