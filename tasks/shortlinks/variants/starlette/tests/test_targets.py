import pytest

from shorty.targets import CLOSED_IPV4, CLOSED_IPV6, MAX_LENGTH, check_target

LABEL = "a" * 63


@pytest.mark.parametrize(
    "url",
    [
        "http://a.de",
        "HTTPS://EXAMPLE.COM/",
        "https://example.com:1/?q#f",
        "https://example.com:65535#f",
        "https://example.com?x=@y",
        'https://example.com/{|}"<>^`~!$&()*+,;=%zz[]',
        "http://1.2.example.c0m",
        "http://local.example.com",
        "http://a--b.example",
        f"http://{LABEL}.{LABEL}.{LABEL}.{'b' * 57}.com/",
        "http://8.8.8.8",
        "http://0.example.com",
        "http://255.254.253.com",
        "http://9.255.255.255",
        "http://11.0.0.0",
        "http://223.255.255.255:80/",
        "http://[2606:4700::1]/",
        "http://[2000::]:8080",
        "http://[3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
        "http://example.com/" + "x" * (MAX_LENGTH - 19),
    ],
)
def test_public_addresses(url: str) -> None:
    assert check_target(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/" + "x" * (MAX_LENGTH - 18),
        "http://example.com/ ",
        "http://example.com/\n",
        "http://example.com/\x7f",
        "http://example.com\\x",
        "http://exämple.com",
        "http://example.com/\ud800",
    ],
)
def test_other_characters_or_lengths(url: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        check_target(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.com",
        "//example.com",
        "example.com",
        "xhttp://example.com",
        "http:/example.com",
        "http://user:secret@example.com",
        "http://example.com:",
        "http://example.com:x",
        "http://example.com:123456",
        "http://example.com:80:80",
        "http://[::1",
        "http://[::1]x",
    ],
)
def test_no_addresses_of_the_web(url: str) -> None:
    with pytest.raises(ValueError, match="expected http:// or https://"):
        check_target(url)


@pytest.mark.parametrize("port", ["0", "00000", "65536", "99999"])
def test_ports_out_of_range(port: str) -> None:
    with pytest.raises(ValueError, match="port"):
        check_target(f"http://example.com:{port}/")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "com",
        "a.LocalHost",
        "a.local",
        "a.internal",
        "a.intranet",
        "a.lan",
        "a.home",
        "a.corp",
        "home.arpa",
        "example.com.",
        "user@example.com",
        "a..b",
        "-a.com",
        "a-.com",
        "a_b.com",
        f"{LABEL}a.com",
        f"{LABEL}.{LABEL}.{LABEL}.{'b' * 58}.com",
        "2130706433",
        "0x7f.1",
        "127.1",
        "a.1",
        "a.1b",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.256",
        "1.2.3.1000",
        "1.2.3",
        "[]",
        "[1.2.3.4]",
        "[2606::g]",
        "[2606:4700::1%25eth0]",
        "[2606:4700::1%eth0]",
        "[::]",
        "[::1]",
        "[::ffff:8.8.8.8]",
        "[fe80::1]",
        "[1fff:ffff::]",
        "[4000::]",
        "2606:4700::1",
    ],
)
def test_other_hosts(host: str) -> None:
    with pytest.raises(ValueError, match=r"expected a public DNS name|expected http:// or https://"):
        check_target(f"http://{host}/")


@pytest.mark.parametrize("network", CLOSED_IPV4, ids=str)
def test_closed_ipv4_networks_from_end_to_end(network) -> None:
    for address in (network[0], network[-1]):
        with pytest.raises(ValueError, match="expected a public DNS name"):
            check_target(f"http://{address}/")


@pytest.mark.parametrize("network", CLOSED_IPV6, ids=str)
def test_closed_ipv6_networks_from_end_to_end(network) -> None:
    for address in (network[0], network[-1]):
        with pytest.raises(ValueError, match="expected a public DNS name"):
            check_target(f"http://[{address}]/")


def test_the_closed_networks_are_those_of_the_instruction() -> None:
    assert [str(network) for network in CLOSED_IPV4] == [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
    ]  # fmt: skip
    assert [str(network) for network in CLOSED_IPV6] == ["2001::/32", "2001:db8::/32", "2002::/16"]
