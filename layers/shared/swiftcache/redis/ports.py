"""What the features need of a running Redis and its secret."""

from dataclasses import dataclass
from typing import Protocol

from swiftcache.instances.model import Endpoint
from swiftcache.redis.control_passwords import ControlPasswords, StoredCredentials


@dataclass(frozen=True, slots=True)
class Loading:
    """`keys` are those that it has read since its start, and those whose time had come by then. Memory in bytes."""

    done: bool
    keys: int
    evicted: int
    used_memory: int
    max_memory: int


class Credentials(Protocol):
    def issue(self, instance_id: str, acl: str, control_password: str, restore_link: str | None = None) -> str:
        """Keeps the ACL file and the control user's password; answers the secret's ARN.

        `restore_link` is where a task that begins with a backup gets that.

        Doing it again replaces what is there: the same ARN, the new values.
        """

    def control_password(self, instance_id: str) -> str:
        """What the control user authenticates with. Raises NotFound."""

    def control_passwords(self, instance_id: str) -> ControlPasswords:
        """All that it may authenticate with. Raises NotFound."""

    def stored(self, instance_id: str) -> StoredCredentials:
        """The ACL file and the passwords. Raises NotFound."""

    def rewrite(self, instance_id: str, before: StoredCredentials, after: StoredCredentials) -> None:
        """Replaces what was `before` when it was read. Does nothing if `after` is the same.

        Raises NotFound: what is deleted does not come back.
        """

    def secret_arn(self, instance_id: str) -> str:
        """Where the ACL file is kept. Raises NotFound."""


class Probe(Protocol):
    def verify(self, hostname: str, endpoint: Endpoint, password: str) -> None:
        """As a client would, but from inside by the private address: resolves the public name, which must lead to
        `endpoint`, connects, verifies TLS for the name, AUTH, SET, INCRBY, DEL.

        Tries until it answers or about 10 seconds have gone. Raises VerificationFailed.
        """
