"""What every command has: who asks, the API, and the things that they call by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from swiftcache_cli.errors import NotFoundError, UnreachableError, UsageError

if TYPE_CHECKING:
    from swiftcache_cli.client import Client, Json
    from swiftcache_cli.credentials import Credentials, Flags
    from swiftcache_cli.outside import Outside
    from swiftcache_cli.pending import Pending, PendingRequests
    from swiftcache_cli.profiles import Profiles

INSTANCE_PREFIX = "inst_"
PAGE = 100


class Session:
    """Nothing is read and nobody asked before a command needs it."""

    def __init__(self, flags: "Flags", outside: "Outside") -> None:
        self.flags = flags
        self.outside = outside

    @cached_property
    def profiles(self) -> "Profiles":
        from swiftcache_cli.profiles import Profiles

        return Profiles(self.outside.config_folder())

    @cached_property
    def credentials(self) -> "Credentials":
        from swiftcache_cli.credentials import credentials

        return credentials(self.flags, self.outside.environ, self.profiles)

    @cached_property
    def api(self) -> "Client":
        return self.client(self.credentials)

    def client(self, credentials: "Credentials") -> "Client":
        from swiftcache_cli.client import Client

        return Client(self.outside.connect(credentials), credentials, self.outside.sleep)

    @cached_property
    def organization(self) -> str:
        """The one that is named, or that of the account key."""
        known = self.flags.organization or self.credentials.organization_id
        return known or str(self.api.get("/session")["session"]["organizationId"])

    @property
    def _pending(self) -> "PendingRequests":
        from swiftcache_cli.pending import PendingRequests

        return PendingRequests(self.outside.state_folder(), self.outside.now)

    @contextmanager
    def once(self, path: str, body: "Json") -> "Iterator[Pending]":
        """A request that makes something, with a key to repeat it by. It is remembered until the block ends well, or is
        refused: not if the program is killed or interrupted in it, nor if nothing was heard."""
        from swiftcache_cli.errors import CliError, StillGoingError
        from swiftcache_cli.pending import Request

        asked = Request(self.credentials.api_url, self.credentials.api_key, path, body)
        with self._pending.take(asked) as pending:
            try:
                yield pending
            except (UnreachableError, StillGoingError):
                raise
            except CliError:
                pending.forget()
                raise
            pending.forget()

    @contextmanager
    def created(self, path: str, body: "Json") -> "Iterator[Json]":
        """Posts once, however often the program is begun; what is answered is to be shown in the block."""
        with self.once(path, body) as pending:
            yield self.api.request("POST", path, body=body, idempotency_key=pending.key)

    def instance(self, named: str) -> "Json":
        """The instance with this id, or this name. Raises NotFoundError, and UsageError where a name is not enough."""
        if named.startswith(INSTANCE_PREFIX):
            try:
                return dict(self.api.get(f"/instances/{named}")["instance"])
            except NotFoundError:
                pass  # a name may begin so too
        found = self.api.get("/instances", organizationId=self.organization, name=named, limit=PAGE)["instances"]
        if not found:
            raise NotFoundError(
                f"there is no instance with the name or id {named!r}",
                code="NOT_FOUND",
                hint="See what is there: swiftcache instances list",
            )
        if len(found) > 1:
            ids = ", ".join(f"{one['id']} ({one['status']})" for one in found)
            raise UsageError(f"{len(found)} instances are called {named!r}: {ids}", code="AMBIGUOUS", hint="Use an id")
        return dict(found[0])

    def all(self, path: str, member: str, limit: int | None = None, **query: object) -> "list[Json]":
        """Everything of a list, page after page, or the first `limit`."""
        found: list[Any] = []
        cursor: object = None
        while True:
            page = self.api.get(path, limit=min(PAGE, limit - len(found)) if limit else PAGE, cursor=cursor, **query)
            found += page[member]
            cursor = page.get("nextCursor")
            if not cursor or (limit and len(found) >= limit):
                return found
