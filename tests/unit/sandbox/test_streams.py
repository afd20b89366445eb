"""Frames, caps and the ready line, whatever the pieces they arrive in."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EngineFault
from harness.sandbox.streams import STDERR, STDOUT, FaultLines, Frames, Head, ReadyLine, Sought, Tail, sought_parts


def frame(stream: int, payload: bytes) -> bytes:
    return struct.pack(">BxxxI", stream, len(payload)) + payload


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(
    st.lists(st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary(max_size=40)), max_size=8),
    st.lists(st.integers(min_value=0), max_size=12),
)
def test_frames_survive_any_cutting(sent: list[tuple[int, bytes]], places: list[int]) -> None:
    frames = Frames()
    data = b"".join(frame(*entry) for entry in sent)
    assert [entry for piece in cut(data, places) for entry in frames.feed(piece)] == sent


@pytest.mark.parametrize("junk", [b"HTTP/1.1 500 Internal", b"\x07\0\0\0\0\0\0\1x", b"\1\0\0\0\xff\xff\xff\xff"])
def test_what_is_no_frame_is_an_engine_fault(junk: bytes) -> None:
    with pytest.raises(EngineFault, match="stream header"):
        list(Frames().feed(junk))


@given(st.lists(st.binary(max_size=50), max_size=10), st.integers(min_value=0, max_value=60))
def test_head_and_tail_keep_their_end(pieces: list[bytes], cap: int) -> None:
    whole, head, tail = b"".join(pieces), Head(cap), Tail(cap + 1)
    for piece in pieces:
        head.add(piece)
        tail.add(piece)
    assert head.value() == whole[:cap]
    assert head.truncated == (len(whole) > cap)
    assert tail.value() == whole[-(cap + 1) :]
    assert tail.truncated == (len(whole) > cap + 1)


@given(st.lists(st.integers(min_value=0), max_size=12))
def test_the_ready_line_is_seen_once_in_any_pieces(places: list[int]) -> None:
    ready = ReadyLine("n0")
    data = b"noise\nready n0 0.25\nready n0 0.50\n"
    assert [ready.add(piece) for piece in cut(data, places)].count(True) == 1
    assert ready.seen


@pytest.mark.parametrize(
    "said",
    [b"ready other 0.1\n", b"xready n0 0.1\n", b"ready n0 0.1", b"ready n01 0.1\n", b"y" * 9000 + b"ready n0 1\n"],
)
def test_other_lines_are_not_the_ready_line(said: bytes) -> None:
    ready = ReadyLine("n0")
    assert not ready.add(said)
    assert not ready.seen


@given(st.lists(st.integers(min_value=0), max_size=12))
def test_each_fault_line_is_heard_once_in_any_pieces(places: list[int]) -> None:
    faults = FaultLines("n0")
    data = b"fault n0 kill\nnoise\nfault other kill\n fault n0 kill\nfault n0 restart\nfault n0 ki"
    assert [kind for piece in cut(data, places) for kind in faults.add(piece)] == ["kill", "restart"]


@given(st.lists(st.integers(min_value=0), max_size=12), st.binary(max_size=30), st.binary(max_size=30))
def test_a_text_is_found_wherever_a_stream_is_cut(places: list[int], before: bytes, after: bytes) -> None:
    sought = Sought({"KEY": [b"0011223344556677", b"8899"], "OTHER": [b"\xff" * 40], "NONE": []})
    for piece in cut(before + b"0011223344556677" + after, places):
        sought.add(STDOUT, piece)
        sought.add(STDERR, b"-" * 20)
    assert sought.found == {"KEY"}


def test_halves_of_different_streams_make_no_text_and_little_is_kept() -> None:
    sought = Sought({"KEY": [b"0011223344556677"]})
    sought.add(STDOUT, b"x" * 100_000 + b"00112233")
    sought.add(STDERR, b"44556677")
    assert not sought.found
    assert sum(len(end) for end in sought._ends.values()) < 2 * 16


def test_the_parts_of_values_that_look_secret() -> None:
    env = {"API_TOKENS": "a:00112233,b:44556677", "PORT": "8000"}
    assert sought_parts("[0-9]{8}", env) == {"API_TOKENS": [b"00112233", b"44556677"], "PORT": []}
    assert sought_parts("", env) == {}
