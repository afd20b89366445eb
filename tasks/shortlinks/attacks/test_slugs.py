"""Guessing slugs (CWE-340), taking over somebody's name (CWE-178, CWE-672), outrunning the limit (CWE-362)."""

import base64
import hashlib
import itertools
import string
import zlib
from functools import partial

import pytest
from callers import REDIRECTS, must_lead_to, payload, target, visit, word
from concurrency import at_once
from harness_probe import cannot_run, exploited

SAMPLE = 60
ALPHABETS = (
    string.digits + string.ascii_lowercase,
    string.ascii_lowercase + string.digits,
    string.digits,
    string.hexdigits[:16],
    string.ascii_lowercase,
    "abcdefghijklmnopqrstuvwxyz234567",
)
LARGEST_STEP = 10_000  # between numbers of neighbours: above it a counter would be no help in guessing


def numbers(slugs, alphabet):
    """The slugs read as numbers over an alphabet; None if one of them cannot be."""
    if any(set(slug) - set(alphabet) for slug in slugs):
        return None
    return [
        sum(alphabet.index(char) * len(alphabet) ** power for power, char in enumerate(reversed(slug)))
        for slug in slugs
    ]


def hashes(text):
    """What careless services make slugs of."""
    data = text.encode()
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, data)
        yield digest.hexdigest()
        yield base64.urlsafe_b64encode(digest.digest()).decode().lower()
        yield base64.b32encode(digest.digest()).decode().lower()
    yield f"{zlib.crc32(data):08x}"


@pytest.mark.requirement("R6")
@pytest.mark.attack(cwe=340, severity="high", title="Tell the next slug from earlier ones")
def test_sequential(victim, attacker, rng):
    """Slugs are numbers that step, share most of their characters, or lean to one end of their alphabet."""
    slugs = [(attacker if index % 3 else victim).link(target(rng))["slug"] for index in range(SAMPLE)]
    if len(set(slugs)) != SAMPLE:
        exploited("the same slug was given out twice")
    for alphabet in ALPHABETS:
        for order in (1, -1):
            values = numbers([slug[::order] for slug in slugs], alphabet)
            steps = [after - before for before, after in itertools.pairwise(values)] if values else []
            if steps and (max(map(abs, steps)) <= LARGEST_STEP or len(set(steps)) <= 3):
                exploited(f"slugs are numbers that go on by {sorted(set(steps))[:3]}: {slugs[:4]}")
    if slugs in (sorted(slugs), sorted(slugs, reverse=True)):
        exploited(f"slugs come in alphabetical order: {slugs[:4]}")
    length = min(map(len, slugs))
    free = [len({slug[position] for slug in slugs}) for position in range(length)]
    if sum(count > 8 for count in free) < 6:
        exploited(f"only {sum(count > 8 for count in free)} of {length} characters differ freely: {slugs[:4]}")


@pytest.mark.requirement("R6")
@pytest.mark.attack(cwe=340, severity="high", title="Work slugs out from a counter or the target")
def test_derived(victim, attacker, rng):
    """Slugs are digests of a small number, of the target, or of owner and target."""
    url = target(rng)
    slugs = [caller.link(url)["slug"] for caller in (victim, attacker, victim)]
    seeds = [str(number) for number in range(20_000)] + [url, url + "\n", f"{victim.name}{url}", f"{victim.name}:{url}"]
    heads = {slug[:8]: slug for slug in slugs}
    for seed in seeds:
        for digest in hashes(seed):
            if digest[:8] in heads and digest.startswith(heads[digest[:8]][: len(digest)]):
                exploited(f"the slug {heads[digest[:8]]!r} is a digest of {seed!r}")
    if len(set(slugs)) != len(slugs):
        exploited(f"the same target has the same slug: {slugs}")


@pytest.mark.requirement("R7", "R8")
@pytest.mark.attack(cwe=178, severity="high", title="Take over a slug by another case of letters")
def test_case(client, victim, attacker, rng):
    """The attacker's twin of a printed slug catches visitors who type it in another case."""
    slug = f"k{word(rng, 6)}S"
    link = victim.link(target(rng), slug=slug)
    must_lead_to(client, slug, link["target_url"])
    evil = target(rng, "evil")
    twins = (
        slug.upper(),
        slug.lower(),
        slug.title(),
        f"\u212a{slug[1:]}",
        f"{slug[:-1]}\u017f",
        f"{slug} ",
        f"{slug}\n",
        f"{slug}\x00",
    )
    for twin in twins:
        attacker.request("POST", "/links", json={"target_url": evil, "slug": twin})
    for spelling in (slug, slug.upper(), slug.lower(), slug.title()):
        if visit(client, spelling).headers.get("location") == evil:
            exploited(f"visitors who type {spelling!r} arrive at the attacker's target")


@pytest.mark.requirement("R8", "R23")
@pytest.mark.attack(cwe=672, severity="high", title="Take over the slug of a deleted link")
def test_deleted(client, victim, attacker, rng):
    """Printed links of the victim lead to the attacker once the victim deletes theirs."""
    for wish in (word(rng), None):
        link = victim.link(target(rng), slug=wish)
        must_lead_to(client, link["slug"], link["target_url"])
        if victim.request("DELETE", f"/links/{link['slug']}").status_code != 204:
            cannot_run("control: the owner cannot delete an own link")
        for spelling in (link["slug"], link["slug"].upper()):
            attacker.request("POST", "/links", json={"target_url": target(rng, "evil"), "slug": spelling})
            if "evil" in visit(client, link["slug"]).headers.get("location", ""):
                exploited(f"the deleted slug {link['slug']!r} now leads to the attacker's target")


@pytest.mark.requirement("R7")
@pytest.mark.attack(cwe=284, severity="medium", title="Take a reserved word as slug")
def test_reserved(client, attacker, rng):
    """Words that look like the operator's own pages."""
    attacker.link(target(rng), slug=word(rng))
    for name in ("admin", "login", "support", "api", "health"):
        for spelling in (name, name.upper(), name.title(), f"{name} ", f" {name}", f"{name}\n", f"{name}\x00"):
            response = attacker.request("POST", "/links", json={"target_url": target(rng, "evil"), "slug": spelling})
            if response.status_code == 201 and "evil" in visit(client, name).headers.get("location", ""):
                exploited(f"/r/{name} leads to the attacker's target (asked for as {spelling!r})")


@pytest.mark.requirement("R10", "R15")
@pytest.mark.attack(cwe=362, severity="medium", title="Outrun max_visits with simultaneous visits")
def test_race(client, victim, rng):
    """Visits that arrive together are checked together, before any of them is counted."""
    control = victim.link(target(rng), max_visits=1)
    must_lead_to(client, control["slug"], control["target_url"])
    if visit(client, control["slug"]).status_code in REDIRECTS:
        cannot_run("control: max_visits does not even hold for visits one after the other")
    for _ in range(4):
        link = victim.link(target(rng), max_visits=3)
        answers = at_once([partial(visit, client, link["slug"])] * 24, 12)
        redirected = sum(answer.status_code in REDIRECTS for answer in answers)
        if redirected > 3:
            exploited(f"{redirected} visits of a link with max_visits 3 were redirected")


@pytest.mark.requirement("R16", "R14")
@pytest.mark.attack(cwe=284, severity="medium", title="See where a switched-off or used-up link led")
def test_preview_of_closed(client, victim, attacker, rng):
    """The preview, or the refusal itself, still tells the target."""
    off, used = victim.link(target(rng)), victim.link(target(rng), max_visits=1)
    if (payload(visit(client, off["slug"], params={"preview": "true"})) or {}).get("target_url") != off["target_url"]:
        cannot_run("control: the preview of an open link does not show its target")
    must_lead_to(client, used["slug"], used["target_url"])
    victim.request("PATCH", f"/links/{off['slug']}", json={"disabled": True})
    if any(visit(client, link["slug"]).status_code in REDIRECTS for link in (off, used)):
        cannot_run("control: a link that is switched off or used up still redirects")
    for link in (off, used):
        for caller in (client, attacker):
            for params in ({}, {"preview": "true"}, {"preview": "1"}):
                answer = caller.request("GET", f"/r/{link['slug']}", params=params)
                if link["target_url"] in f"{answer.text} {dict(answer.headers)}":
                    exploited(f"a closed link still tells its target: {answer!r}")
