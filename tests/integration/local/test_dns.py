"""The DNS server, asked over its sockets."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSRecord

from local import resolve
from local.dns import DnsServer


@dataclass(frozen=True)
class Entry:
    name: str
    addresses: tuple[str, ...]
    ttl: int = 5


@dataclass(frozen=True)
class Said:
    name: str
    values: tuple[str, ...]
    ttl: int = 60


TEXTS = [Said("_acme-challenge.redis.swiftcache.test", ("first", "second"))]


@pytest.fixture
def records() -> list[Entry]:
    return [Entry("abc.redis.swiftcache.test", ("127.0.1.2",))]


@pytest.fixture
def server(records: list[Entry]) -> Iterator[DnsServer]:
    started = DnsServer("swiftcache.test", lambda: records, port=0, texts=lambda: TEXTS)
    started.start()
    yield started
    started.stop()


def ask(server: DnsServer, name: str, kind: str = "A", *, tcp: bool = False, edns: bool = False) -> DNSRecord:
    question = DNSRecord.question(name, kind)
    if edns:
        question.add_ar(EDNS0(udp_len=4096))
    return DNSRecord.parse(question.send(*server.address, tcp=tcp, timeout=5))


def addresses(reply: DNSRecord) -> list[str]:
    return [str(answer.rdata) for answer in reply.rr]


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_a_record_resolves(server: DnsServer, tcp: bool) -> None:
    reply = ask(server, "abc.redis.swiftcache.test", tcp=tcp)

    assert addresses(reply) == ["127.0.1.2"]
    assert reply.rr[0].ttl == 5


def test_a_text_is_found_under_its_type_alone(server: DnsServer) -> None:
    name = TEXTS[0].name
    assert addresses(ask(server, name, "TXT")) == ['"first"', '"second"']
    assert (ask(server, name).rr, ask(server, name).header.rcode) == ([], RCODE.NOERROR)
    assert ask(server, "abc.redis.swiftcache.test", "TXT").rr == []


def test_a_new_record_resolves_at_once(server: DnsServer, records: list[Entry]) -> None:
    assert ask(server, "new.redis.swiftcache.test").header.rcode == RCODE.NXDOMAIN
    records.append(Entry("new.redis.swiftcache.test", ("127.0.1.3", "127.0.1.4")))

    assert addresses(ask(server, "new.redis.swiftcache.test")) == ["127.0.1.3", "127.0.1.4"]


def test_a_deleted_record_no_longer_resolves(server: DnsServer, records: list[Entry]) -> None:
    records.clear()

    reply = ask(server, "abc.redis.swiftcache.test")

    assert reply.header.rcode == RCODE.NXDOMAIN
    assert not reply.rr


def test_that_a_name_is_missing_may_be_remembered_for_a_second_only(server: DnsServer) -> None:
    [soa] = ask(server, "none.redis.swiftcache.test").auth

    assert (QTYPE[soa.rtype], soa.ttl, soa.rdata.times[-1]) == ("SOA", 1, 1)


def test_upper_case_is_the_same_name(server: DnsServer) -> None:
    reply = ask(server, "ABC.Redis.SwiftCache.TEST")

    assert addresses(reply) == ["127.0.1.2"]
    assert str(reply.rr[0].rname) == "ABC.Redis.SwiftCache.TEST."


def test_a_name_has_no_other_types(server: DnsServer) -> None:
    reply = ask(server, "abc.redis.swiftcache.test", "AAAA")

    assert (reply.header.rcode, reply.rr) == (RCODE.NOERROR, [])


def test_the_parent_of_a_name_exists(server: DnsServer) -> None:
    assert ask(server, "redis.swiftcache.test").header.rcode == RCODE.NOERROR


@pytest.mark.parametrize("name", ["example.com", "notswiftcache.test", "localhost"])
def test_names_outside_the_zone_are_refused(server: DnsServer, name: str) -> None:
    assert ask(server, name).header.rcode == RCODE.REFUSED


def test_edns_is_answered_with_edns(server: DnsServer) -> None:
    reply = ask(server, "abc.redis.swiftcache.test", edns=True)

    assert addresses(reply) == ["127.0.1.2"]
    assert [QTYPE[record.rtype] for record in reply.ar] == ["OPT"]


@pytest.mark.parametrize("packet", [b"", b"\0", b"\0" * 12, b"\xff" * 40])
def test_what_is_no_question_does_no_harm(server: DnsServer, packet: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(packet, server.address)
    with socket.create_connection(server.address, timeout=5) as tcp:
        tcp.sendall(len(packet).to_bytes(2) + packet)
        assert tcp.recv(1) == b""

    assert addresses(ask(server, "abc.redis.swiftcache.test")) == ["127.0.1.2"]


def test_a_connection_ends_after_an_answer(server: DnsServer) -> None:
    question = DNSRecord.question("abc.redis.swiftcache.test").pack()
    with socket.create_connection(server.address, timeout=5) as tcp, tcp.makefile("rb") as replies:
        tcp.sendall(len(question).to_bytes(2) + question)
        reply = DNSRecord.parse(replies.read(int.from_bytes(replies.read(2))))

        assert addresses(reply) == ["127.0.1.2"]
        assert replies.read() == b""


def test_a_client_that_says_nothing_keeps_nobody_from_an_answer(server: DnsServer) -> None:
    with socket.create_connection(server.address, timeout=5):
        assert addresses(ask(server, "abc.redis.swiftcache.test", tcp=True)) == ["127.0.1.2"]


def test_an_answer_is_no_question(server: DnsServer) -> None:
    answer = DNSRecord.question("abc.redis.swiftcache.test").reply().pack()
    with socket.create_connection(server.address, timeout=5) as tcp:
        tcp.sendall(len(answer).to_bytes(2) + answer)
        assert tcp.recv(1) == b""


def test_a_taken_port_is_replaced_by_a_free_one(server: DnsServer) -> None:
    second = DnsServer("swiftcache.test", list, port=server.address[1])

    assert second.address[1] != server.address[1]
    second.stop()


def announced(home: Path, server: DnsServer) -> Path:
    home.joinpath("local.json").write_text(f'{{"dns": "{server.address[0]}:{server.address[1]}"}}')
    return home


def test_the_resolve_command_prints_an_address(server: DnsServer, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.resolve", "abc.redis.swiftcache.test"],
        cwd=Path(__file__).parents[3],
        env={"SWIFTCACHE_HOME": str(announced(tmp_path, server))},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "127.0.1.2\n"


def test_the_resolve_command_says_that_a_name_is_missing(
    server: DnsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWIFTCACHE_HOME", str(announced(tmp_path, server)))

    with pytest.raises(SystemExit, match="NXDOMAIN"):
        resolve.main(["none.redis.swiftcache.test"])


def test_the_resolve_command_says_that_no_stack_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWIFTCACHE_HOME", str(tmp_path))

    with pytest.raises(SystemExit, match="make run"):
        resolve.main(["abc.redis.swiftcache.test"])
