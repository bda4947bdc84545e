"""Where the account key comes from: flags, the environment, or a profile. The first that is there, and it alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from swiftcache_cli.errors import NotSignedInError, UsageError
from swiftcache_cli.profiles import DEFAULT, Profiles

URL = "SWIFTCACHE_API_URL"
KEY = "SWIFTCACHE_API_KEY"
ORGANIZATION = "SWIFTCACHE_ORGANIZATION"
CA_FILE = "SWIFTCACHE_CA_FILE"
DNS = "SWIFTCACHE_DNS"
PROFILE = "SWIFTCACHE_PROFILE"


@dataclass(frozen=True, slots=True)
class Flags:
    """What may stand before the command. The key is in a file: an argument is seen by everybody on the computer."""

    profile: str | None = None
    api_url: str | None = None
    api_key_file: Path | None = None
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """`source` says in words where they are from. `ca_file` is trusted besides what the system trusts, and `dns`
    (`host:port`) knows the names of instances: both are there on a laptop alone.
    """

    api_url: str
    api_key: str = field(repr=False)
    source: str = ""
    organization_id: str | None = None
    ca_file: str | None = None
    dns: str | None = None


def credentials(flags: Flags, environ: Mapping[str, str], profiles: Profiles) -> Credentials:
    """Raises UsageError for a half, NotSignedInError where there is nothing."""
    if flags.api_url or flags.api_key_file:
        return _of_flags(flags)
    if flags.profile is None and any(environ.get(name) for name in (URL, KEY, CA_FILE, DNS)):
        return _of_environment(environ)
    return _of_profile(flags.profile or environ.get(PROFILE) or DEFAULT, profiles)


def checked_url(url: str) -> str:
    """The API's address without what may follow it. Raises UsageError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise UsageError(
            f"{url!r} is no address of an API", code="INVALID_URL", hint="Give it as https://api.example.com"
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise UsageError(
            f"{url} would send the account key unencrypted", code="INVALID_URL", hint="Use https://, or this computer"
        )
    return url.rstrip("/").removesuffix("/api/v1")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _of_flags(flags: Flags) -> Credentials:
    if flags.profile:
        raise UsageError(
            "--profile has an address and a key of its own", code="TWO_SOURCES", hint="Leave --api-url away, or it"
        )
    if not (flags.api_url and flags.api_key_file):
        there, missing = ("--api-url", "--api-key-file") if flags.api_url else ("--api-key-file", "--api-url")
        raise UsageError(
            f"{there} is there without {missing}",
            code="HALF_CREDENTIALS",
            hint="The address and the key come from one place: give both, or neither and use a profile",
        )
    try:
        key = flags.api_key_file.read_text().strip()
    except OSError as error:
        raise UsageError(
            f"cannot read the account key from {flags.api_key_file}: {error.strerror}", code="NO_KEY_FILE"
        ) from None
    return Credentials(checked_url(flags.api_url), key, "the flags --api-url and --api-key-file")


def _of_environment(environ: Mapping[str, str]) -> Credentials:
    missing = [name for name in (URL, KEY) if not environ.get(name)]
    if missing:
        there = next(name for name in (URL, KEY, CA_FILE, DNS) if environ.get(name))
        raise UsageError(
            f"the environment has {there} without {' and '.join(missing)}",
            code="HALF_CREDENTIALS",
            hint=f"The address and the key come from one place: set {URL} and {KEY}, or unset {there}",
        )
    return Credentials(
        checked_url(environ[URL]),
        environ[KEY].strip(),
        f"the environment ({URL}, {KEY})",
        environ.get(ORGANIZATION) or None,
        environ.get(CA_FILE) or None,
        environ.get(DNS) or None,
    )


def _of_profile(name: str, profiles: Profiles) -> Credentials:
    found = profiles.find(name)
    if found is None:
        raise NotSignedInError(
            f"nobody is signed in: there is no profile {name!r} in {profiles.path}",
            code="NOT_SIGNED_IN",
            hint="Run: swiftcache login" + ("" if name == DEFAULT else f" --profile {name}"),
        )
    return Credentials(
        found.api_url, found.api_key, f"the profile {name!r}", found.organization_id, found.ca_file, found.dns
    )
