"""Links that lead where none may lead: inside (CWE-918), into scripts (CWE-79), past the eye (CWE-601), into headers.

A link counts as exploited when a visit is really answered with the forbidden Location.
"""

import urllib.parse

import pytest
from callers import REDIRECTS, must_lead_to, payload, target, visit, word
from harness_probe import ServiceError, cannot_run, exploited


def arrivals(client, attacker, rng, url):
    """Location of visits to a link that was created for, or changed to, `url`; nothing where it was refused."""
    made = attacker.request("POST", "/links", json={"target_url": url})
    found = payload(made)
    slugs = [found["slug"]] if made.status_code == 201 and isinstance(found, dict) and "slug" in found else []
    link = attacker.link(target(rng))
    if attacker.request("PATCH", f"/links/{link['slug']}", json={"target_url": url}).status_code == 200:
        slugs.append(link["slug"])
    for slug in slugs:
        try:
            answer = visit(client, slug)
        except ServiceError:
            continue
        if answer.status_code in REDIRECTS and answer.headers.get("location"):
            yield answer


def control(client, attacker, rng):
    link = attacker.link(target(rng))
    must_lead_to(client, link["slug"], link["target_url"])


@pytest.mark.requirement("R5")
@pytest.mark.attack(cwe=918, severity="high", title="Lead visitors to private and loopback addresses")
def test_private_addresses(client, attacker, rng):
    """Plain addresses and names of inner networks, in creation and change."""
    control(client, attacker, rng)
    hosts = ["127.0.0.1", f"10.{rng.randint(0, 255)}.0.{rng.randint(1, 254)}", f"192.168.{rng.randint(0, 255)}.1"]
    hosts += [
        f"172.{rng.randint(16, 31)}.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
    ]
    hosts += [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "router.lan",
        "db.internal",
        "printer.local",
        "intranet",
    ]
    for host in hosts:
        for answer in arrivals(client, attacker, rng, f"http://{host}:8080/admin"):
            exploited(f"visitors are sent to {answer.headers.get('location')!r}")


@pytest.mark.requirement("R5")
@pytest.mark.attack(cwe=918, severity="high", title="Hide a private address in another spelling")
def test_disguised_addresses(client, attacker, rng):
    """Decimal, octal, hexadecimal, short, mapped, encoded and full-width spellings that browsers understand."""
    control(client, attacker, rng)
    last = rng.randint(1, 254)
    number = (127 << 24) + last
    hosts = [
        str(number),
        hex(number),
        f"0{number:o}",
        f"0x7f.0.0.{last}",
        f"0177.0.0.{last}",
        f"127.{last}",
        f"127.0.{last}",
    ]
    hosts += [
        f"0x7F.{last}",
        f"127.0.0.{last}.",
        "0",
        "0x0",
        f"[::ffff:127.0.0.{last}]",
        f"[::ffff:7f00:{last:x}]",
        f"[::127.0.0.{last}]",
    ]
    hosts += [f"[64:ff9b::7f00:{last:x}]", f"[2002:7f00:{last:x}::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[fe80::1%25eth0]"]
    hosts += [
        f"%31%32%37.0.0.{last}",
        "%6c%6f%63alhost",
        "\uff11\uff12\uff17.0.0.1",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
        "127\u30020\u30020\u30021",
    ]
    for host in hosts:
        for answer in arrivals(client, attacker, rng, f"http://{host}/"):
            exploited(
                f"visitors are sent to {answer.headers.get('location')!r}, which browsers read as an inner address"
            )


@pytest.mark.requirement("R5")
@pytest.mark.attack(cwe=918, severity="high", title="Lead visitors to multicast, reserved and other special addresses")
def test_special_addresses(client, attacker, rng):
    """Every range that the rule excludes, at both ends and in between, in IPv4, IPv6, and one wrapped in the other."""
    control(client, attacker, rng)
    fine = attacker.link(f"http://[2606:4700:{rng.randint(1, 9999)}::1111]/")
    must_lead_to(client, fine["slug"], fine["target_url"])
    last = rng.randint(1, 254)
    hosts = [f"0.{last}.2.3", f"100.{rng.randint(64, 127)}.0.{last}", f"169.254.0.{last}", f"192.0.0.{last}"]
    hosts += [f"192.0.2.{last}", f"198.18.0.{last}", "198.19.255.254", f"198.51.100.{last}", f"203.0.113.{last}"]
    hosts += [f"{rng.randint(224, 239)}.0.0.{last}", "239.255.255.250", f"{rng.randint(240, 254)}.1.1.{last}"]
    hosts += ["255.255.255.255", str((224 << 24) + last), f"0xe00000{last:02x}", f"0340.0.0.{last}"]
    hosts += [f"[ff02::{last:x}]", f"[ff0e::{last:x}]", f"[fc00::{last:x}]", f"[fec0::{last:x}]", f"[100::{last:x}]"]
    hosts += [f"[2001:db8::{last:x}]", f"[2001::{last:x}]", f"[::ffff:224.0.0.{last}]", f"[2002:e000:{last:x}::1]"]
    hosts += [f"[64:ff9b::e000:{last:x}]", f"[::ffff:a00:{last:x}]", f"[::224.0.0.{last}]", f"[4000::{last:x}]"]
    for host in hosts:
        for answer in arrivals(client, attacker, rng, f"http://{host}/"):
            exploited(f"visitors are sent to {answer.headers.get('location')!r}")


@pytest.mark.requirement("R4")
@pytest.mark.attack(cwe=601, severity="high", title="Show one host and lead to another")
def test_user_names(client, attacker, rng):
    """User names and backslashes make an address look like somebody else's."""
    control(client, attacker, rng)
    evil = f"{word(rng)}.example.net"
    urls = [
        f"https://www.bank.example@{evil}/",
        f"https://www.bank.example:443@{evil}/",
        f"https://bank.example%40x@{evil}/",
    ]
    urls += [
        f"https://{evil}\\@www.bank.example/",
        f"https:\\\\{evil}/",
        f"//{evil}/",
        f"/\\{evil}/",
        f"https:///{evil}",
        f"http:{evil}",
    ]
    urls += [
        f"https://user:secret@{evil}/",
        f"https://@{evil}/",
        f"https://{evil}@127.0.0.1/",
        f"https://a@b@{evil}/",
        f"https://{evil}\t@x.example/",
    ]
    for url in urls:
        for answer in arrivals(client, attacker, rng, url):
            exploited(f"visitors are sent to {answer.headers.get('location')!r}")


@pytest.mark.requirement("R4")
@pytest.mark.attack(cwe=79, severity="high", title="Lead visitors to a script")
def test_scripts(client, attacker, rng):
    """javascript:, data: and their kin, in any case and with characters that browsers drop."""
    control(client, attacker, rng)
    number = rng.randint(1000, 9999)
    urls = [
        f"javascript:alert({number})",
        f"JaVaScRiPt:alert({number})",
        f"javascript://example.com/%0aalert({number})",
    ]
    urls += [
        f"data:text/html,<script>alert({number})</script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        f"vbscript:msgbox({number})",
    ]
    urls += [
        f"\tjavascript:alert({number})",
        f" javascript:alert({number})",
        f"java\nscript:alert({number})",
        "file:///etc/passwd",
    ]
    urls += [
        f"blob:https://example.com/{number}",
        f"view-source:javascript:alert({number})",
        f"javascript://a.example.com:80/?%0aalert({number})",
    ]
    for url in urls:
        for answer in arrivals(client, attacker, rng, url):
            location = answer.headers.get("location", "")
            if not location.lower().startswith(("http://", "https://", "/")):
                exploited(f"visitors are sent to {location!r}")


@pytest.mark.requirement("R4", "R26")
@pytest.mark.attack(cwe=113, severity="high", title="Write a header of one's own into the redirect")
def test_line_breaks(client, attacker, rng):
    """A line break in the target, plain or encoded, ends the Location and begins another header or body."""
    control(client, attacker, rng)
    mark = word(rng)
    for breaking in (
        "\r\n",
        "\n",
        "\r",
        "%0d%0a",
        "%0D%0A",
        "%250d%250a",
        "\u010d\u010a",
        "\u560d\u560a",
        "\\r\\n",
        "\r\n\t",
    ):
        lines = ("http://example.com/", f"X-Injected: {mark}", f"Set-Cookie: a={mark}", "", f"<b>{mark}</b>")
        url = breaking.join(lines)
        for text in (url, url.replace(" ", "")):
            for answer in arrivals(client, attacker, rng, text):
                if answer.headers.get("x-injected") or mark in answer.headers.get("set-cookie", ""):
                    exploited(f"the target {text!r} wrote a header: {dict(answer.headers)}")
                if any(char in answer.headers.get("location", "") for char in "\r\n"):
                    exploited(f"the target {text!r} is sent with its line break: {answer.headers.get('location')!r}")


@pytest.mark.requirement("R15", "R25", "R26")
@pytest.mark.attack(cwe=601, severity="medium", title="Choose where a visit leads by the request")
def test_visitor_chooses(client, victim, rng):
    """Query, path or headers of the visit change where an honest link leads."""
    link = victim.link(target(rng))
    must_lead_to(client, link["slug"], link["target_url"])
    evil = f"https://{word(rng)}.example.net/"
    names = ("target_url", "url", "next", "to", "target", "redirect", "location", "r")
    answers = [visit(client, link["slug"], params={name: evil}) for name in names]
    headers = {
        "X-Forwarded-Host": evil[8:-1],
        "X-Original-URL": evil,
        "X-Rewrite-URL": evil,
        "Referer": evil,
        "Host": evil[8:-1],
    }
    answers += [visit(client, link["slug"], headers={name: value}) for name, value in headers.items()]
    answers += [
        client.get(f"/r/{urllib.parse.quote(text, safe='')}") for text in (evil, evil[6:], f"{link['slug']}/..//{evil}")
    ]
    answers += [client.get(f"/r/{evil[6:]}"), client.get(f"/{evil[6:]}")]
    for answer in answers:
        location = urllib.parse.urljoin(client.base_url, answer.headers.get("location", ""))
        if urllib.parse.urlsplit(location.replace("\\", "/")).hostname == evil[8:-1]:
            exploited(f"a visit was sent to {answer.headers.get('location')!r}")
    if not any(answer.status_code in REDIRECTS for answer in answers[: len(names)]):
        cannot_run("control: visits with an unknown parameter are not redirected")
