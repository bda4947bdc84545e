"""The file of profiles, each with the address of an API and an account key. Nobody but its owner may read it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swiftcache_cli import private_files
from swiftcache_cli.errors import NotSignedInError

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Profile:
    api_url: str
    api_key: str = field(repr=False)
    organization_id: str
    ca_file: str | None = None
    dns: str | None = None


class Profiles:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "profiles.json"

    def find(self, name: str) -> Profile | None:
        """Raises NotSignedInError if the file is not as we write it, or others may read it."""
        found = self._read().get(name)
        return Profile(**found) if found else None

    def names(self) -> list[str]:
        """Raises NotSignedInError as `find` does."""
        return list(self._read())

    def save(self, name: str, profile: Profile) -> None:
        self._write({**self._read(), name: asdict(profile)})

    def remove(self, name: str) -> bool:
        """Whether there was one."""
        found = self._read()
        if name not in found:
            return False
        self._write({other: kept for other, kept in found.items() if other != name})
        return True

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self.path.exists():
            return {}
        if private_files.others_may_read(self.path):
            raise NotSignedInError(
                f"others may read {self.path}, which holds account keys",
                code="PROFILES_NOT_PRIVATE",
                hint=f"Run: chmod 600 {self.path}. Revoke the keys if somebody may have read them",
            )
        try:
            found: dict[str, dict[str, Any]] = json.loads(self.path.read_text())["profiles"]
            for profile in found.values():
                Profile(**profile)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotSignedInError(
                f"{self.path} is not as this program writes it",
                code="PROFILES_DAMAGED",
                hint=f"Remove it and sign in again: rm {self.path}; swiftcache login",
            ) from None
        return found

    def _write(self, profiles: dict[str, dict[str, Any]]) -> None:
        private_files.write(self.path, json.dumps({"profiles": profiles}, indent=2) + "\n")
