"""Records of the soak's own, which the mix never touches: made all the time, looked at, some changed or deleted, and
read again after each outage.

It refuses to count what it cannot know: a record whose deletion got no good answer is not asked for any more. Nothing
is changed or deleted while records are read back.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import gevent
import gevent.lock
import gevent.pool
from dataset import DataSet
from generator import Result
from judging import BAD_BODY, BAD_STATUS, OK
from lasting import UNKNOWN, Values, Witness, changers_of, difference, fate_of, kept, moving_in, reader_of, shown
from scenario import Record, Request, UnusableValue, render

EVERY_S = 0.5
LOOKS_AFTER = (1, 5)  # witnesses later: 0.5 and 2.5 s, so that a time of access kept in seconds moves between the two
HANDLED_AFTER = LOOKS_AFTER[-1] + 1  # and then again the looks
READ_BACK_AT_MOST = 200  # the newest
WITNESS, READ_BACK = "(witness)", "(read back)"
GONE = range(400, 500)
ANY = tuple(range(200, 500))  # what a service thinks of a deletion is judged elsewhere

Send = Callable[..., Result]  # send(request, check): now; check: what is wrong with an answer that is fine by itself


class Witnesses:
    """`checks`: {after, sent, lost, compared} of each time that all were read back."""

    def __init__(self, load: Mapping[str, Any], env: Mapping[str, str], seed: int, data: DataSet, send: Send) -> None:
        self._load, self._env, self._seed, self._data, self._send = load, env, seed, data, send
        self._reader = reader_of(load)
        self._changers = changers_of(load, self._reader) if self._reader else []
        self._all: list[Witness] = []
        self._still = gevent.lock.BoundedSemaphore(1)  # held while something is done to a record, or all are read
        self.checks: list[dict[str, Any]] = []

    def keep_writing(self) -> None:
        """Until killed: what was acknowledged must outlive the outage."""
        if self._reader is None:
            return
        writer = self._reader.writer
        index = int(self._load["setup"][writer]["repeat"])
        while True:
            gevent.sleep(EVERY_S)
            index += 1
            request, inherited = self._data.request(writer, index)

            def add(result: Result, inherited: Record = inherited) -> str:
                try:
                    record = self._data.record(writer, inherited, result.body)
                except KeyError as error:
                    return f"the answer has no {error.args[0]!r}"
                except UnusableValue as error:
                    return str(error)
                self._all.append(Witness(record, _shown(result)))
                return ""

            made = len(self._all)
            self._send(replace(request, operation=WITNESS), add)
            if len(self._all) > made:
                self._look(made)

    def read_back(self, after: str) -> None:
        """Read all that is known to be there, or gone, and note how many are not as they were."""
        if self._reader is None:
            return
        with self._still:
            witnesses = [witness for witness in self._all if witness.gone != UNKNOWN][-READ_BACK_AT_MOST:]
            moving = moving_in(witnesses, self._reader)
            wanted = [kept(witness, self._reader, moving) for witness in witnesses]

            def one(number: int) -> Result:
                request, witness = self._reading(witnesses[number], READ_BACK), witnesses[number]
                if witness.gone:
                    request = replace(request, echo=None, answers={}, expect=tuple(GONE))
                return self._send(request, lambda result: difference(wanted[number], _shown(result)))

            results = gevent.pool.Pool(8).map(one, range(len(witnesses)))
        lost = sum(result.outcome in (BAD_STATUS, BAD_BODY) and result.status < 500 for result in results)
        compared = sum(bool(values or w.gone) for values, w in zip(wanted, witnesses, strict=True))
        self.checks.append({"after": after, "sent": len(results), "lost": lost, "compared": compared})

    def _look(self, newest: int) -> None:
        """Look at the records made a little before number `newest`; an answer that fails is a request that failed."""
        if newest >= HANDLED_AFTER:
            with self._still:
                self._handle(newest - HANDLED_AFTER)
        due = [newest - ago for ago in LOOKS_AFTER]
        due += [
            number - HANDLED_AFTER for number in due if number >= HANDLED_AFTER and self._fate(number - HANDLED_AFTER)
        ]

        def one(witness: Witness) -> None:
            result = self._send(self._reading(witness, WITNESS))
            if result.outcome == OK:
                witness.looks.append(_shown(result))

        shown = [self._all[number] for number in due if number >= 0 and not self._all[number].gone]
        gevent.pool.Pool(len(due)).map(one, shown)

    def _fate(self, number: int) -> Mapping[str, Any] | str:
        assert self._reader is not None
        return fate_of(number, self._changers, bool(self._reader.own and self._reader.block.get("removable")))

    def _handle(self, number: int) -> None:
        """Change, count or delete the record, as its number tells."""
        fate, witness = self._fate(number), self._all[number]
        if fate == "delete":
            self._delete(witness)
        elif isinstance(fate, Mapping):
            witness.handled()
            rng = random.Random(f"{self._seed}:handled:{number}")
            self._send(render(fate, WITNESS, rng, witness.record, self._env, self._data.echo))

    def _delete(self, witness: Witness) -> None:
        """Delete the record and look at once; where either got no good answer, nobody knows what has become of it."""
        look = replace(self._reading(witness, WITNESS), echo=None, answers={}, expect=ANY)
        witness.handled()
        witness.gone = UNKNOWN
        deleted, seen = self._send(replace(look, method="DELETE")), self._send(look)
        if deleted.outcome == OK and seen.outcome == OK:
            witness.gone = seen.status if deleted.status < 300 and seen.status in GONE else 0

    def _reading(self, witness: Witness, operation: str) -> Request:
        assert self._reader is not None
        rng = random.Random(f"{self._seed}:read back")
        return render(self._reader.block, operation, rng, witness.record, self._env, self._data.echo)


def _shown(result: Result) -> Values:
    return shown(result.body, result.location)
