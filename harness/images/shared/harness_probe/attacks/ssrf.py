"""Server-side request forgery (CWE-918): addresses that a service must neither accept nor fetch.

It refuses to listen: a probe opens no port beside a hostile service. So what counts is what the service answers: that
it takes an address which it must refuse (`accepted`), or that it shows what only its own port could tell (`fetched`).
"""

from collections.abc import Callable, Iterator, Sequence

from harness_probe import cannot_run, exploited
from harness_probe.attacks.attempts import Attempts, Call, Send, controlled, masked, shown

Place = Callable[[str], Call]  # the request with a URL in the place under attack
LOOPBACK = (
    "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "127.255.255.254", "0.0.0.0", "0",
    "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "①②⑦.⓪.⓪.①", "127。0。0。1",
)  # fmt: skip
PRIVATE = (
    "10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1.1", "169.254.169.254",
    "2852039166", "0xa9fea9fe", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00::1]", "[fc00::1]",
    "167772161", "3232235521",
)  # fmt: skip
# Addresses of special use (RFC 6890 and its registry) that no public service has: "this" network, shared, benchmarking,
# documentation, multicast, reserved and broadcast ones, in IPv6 as such and wrapped (mapped, 6to4, NAT64, Teredo).
SPECIAL = (
    "0.1.2.3", "100.64.0.1", "100.127.255.254", "169.254.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "3758096385", "0xe0000001", "0340.0.0.1", "[ff02::1]", "[ff0e::1]", "[fec0::1]", "[100::1]", "[2001:db8::1]",
    "[2001::1]", "[::ffff:224.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::1]", "[2002:a00:1::1]", "[::127.0.0.1]", "[fe80::1%25eth0]",
)  # fmt: skip
OTHER_SCHEMES = ("file:///etc/passwd", "gopher://127.0.0.1:8000/_GET", "dict://127.0.0.1:8000/", "ftp://127.0.0.1/x")
PUBLIC = "example.com"


def accepted(
    send: Send,
    place: Place,
    public: str,
    targets: Sequence[str] | None = None,
    schemes: Sequence[str] = OTHER_SCHEMES,
    bounce: Callable[[str], str | None] | None = None,
) -> None:
    """For a service whose contract says that private targets are refused: none of them may be answered 2xx.

    The control: `public`, an address that is allowed, is accepted, before and after. targets: URLs (default: all
    private ones); schemes: URLs of other schemes; bounce: given a private URL, a public-looking one of the service's
    that redirects there, None when it has none.
    """
    tries = Attempts()
    controlled(send, place(public), "a public address")
    urls = list(private_urls() if targets is None else targets) + list(schemes)
    if bounce is not None:
        urls += [hop for hop in map(bounce, ("http://127.0.0.1:8000/", "http://169.254.169.254/")) if hop]
    for url in urls:
        answer = tries.send(place(url), send)
        if answer is not None and 200 <= answer.status_code < 300:
            exploited(f"the address {url!r} was accepted: {shown(answer)}")
    controlled(send, place(public), "a public address after the attempts")
    tries.end()


def fetched(
    send: Send,
    place: Place,
    canary: Call,
    marker: str,
    harmless: str,
    bounce: Callable[[str], str | None] | None = None,
    port: int = 8000,
) -> None:
    """For a service that fetches what it is told: it must not fetch from itself and show it.

    canary: a GET of the service itself whose answer holds `marker`, a text that stands nowhere else (the control);
    harmless: an address that the service may be asked for; it needs not be reachable, but must be answered below 500.
    """
    tries = Attempts()
    controlled(send, canary, "the canary read directly", marker)
    first = tries.send(place(harmless), send)
    if first is not None and first.status_code >= 500:
        cannot_run(f"control: a harmless address was answered {first!r}")
    for url in own_urls(canary.path, port, bounce):
        answer = tries.send(place(url), send)
        if answer is not None and marker in masked(answer, url):
            exploited(f"asked for {url!r}, the service showed what it answers itself: {shown(answer)}")
    tries.end()


def private_urls(port: int = 8000, path: str = "/") -> Iterator[str]:
    """Every private or special target, and ways to hide one behind a public name."""
    for host in (*LOOPBACK, *PRIVATE, *SPECIAL):
        yield f"http://{host}:{port}{path}"
    yield from hidden(port, path)


def own_urls(path: str, port: int, bounce: Callable[[str], str | None] | None = None) -> Iterator[str]:
    """Ways to write the service's own address."""
    for host in LOOPBACK:
        yield f"http://{host}:{port}{path}"
    yield from hidden(port, path)
    hop = bounce(f"http://127.0.0.1:{port}{path}") if bounce is not None else None
    if hop:
        yield hop


def hidden(port: int, path: str) -> Iterator[str]:
    """A loopback target that a careless parser takes for a public one: user information, odd slashes, fragments."""
    yield f"http://{PUBLIC}@127.0.0.1:{port}{path}"
    yield f"http://{PUBLIC}:80@127.0.0.1:{port}{path}"
    yield f"http://{PUBLIC}%40127.0.0.1@127.0.0.1:{port}{path}"
    yield f"http://127.0.0.1:{port}{path}#@{PUBLIC}/"
    yield f"http://127.0.0.1:{port}{path}?{PUBLIC}"
    yield f"HTTP://127.0.0.1:{port}{path}"
    yield f"http:\\\\127.0.0.1:{port}{path}"
    yield f" http://127.0.0.1:{port}{path}"
