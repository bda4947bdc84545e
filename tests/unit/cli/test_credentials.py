"""Where the account key comes from, and that no half of one comes from anywhere."""

import json
from pathlib import Path

import pytest

from swiftcache_cli.credentials import Credentials
from tests.api_world import TOKEN
from tests.unit.cli.terminal import URL, Terminal

OTHER = "https://other.example.com"


@pytest.fixture
def signed_in(terminal: Terminal) -> Terminal:
    """With a profile, and nothing in the environment."""
    terminal.environ = {}
    terminal.typed_secret, terminal.asks = TOKEN, True
    terminal.ok("login", URL)
    terminal.connected.clear()
    return terminal


def profiles(terminal: Terminal) -> Path:
    return terminal.folder / "config" / "profiles.json"


def used(terminal: Terminal) -> Credentials:
    [found] = terminal.connected
    return found


def test_login_checks_the_key_and_keeps_it_where_only_its_owner_reads(signed_in: Terminal) -> None:
    file = profiles(signed_in)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    kept = json.loads(file.read_text())["profiles"]["default"]
    assert (kept["api_url"], kept["api_key"], kept["organization_id"]) == (URL, TOKEN, "org_123")


def test_login_prints_neither_the_key_nor_a_part_of_it(terminal: Terminal) -> None:
    terminal.typed_secret, terminal.asks = TOKEN, True
    done = terminal.ok("login", URL)
    assert TOKEN[-8:] not in done.out + done.err


def test_a_key_that_the_api_does_not_know_is_not_kept(terminal: Terminal) -> None:
    terminal.typed_secret, terminal.asks = "sk_live_" + "f" * 32, True
    done = terminal.run("login", URL)
    assert (done.code, "NOT_AUTHENTICATED" in done.err) == (4, True)
    assert not profiles(terminal).exists()


@pytest.mark.parametrize("typed", ["", "sc_live_00000000000000000000000000000000", "sk_live_é"])
def test_what_is_no_account_key_is_sent_nowhere(terminal: Terminal, typed: str) -> None:
    terminal.typed_secret, terminal.asks = typed, True
    assert terminal.run("login", URL).code == 2
    assert terminal.connected == []


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://api.example.com", "api.example.com", "https://u@x"])
def test_a_key_goes_to_no_address_that_is_unencrypted_or_none(terminal: Terminal, url: str) -> None:
    terminal.typed_secret, terminal.asks = TOKEN, True
    assert terminal.run("login", url).code == 2
    assert terminal.connected == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_this_computer_may_be_asked_without_tls(terminal: Terminal, host: str) -> None:
    terminal.typed_secret, terminal.asks = TOKEN, True
    terminal.ok("login", f"http://{host}:8080/")
    assert terminal.connected[0].api_url == f"http://{host}:8080"


def test_login_where_nobody_can_be_asked_says_how_to_give_the_key(terminal: Terminal) -> None:
    done = terminal.run("login", URL)
    assert (done.code, "--key-stdin" in done.err) == (2, True)


def test_a_local_stack_is_signed_in_to_with_what_it_says_of_itself(terminal: Terminal, tmp_path: Path) -> None:
    facts = {"apiUrl": "http://127.0.0.1:8080", "token": TOKEN, "caFile": "/x/ca.pem", "dns": "127.0.0.1:53"}
    (tmp_path / "local.json").write_text(json.dumps(facts))
    terminal.environ = {}
    terminal.ok("login", "--local", str(tmp_path))
    terminal.connected.clear()
    terminal.ok("whoami")
    assert (used(terminal).ca_file, used(terminal).dns) == ("/x/ca.pem", "127.0.0.1:53")


def test_without_any_credentials_it_says_how_to_sign_in(terminal: Terminal) -> None:
    terminal.environ = {}
    done = terminal.run("instances", "list")
    assert (done.code, "swiftcache login" in done.err) == (4, True)


def test_the_environment_goes_before_the_profile(signed_in: Terminal) -> None:
    signed_in.environ = {"SWIFTCACHE_API_URL": OTHER, "SWIFTCACHE_API_KEY": TOKEN}
    signed_in.ok("whoami")
    assert used(signed_in).api_url == OTHER


def test_flags_go_before_the_environment(signed_in: Terminal, tmp_path: Path) -> None:
    signed_in.environ = {"SWIFTCACHE_API_URL": URL, "SWIFTCACHE_API_KEY": "sk_live_other"}
    (tmp_path / "key").write_text(f"{TOKEN}\n")
    signed_in.ok("--api-url", OTHER, "--api-key-file", str(tmp_path / "key"), "whoami")
    assert (used(signed_in).api_url, used(signed_in).api_key) == (OTHER, TOKEN)


def test_a_profile_that_is_named_goes_before_the_environment(signed_in: Terminal) -> None:
    signed_in.environ = {"SWIFTCACHE_API_URL": OTHER, "SWIFTCACHE_API_KEY": "sk_live_other"}
    signed_in.ok("--profile", "default", "whoami")
    assert used(signed_in).api_url == URL


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"SWIFTCACHE_API_URL": OTHER}, "SWIFTCACHE_API_KEY"),
        ({"SWIFTCACHE_API_KEY": TOKEN}, "SWIFTCACHE_API_URL"),
        ({"SWIFTCACHE_CA_FILE": "/x"}, "SWIFTCACHE_API_URL and SWIFTCACHE_API_KEY"),
    ],
)
def test_half_of_the_environment_is_never_filled_up_from_the_profile(
    signed_in: Terminal, environ: dict[str, str], missing: str
) -> None:
    signed_in.environ = environ
    done = signed_in.run("whoami")
    assert (done.code, "HALF_CREDENTIALS" in done.err, missing in done.err) == (2, True, True)
    assert signed_in.connected == []


def test_half_of_the_flags_is_never_filled_up_from_elsewhere(signed_in: Terminal, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(TOKEN)
    for half in (["--api-url", OTHER], ["--api-key-file", str(tmp_path / "key")]):
        done = signed_in.run(*half, "whoami")
        assert (done.code, "HALF_CREDENTIALS" in done.err) == (2, True)
    assert signed_in.connected == []


def test_a_file_that_others_may_read_is_refused_with_what_to_do(signed_in: Terminal) -> None:
    profiles(signed_in).chmod(0o644)
    done = signed_in.run("whoami")
    assert (done.code, f"chmod 600 {profiles(signed_in)}" in done.err) == (4, True)
    assert signed_in.connected == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"profiles": {"default": {"api_url": "x"}}}', '{"profiles": []}'])
def test_a_damaged_file_is_said_to_be_so(signed_in: Terminal, text: str) -> None:
    profiles(signed_in).write_text(text)
    done = signed_in.run("whoami")
    assert (done.code, "PROFILES_DAMAGED" in done.err) == (4, True)


def test_logout_forgets_one_profile_and_no_other(signed_in: Terminal) -> None:
    signed_in.ok("--profile", "second", "login", OTHER)
    signed_in.ok("logout")
    assert list(json.loads(profiles(signed_in).read_text())["profiles"]) == ["second"]
    assert signed_in.run("whoami").code == 4
    assert "no profile" in signed_in.ok("logout").out


def test_whoami_says_where_the_key_is_from_and_not_what_it_is(signed_in: Terminal) -> None:
    done = signed_in.ok("whoami")
    assert "the profile 'default'" in done.out
    assert TOKEN[-8:] not in done.out


def test_credentials_do_not_show_the_key_when_they_are_printed() -> None:
    assert "secret" not in repr(Credentials("https://x", "secret"))
