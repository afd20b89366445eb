"""Wildcards of the query's language (CWE-155) in texts that are to be taken literally."""

import pytest
from callers import REDIRECTS, payload, target, visit, word
from harness_probe import cannot_run, exploited
from harness_probe.attacks import Call, wildcards


@pytest.mark.requirement("R20", "R26")
@pytest.mark.attack(cwe=155, severity="medium", title="Wildcards in the text filter")
def test_filter(attacker, rng):
    """q is matched as a pattern, not as a text."""
    tag = word(rng)
    attacker.link(f"https://{word(rng)}.example.com/{tag}")

    def found(answer):
        page = payload(answer)
        links = (page.get("links") or []) if isinstance(page, dict) else []
        return sum(tag in str(link.get("target_url")) for link in links if isinstance(link, dict))

    wildcards.widened(attacker.request, lambda text: Call("GET", "/links", {"params": {"q": text}}), tag, found)


@pytest.mark.requirement("R14", "R18", "R26")
@pytest.mark.attack(cwe=155, severity="high", title="Visit or manage a link by a pattern of its slug")
def test_slug(client, attacker, rng):
    """The slug of a path is matched as a pattern: `_` stands for any character, `%` for any text."""
    slug = f"k{word(rng, 11)}"
    link = attacker.link(target(rng), slug=slug)
    if visit(client, slug).status_code not in REDIRECTS:
        cannot_run("control: the link does not lead anywhere")
    wide = [f"{slug[:4]}_{slug[5:]}", f"{slug[:6]}______", f"{slug[:5]}%25", "%25", f"{slug[:4]}%3F{slug[5:]}"]
    for text in (*wide, f"{slug[:4]}*", "_" * len(slug)):
        if visit(client, text).status_code in REDIRECTS:
            exploited(f"/r/{text} leads to where /r/{slug} does")
        if attacker.request("GET", f"/links/{text}").status_code == 200:
            exploited(f"GET /links/{text} shows the link {slug}")
        attacker.request("DELETE", f"/links/{text}")
        if attacker.request("GET", f"/links/{slug}").status_code != 200:
            exploited(f"DELETE /links/{text} removed the link {slug}")
    if attacker.read(slug)["target_url"] != link["target_url"]:
        cannot_run("control: the link changed by itself")
