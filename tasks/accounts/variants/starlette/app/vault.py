"""Accounts, sessions and wrong guesses: SQLite behind one lock, password hashes by PBKDF2."""

import hashlib
import hmac
import math
import secrets
import sqlite3
import threading
import time

ROUNDS = 100_000
TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    salt BLOB NOT NULL, hash BLOB NOT NULL, since REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS visits (
    nr INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL,
    since REAL NOT NULL, until REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS visits_of ON visits (person);
CREATE TABLE IF NOT EXISTS guesses (email TEXT PRIMARY KEY, wrong INTEGER NOT NULL, until REAL NOT NULL);
"""


class Denied(Exception):
    """Address or password is wrong."""


class Locked(Exception):
    def __init__(self, left_s):
        super().__init__(left_s)
        self.retry_after_s = math.ceil(left_s)


class Vault:
    """All calls may come from any thread. `rounds` of PBKDF2-HMAC-SHA256."""

    def __init__(self, path, lockout_s, rounds=ROUNDS):
        self._lockout_s, self._rounds = lockout_s, rounds
        self._lock = threading.RLock()
        self._hashing = threading.BoundedSemaphore(2)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(TABLES)
        self._nobody = {"salt": b"\0" * 16, "hash": b""}

    def close(self):
        self._db.close()

    def add(self, person_id, email, name, password):
        """The new person, None when the address is taken."""
        salt = secrets.token_bytes(16)
        row = (person_id, email, name, salt, self._hash(password, salt), time.time())
        added = self._run("INSERT OR IGNORE INTO people VALUES (?, ?, ?, ?, ?, ?)", *row)
        return self.person(person_id) if added.rowcount else None

    def person(self, person_id):
        return self._one("SELECT * FROM people WHERE id = ?", person_id)

    def rename(self, person_id, name):
        self._run("UPDATE people SET name = ? WHERE id = ?", name, person_id)
        return self.person(person_id)

    def prove(self, email, password):
        """The person with these credentials. Raises Denied or Locked."""
        self._refuse_locked(email)
        person = self._one("SELECT * FROM people WHERE email = ?", email)
        known = person or self._nobody
        right = hmac.compare_digest(self._hash(password, known["salt"]), known["hash"])
        with self._lock:
            self._refuse_locked(email)  # looked at again: others may have guessed meanwhile
            if right:
                self._run("DELETE FROM guesses WHERE email = ?", email)
                return person
            before = self._one("SELECT wrong FROM guesses WHERE email = ?", email)
            wrong = 1 + (before["wrong"] if before else 0)
            now_locked = wrong >= 5
            values = (0, time.time() + self._lockout_s) if now_locked else (wrong, 0.0)
            self._run("REPLACE INTO guesses VALUES (?, ?, ?)", email, *values)
        raise Denied

    def set_password(self, proven, password):
        salt = secrets.token_bytes(16)
        hashed = self._hash(password, salt)
        with self._lock:
            self._still(proven)
            self._run("UPDATE people SET salt = ?, hash = ? WHERE id = ?", salt, hashed, proven["id"])
            self._run("DELETE FROM visits WHERE person = ?", proven["id"])

    def remove(self, proven):
        with self._lock:
            self._still(proven)
            self._run("DELETE FROM people WHERE id = ?", proven["id"])
            self._run("DELETE FROM visits WHERE person = ?", proven["id"])

    def start(self, proven, visit_id, life_s):
        now = time.time()
        with self._lock:
            self._still(proven)
            self._run("DELETE FROM visits WHERE person = ? AND until <= ?", proven["id"], now)
            self._run(
                "INSERT INTO visits (id, person, since, until) VALUES (?, ?, ?, ?)",
                visit_id,
                proven["id"],
                now,
                now + life_s,
            )
            return self.visit(visit_id)

    def visit(self, visit_id):
        """A live session, None for any other."""
        return self._one("SELECT * FROM visits WHERE id = ? AND until > ?", visit_id, time.time())

    def visits(self, person_id):
        query = "SELECT * FROM visits WHERE person = ? AND until > ? ORDER BY nr"
        with self._lock:
            return self._db.execute(query, (person_id, time.time())).fetchall()

    def end(self, visit_id, person_id):
        """Whether this person had such a live session."""
        query = "DELETE FROM visits WHERE id = ? AND person = ? AND until > ?"
        return self._run(query, visit_id, person_id, time.time()).rowcount > 0

    def forget(self, visit_id):
        self._run("DELETE FROM visits WHERE id = ?", visit_id)

    def _still(self, proven):
        present = self.person(proven["id"])
        if present is None or present["hash"] != proven["hash"]:
            raise Denied

    def _refuse_locked(self, email):
        row = self._one("SELECT until FROM guesses WHERE email = ?", email)
        left_s = row["until"] - time.time() if row else 0.0
        if left_s > 0:
            raise Locked(left_s)

    def _hash(self, password, salt):
        with self._hashing:
            return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, self._rounds)

    def _run(self, query, *values):
        with self._lock:
            return self._db.execute(query, values)

    def _one(self, query, *values):
        with self._lock:
            return self._db.execute(query, values).fetchone()
