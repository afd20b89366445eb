"""The profile's text. What it really stops is tried in tests/integration/test_containment.py."""

import json

import pytest

from harness.errors import IsolationRefused
from harness.sandbox.seccomp import DENIED, profile_text


def test_it_allows_by_default_and_names_one_abi() -> None:
    profile = json.loads(profile_text("x86_64"))
    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    assert profile["architectures"] == ["SCMP_ARCH_X86_64"], "a second ABI would be a way around every rule"


def test_clone3_does_not_exist_so_that_libc_falls_back() -> None:
    rules = json.loads(profile_text("aarch64"))["syscalls"]
    assert [rule["errnoRet"] for rule in rules if "clone3" in rule["names"]] == [38]


def test_only_four_socket_families_are_left() -> None:
    rules = [rule for rule in json.loads(profile_text("x86_64"))["syscalls"] if "socket" in rule["names"]]
    denied = {rule["args"][0]["value"] for rule in rules if rule["args"][0]["op"] == "SCMP_CMP_EQ"}
    above = [rule["args"][0]["value"] for rule in rules if rule["args"][0]["op"] == "SCMP_CMP_GT"]
    assert above == [16]
    assert set(range(17)) - denied == {1, 2, 10, 16}


def test_nothing_is_listed_twice() -> None:
    assert len(set(DENIED)) == len(DENIED)


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(IsolationRefused, match="riscv64"):
        profile_text("riscv64")
