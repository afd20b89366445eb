"""Where links may lead, and that visitors arrive exactly there."""

import pytest
from links import REFUSED, go, word

PUBLIC = (
    "a.de",
    "sub.sub.sub.example.com",
    "EXAMPLE.Com",
    "xn--bcher-kva.example",
    "1.2.3.example.com",
    "123.com",
    "a--b.example.org",
    "local.example.com",
    "localhost.example.com",
    "mylocal.corporate",
    "8.8.8.8",
    "1.0.0.1",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "198.17.0.1",
    "198.20.0.1",
    "223.255.255.255",
    "[2606:4700:4700::1111]",
    "[2a00:1450:4001:80b::200e]",
    "[3fff:ffff::1]",
    "[2001:4860:4860:0000:0000:0000:0000:8888]",
)
PRIVATE_NAMES = (
    "localhost",
    "LOCALHOST",
    "app.localhost",
    "printer.local",
    "db.internal",
    "wiki.INTRANET",
    "router.lan",
    "nas.home",
    "mail.corp",
    "nas.home.arpa",
    "1.0.0.127.in-addr.arpa",
    "intranet",
    "com",
)
PRIVATE_IPV4 = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.2.3",
    "240.0.0.1",
    "255.255.255.255",
)
OTHER_SPELLINGS = (
    "2130706433",
    "134744072",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "8.8.8",
    "08.8.8.8",
    "8.8.8.008",
    "8.8.8.256",
    "8.8.8.8.8",
    "8.8.8.8.",
    "1.2.3.4.0x5",
    "foo.1",
)
PRIVATE_IPV6 = (
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:8.8.8.8]",
    "[::8.8.8.8]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[2606:4700::1%25eth0]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[2001:0:4136:e378::1]",
    "[2002:7f00:1::1]",
    "[4000::1]",
    "2606:4700:4700::1111",
    "[2606:4700:4700::1111",
    "[8.8.8.8]",
    "[]",
    "[v1.fe80]",
)
NO_NAMES = (
    "",
    "example.com.",
    ".example.com",
    "example..com",
    "-a.example.com",
    "a-.example.com",
    "a_b.example.com",
    "ex*mple.com",
    "ex%61mple.com",
    "%6cocalhost",
    "exa,mple.com",
    "(example).com",
    "a" * 64 + ".com",
    ".".join(["a" * 50] * 6) + ".com",
    "example.-com",
)


def refused(caller, targets):
    """Each of them must be refused, on creation and as a change."""
    link = caller.link("https://example.com/before")
    for url in targets:
        made = caller.post("/links", json={"target_url": url})
        assert made.status_code in REFUSED, f"creating a link to {url[:200]!r}: {made!r}"
        changed = caller.patch(f"/links/{link['slug']}", json={"target_url": url})
        assert changed.status_code in REFUSED, f"changing a link to {url[:200]!r}: {changed!r}"
    assert caller.read(link["slug"])["target_url"] == link["target_url"]


@pytest.mark.requirement("R3", "R4", "R13")
def test_targets_are_kept_to_the_byte(client, alice, rng):
    """Whatever stands behind the host arrives unchanged in answer and Location."""
    rests = [
        "",
        "/",
        "?",
        "#",
        "?q=a+b%20c&r=%C3%A9",
        "/a//b/../c/./d;v=1,2",
        "/%2F%2f%41",
        "/(x)'!*$&~-_.+:@",
        "#/app?x#y",
    ]
    rests += ['/{id}|"^`<tag>', "/@me", "?next=http://user:pw@10.0.0.1/", "/%0d%0aX-A:%20b", "?a[]=1&b[c]=2", "/100%"]
    for rest in rests:
        scheme = rng.choice(["http", "https", "HTTP", "hTTps"])
        url = f"{scheme}://{word(rng, 5).title()}.Example.com{rest}"
        link = alice.link(url)
        assert link["target_url"] == url
        assert alice.read(link["slug"])["target_url"] == url
        assert go(client, link["slug"]) == url
    longest = "https://example.com/" + "x" * 2028
    assert go(client, alice.link(longest)["slug"]) == longest


@pytest.mark.requirement("R4")
def test_ports(client, alice, rng):
    """1 to 65535, and nothing else."""
    for port in (1, 80, 8080, rng.randint(1, 65535), 65535):
        url = f"http://example.com:{port}/"
        assert go(client, alice.link(url)["slug"]) == url
    refused(
        alice, [f"http://example.com:{port}/" for port in ("", "0", "65536", "99999", "123456", "-1", "8o", "80:80")]
    )


@pytest.mark.requirement("R4")
def test_other_schemes_are_refused(alice, rng):
    """Only http and https, followed by two slashes."""
    page = f"{word(rng)}.example.com/"
    schemes = [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,<p>",
        "vbscript:x",
        "file:///etc/passwd",
    ]
    schemes += [
        f"ftp://{page}",
        f"//{page}",
        f"/{page}",
        page,
        f"http:{page}",
        f"http:/{page}",
        f"https:///{page}",
        f"httpss://{page}",
    ]
    schemes += [
        f"ws://{page}",
        f"view-source:http://{page}",
        f"http//{page}",
        f"://{page}",
        "http://",
        "https:",
        "http",
        "",
        "mailto:a@example.com",
    ]
    refused(alice, schemes)


@pytest.mark.requirement("R4")
def test_characters_that_browsers_drop_or_turn_are_refused(alice, rng):
    """Spaces, control characters, backslashes, anything beyond ASCII, and too much of anything."""
    page = f"http://{word(rng)}.example.com/"
    bad = [
        f"{page}{char}x"
        for char in (" ", "\r\nX-Injected: 1", "\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\\", "é", "\u2028", "\u00a0")
    ]
    bad += [
        f" {page}",
        f"{page} ",
        f"{page}\n",
        f"\t{page}",
        "java\nscript:alert(1)",
        "http:\\\\example.com/",
        "http://bücher.example/",
    ]
    bad += ["http://example\uff0ecom/", "http://\uff11\uff12\uff17.0.0.1/", "http://exa\tmple.com/", page + "x" * 2048]
    refused(alice, bad)


@pytest.mark.requirement("R4")
def test_user_names_are_refused(alice, rng):
    """No @ before the path: what stands before it is not where the browser goes."""
    page = f"{word(rng)}.example.com"
    bad = [
        f"http://{user}@{page}/" for user in ("user", "user:secret", "www.bank.example", ":", "", "a%40b", "user:80")
    ]
    bad += [
        f"https://{page}@10.0.0.1/",
        f"https://{page}:443@evil.example.com",
        f"https://{page}@[::1]/",
        f"http://a@b@{page}?x",
    ]
    refused(alice, bad)


@pytest.mark.requirement("R5")
def test_public_hosts_are_accepted(client, alice, rng):
    """Names, IPv4 and IPv6 addresses right up to the borders of what is closed."""
    longest = ".".join(["a" * 63] * 3 + ["b" * 57, "com"])
    assert len(longest) == 253
    for host in (*PUBLIC, longest, "a" * 63 + ".example.com"):
        url = f"https://{host}/{rng.randint(0, 99)}"
        assert go(client, alice.link(url)["slug"]) == url


@pytest.mark.requirement("R5")
def test_other_names_are_refused(alice, rng):
    """Names that lead inside, single labels, and what is no name at all."""
    refused(alice, [f"http://{host}/" for host in NO_NAMES])
    refused(alice, [f"http://{host}{rng.choice(['', '/', ':8080/x'])}" for host in PRIVATE_NAMES])


@pytest.mark.requirement("R5")
def test_closed_ipv4_addresses_in_any_spelling_are_refused(alice, rng):
    """Every closed network; decimal, octal, hexadecimal and short forms, whether they are public or not."""
    refused(alice, [f"http://{host}{rng.choice(['', '/', ':8080/x'])}" for host in PRIVATE_IPV4])
    number = (rng.randint(11, 99) << 24) + rng.randint(1, 9999)
    refused(alice, [f"http://{host}/" for host in (*OTHER_SPELLINGS, str(number), hex(number), f"0{number:o}")])


@pytest.mark.requirement("R5")
def test_closed_ipv6_addresses_are_refused(alice):
    """All but global unicast, what carries an IPv4 address, and what is no address."""
    refused(alice, [f"http://{host}/" for host in PRIVATE_IPV6])
