import hashlib
import hmac
import threading

import pytest
from argon2 import extract_parameters

from app import passwords as module
from app.passwords import Passwords
from app.tokens import digest, new_token


def test_the_hashes_are_slow_salted_argon2id(passwords: Passwords) -> None:
    real = Passwords().hash("a password")
    found = extract_parameters(real)
    assert real.startswith("$argon2id$")
    assert (found.time_cost, found.memory_cost, found.parallelism) == (2, 19_456, 1)
    assert passwords.hash("a password") != passwords.hash("a password")


def test_only_the_password_itself_is_right(passwords: Passwords) -> None:
    made = passwords.hash("x" * 127 + "a")
    assert passwords.is_right("x" * 127 + "a", made) is True
    assert passwords.is_right("x" * 127 + "b", made) is False
    assert passwords.is_right("x" * 127, made) is False


def test_nobodys_password_is_checked_and_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    class Recording:
        def __init__(self, *_: int) -> None:
            pass

        def hash(self, _: str) -> str:
            return "a hash"

        def verify(self, password_hash: str, password: str) -> bool:
            checked.append((password_hash, password))
            return True

    monkeypatch.setattr(module, "PasswordHasher", Recording)
    passwords = Passwords()
    assert passwords.is_right("anything", None) is False
    assert passwords.is_right("anything", "theirs") is True
    assert checked == [("a hash", "anything"), ("theirs", "anything")]


def test_at_most_two_hashes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave = threading.Semaphore(0), threading.Event()

    class Slow:
        def __init__(self, *_: int) -> None:
            self.first = True

        def hash(self, _: str) -> str:
            if self.first:
                self.first = False
                return "nobody's"
            entered.release()
            leave.wait(5)
            return "a hash"

        def verify(self, *_: str) -> bool:
            return self.hash("") == "a hash"

    monkeypatch.setattr(module, "PasswordHasher", Slow)
    passwords = Passwords()
    work = [lambda: passwords.hash("x"), lambda: passwords.is_right("x", "y"), lambda: passwords.hash("z")]
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=5)
    assert entered.acquire(timeout=5)
    assert not entered.acquire(timeout=0.1)
    leave.set()
    for thread in threads:
        thread.join(5)
    assert entered.acquire(timeout=5)


def test_tokens_are_random() -> None:
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {43}


def test_digests_depend_on_the_secret() -> None:
    assert digest(b"s", "token") == hmac.new(b"s", b"token", hashlib.sha256).digest()
    assert digest(b"s", "token") != digest(b"t", "token")
    assert len(digest(b"s", "\ud800")) == 32
