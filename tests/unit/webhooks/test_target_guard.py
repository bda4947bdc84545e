"""Where webhooks may be sent. Each forbidden URL here is one that reached somebody's metadata service once."""

import socket
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from swiftcache.webhooks.model import AttemptError, TargetRefused
from swiftcache.webhooks.target_guard import MAX_URL_LENGTH, TargetGuard, is_public, networks_of

pytestmark = pytest.mark.enable_socket
"""What an address made of numbers means is the system's resolver's to say; it sends nothing for that."""

PUBLIC = "93.184.215.14"


def names(host: str, port: int) -> Sequence[str]:
    """A resolver that knows some names, and what the system's makes of numbers."""
    known = {
        "example.com": [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"],
        "private.example.com": ["10.0.0.5"],
        "metadata.example.com": ["169.254.169.254"],
        "half.example.com": [PUBLIC, "192.168.1.1"],
        "mapped.example.com": ["::ffff:169.254.169.254"],
        "link-local.example.com": ["fe80::1%lo"],
        "localhost": ["127.0.0.1", "::1"],
    }
    if host in known:
        return known[host]
    if host.endswith(".com"):
        raise socket.gaierror(socket.EAI_NONAME, "not known")
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


guard = TargetGuard(resolve=names)


def refused(url: str) -> AttemptError:
    with pytest.raises(TargetRefused) as refusal:
        guard.check(url)
    return refusal.value.error


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://EXAMPLE.com/hook?token=a%20b",
        "https://example.com:443/",
        "https://example.com:8443/hook",
        f"https://{PUBLIC}/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/hook",
    ],
)
def test_the_public_internet_is_allowed_over_https(url: str) -> None:
    guard.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::]/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://169.254.170.2/v2/credentials",
        "https://[fd00:ec2::254]/latest/meta-data/",
        "https://[fe80::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:a9fe:a9fe::1]/",
        "https://[ff02::1]/",
        "https://[2001:db8::1]/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://198.18.0.1/",
        "https://private.example.com/",
        "https://metadata.example.com/",
        "https://half.example.com/",
        "https://mapped.example.com/",
        "https://link-local.example.com/",
    ],
)
def test_no_private_network_is_reached(url: str) -> None:
    assert refused(url) is AttemptError.TARGET_FORBIDDEN


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https:///path",
        "https://",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/#fragment",
        "https://example.com/#",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:22/",
        "https://example.com:99999/",
        "https://example.com:http/",
        "https://[::1",
        "https://[fe80::1%25lo]/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://ex%61mple.com/",
        "https://éxample.com/",
        "https://example.com./",
        "https://-example.com/",
        "https://example..com/",
        "https://under_score.com/",
        f"https://example.com/{'a' * MAX_URL_LENGTH}",
    ],
)
def test_what_programs_could_read_differently_is_no_target(url: str) -> None:
    assert refused(url) is AttemptError.TARGET_FORBIDDEN


def test_a_name_without_an_address_is_no_target() -> None:
    assert refused("https://nowhere.example.com/") is AttemptError.NAME_NOT_RESOLVED


def test_a_name_that_resolves_to_nothing_is_no_target() -> None:
    with pytest.raises(TargetRefused):
        TargetGuard(resolve=lambda *_: []).check("https://example.com/")


def test_a_refusal_does_not_tell_the_address() -> None:
    with pytest.raises(TargetRefused) as refusal:
        guard.check("https://private.example.com/")
    assert "10.0.0.5" not in str(refusal.value)


def test_a_private_network_is_reached_where_the_operator_says_so() -> None:
    local = TargetGuard(networks_of("127.0.0.0/8, fd00::/8"), names)
    assert local.target("http://127.0.0.1:8000/hook").authority == "127.0.0.1:8000"
    local.check("https://[fd00::1]/")
    with pytest.raises(TargetRefused):
        local.check("https://10.0.0.1/")
    with pytest.raises(TargetRefused):
        local.check("http://example.com/")


def test_a_target_keeps_the_addresses_that_were_checked() -> None:
    target = guard.target("https://example.com:8443/hook?x=1")
    assert (target.addresses[0], target.port, target.path, target.authority) == (
        PUBLIC,
        8443,
        "/hook?x=1",
        "example.com:8443",
    )


def test_the_system_resolves_by_default() -> None:
    with pytest.raises(TargetRefused):
        TargetGuard().check("https://127.0.0.1/")


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    answer = threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        answer.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with pytest.raises(TargetRefused) as refusal:
        TargetGuard(seconds=0.05).check("https://example.com/")
    answer.set()
    assert refusal.value.error is AttemptError.NAME_NOT_RESOLVED


def test_no_networks_are_none() -> None:
    assert networks_of("") == ()


def test_networks_are_read_strictly() -> None:
    assert networks_of("10.0.0.0/8") == (ip_network("10.0.0.0/8"),)
    with pytest.raises(ValueError, match="host bits"):
        networks_of("10.0.0.1/8")


@pytest.mark.parametrize("text", ["1.1.1.1", "2606:4700:4700::1111", "93.184.215.14"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))
