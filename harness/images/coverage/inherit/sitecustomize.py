"""Python processes that the tests start (a uvicorn child) inherit our tracer through PYTHONPATH and SUITE_SIDE.

Refuses to act in any process where SUITE_SIDE is not set, so the runner itself is traced once only.
"""

import json
import os
import sys

if os.environ.get("SUITE_SIDE"):
    _side = json.loads(os.environ["SUITE_SIDE"])
    sys.path.append(_side["tools"])
    import builtins

    import coverage
    import followed
    import suite_side

    suite_side.watch(_side["executed"], _side["root"], _side["tools"])
    followed.follow(_side["inherit"], os.environ["SUITE_SIDE"])
    followed.find_first(_side["roots"])
    os.environ["COVERAGE_PROCESS_START"] = _side["rcfile"]
    coverage.process_startup()
    _fd = os.open(_side["witness"]["path"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    _seen = set()

    def _hit(line_id, seen=_seen, write=os.write, fd=_fd):
        if line_id not in seen:
            seen.add(line_id)
            write(fd, b"*%d\n" % line_id)  # *: on behalf of whichever test

    setattr(builtins, _side["witness"]["name"], _hit)
