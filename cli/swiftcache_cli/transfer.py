"""Files of backups: fetched from a link and put to one, without an account key, which the storage has no use for."""

import hashlib
from contextlib import closing
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError

from swiftcache_cli.errors import CliError

CHUNK = 1024 * 1024
CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0


def download(url: str, sha256: str, target: Path) -> int:
    """The bytes. The file is there when all of it is, and right. Raises CliError."""
    part = target.with_name(f"{target.name}.part")
    found = hashlib.sha256()
    size = 0
    try:
        asked = urllib3.request("GET", url, preload_content=False, retries=False, timeout=_timeout())
        with closing(asked) as answer, part.open("wb") as file:
            _must_be_fine(answer.status)
            for chunk in answer.stream(CHUNK):
                found.update(chunk)
                size += file.write(chunk)
        if found.hexdigest() != sha256:
            raise CliError("what was downloaded is not the backup: its SHA-256 is another", code="WRONG_FILE")
        part.replace(target)
    except HTTPError as error:
        raise _broken(error) from None
    finally:
        part.unlink(missing_ok=True)
    return size


def upload(url: str, source: Path) -> None:
    """Raises CliError."""
    try:
        with source.open("rb") as file:
            length = {"Content-Length": str(source.stat().st_size)}
            answer = urllib3.request("PUT", url, body=file, headers=length, retries=False, timeout=_timeout())
        _must_be_fine(answer.status)
    except HTTPError as error:
        raise _broken(error) from None


def _timeout() -> urllib3.Timeout:
    return urllib3.Timeout(connect=CONNECT_SECONDS, read=SILENT_SECONDS)


def _must_be_fine(status: int) -> None:
    if status >= 300:
        raise CliError(
            f"the storage answered {status}", code="TRANSFER_REFUSED", hint="The link may have ended: run it again"
        )


def _broken(error: HTTPError) -> CliError:
    return CliError(f"the transfer broke: {error}", code="TRANSFER_BROKEN", hint="Run it again")
