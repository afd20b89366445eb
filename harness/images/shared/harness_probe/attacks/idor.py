"""Somebody else's things (CWE-639, and CWE-204 for whether they exist): reading, listing, changing, deleting.

It refuses to call a request blocked that never works: after each attempt the owner must succeed with the same request.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from harness_probe import cannot_run, exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, payload, shown
from harness_probe.attacks.faces import face, mark, moving

T = TypeVar("T")


def reading(owner: Send, stranger: Send, secret: str, own: Sequence[Call], more: Sequence[Call] = ()) -> None:
    """`own`: requests that show the owner `secret`, a mark nobody else can know; the stranger sends them too, and
    `more` (other filters, pages, paths), and must never see it. No request may itself hold the secret: an echo of it
    would look like a leak. With a stranger without a token: CWE-306."""
    mark(secret)
    sending = [call for call in (*own, *more) if secret in str(call)]
    if sending:
        raise ValueError(f"{sending[0]} sends {secret!r} itself; choose a secret that no request holds")
    tries = Attempts()
    for call in own:
        controlled(owner, call, "the owner's reading", secret)
    for call in (*own, *more):
        answer = tries.send(call, stranger)
        if answer is not None and secret in answer.text:
            exploited(f"{call} shows a stranger what belongs to somebody else: {shown(answer)}")
    tries.end()


def writing(
    owner: Send,
    stranger: Send,
    make: Callable[[], T],
    look: Callable[[T], Call],
    verbs: Mapping[str, Callable[[T], Call]],
    works: Sequence[Send] = (),
) -> None:
    """Each verb (change, delete, move, …) by a stranger on a fresh thing, of which the owner then sees no difference.

    make: creates a thing of the owner's; look: how its owner reads it; verbs: name -> request. The control, on another
    fresh thing: the same request by the owner (or by one of `works`, for what only others may do) is answered 2xx.
    """
    tries = Attempts()
    for name, verb in verbs.items():
        thing = make()
        before = controlled(owner, look(thing), "the owner's reading")
        again = controlled(owner, look(thing), "the owner's reading")
        restless = moving(face(before), face(again))
        if not face(before).without(restless).values:
            cannot_run(f"control: {look(thing)} is answered differently each time; look at something steadier")
        answer = tries.send(verb(thing), stranger)
        after = look(thing).by(owner)
        if face(after).without(restless) != face(before).without(restless):
            how = f"answered {answer.status_code}" if answer is not None else "not answered"
            exploited(f"{name} by a stranger ({verb(thing)}, {how}): {differences(payload(before), payload(after))}")
        allowed = make()
        statuses = [verb(allowed).by(send).status_code for send in (works or (owner,))]
        if not any(200 <= status < 300 for status in statuses):
            cannot_run(f"control: {name} by those who may ({verb(allowed)}) was answered {statuses}")
    tries.end()


def existence(stranger: Send, foreign: Sequence[Call], absent: Sequence[Call], ids: Sequence[str] = ()) -> None:
    """`foreign` and `absent`, pair by pair the same request about a thing of somebody else and about none: the answers
    must not differ. `ids`: the identifiers in them, which may be echoed. Each is asked twice: what differs then, too,
    tells nothing."""
    tries = Attempts()
    for theirs, nobodys in zip(foreign, absent, strict=True):
        asked = [tries.send(call, stranger) for call in (theirs, nobodys, theirs, nobodys)]
        if any(answer is None for answer in asked):
            continue
        one, other, again, anew = (answer for answer in asked if answer is not None)
        if not 400 <= other.status_code < 500:
            cannot_run(f"control: {nobodys} about nothing was answered {other!r}")
        restless = moving(face(one, *ids), face(again, *ids)) | moving(face(other, *ids), face(anew, *ids))
        if face(one, *ids).without(restless) != face(other, *ids).without(restless):
            exploited(f"{theirs} tells that the thing exists: {shown(one)}, where nothing exists {shown(other)}")
    tries.end()


def differences(before: Any, after: Any) -> str:
    """What changed, for the report."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return f"{str(before)[:200]} -> {str(after)[:200]}"
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return ", ".join(f"{name}: {before.get(name)!r} -> {after.get(name)!r}" for name in names)[:600]
