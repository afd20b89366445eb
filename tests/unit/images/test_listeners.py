"""What listens in the pod of a service that never answered: real listeners of this machine, and how they are told."""

import importlib
import socket
import sys
from pathlib import Path

import pytest

SHARED = str(Path(__file__).parents[3] / "harness" / "images" / "shared")
if SHARED not in sys.path:
    sys.path.insert(0, SHARED)

listeners = importlib.import_module("harness_probe.listeners")
listening, told = listeners.listening, listeners.told

ASKED = "http://127.0.0.1:8000"


def test_listeners_are_found_and_connections_are_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        found = listening()
        assert server.getsockname() in found
        assert client.getsockname() not in found
    if socket.has_ipv6:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
            assert server.getsockname()[:2] in listening()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "nothing listens on any port in its container"),
        ([("127.0.0.1", 5000)], "it listens on 127.0.0.1:5000, and not on 127.0.0.1:8000, which PORT asks for"),
        ([("0.0.0.0", 3000), ("::", 5000)], "it listens on 0.0.0.0:3000, [::]:5000, and not on"),
        ([("::1", 8000)], "it listens on [::1]:8000, and not on 127.0.0.1:8000"),
        ([("127.0.0.2", 8000)], "it listens on 127.0.0.2:8000, and not on"),
        ([("127.0.0.1", port) for port in range(3000, 3009)], "127.0.0.1:3004 and 4 more, and not on"),
        ([("127.0.0.1", 5432), ("0.0.0.0", 8000)], "something listens on 127.0.0.1:8000, and gave no HTTP answer"),
        ([("::", 8000)], "something listens on 127.0.0.1:8000"),
        ([("::ffff:127.0.0.1", 8000)], "something listens on 127.0.0.1:8000"),
    ],
)
def test_what_is_told(found: list[tuple[str, int]], said: str) -> None:
    assert said in told(ASKED, found)


def test_a_table_of_another_form_tells_of_nothing(tmp_path: Path) -> None:
    odd = tmp_path / "tcp"
    odd.write_text("  sl  local_address rem_address   st\n   0: ZZ:1F90 00:0 0A\n")
    assert listening([str(odd), str(tmp_path / "missing")]) == []
