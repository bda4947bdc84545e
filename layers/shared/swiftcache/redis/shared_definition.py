"""What a task is started with where its definition is its size's, and not its own."""

import gzip
from base64 import b64encode
from dataclasses import dataclass

from swiftcache.engines.model import EngineName
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import TaskSize


@dataclass(frozen=True, slots=True)
class SharedDefinition:
    """`family` comes after the stack's name. `acl` is the ACL file, gzipped, in base64: hashes, never a key."""

    family: str
    acl: str


def shared_definition(instance: Instance, engine: EngineName, size: TaskSize, acl: str) -> SharedDefinition | None:
    """None for an instance whose tasks have a definition of its own. `acl` is the text of the file."""
    return SharedDefinition(size.family + engine.family_suffix, packed(acl)) if instance.shared_definition else None


def packed(acl: str) -> str:
    """The same for the same file, so that a start can be repeated."""
    return b64encode(gzip.compress(acl.encode(), mtime=0)).decode()


def shared_definition_output(shared: SharedDefinition | None) -> dict[str, str]:
    """As the state machines take it: both empty where the definition is the instance's own."""
    return {"sharedFamily": shared.family if shared else "", "acl": shared.acl if shared else ""}
