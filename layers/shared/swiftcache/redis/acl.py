"""Who may do what inside Redis: the ACL file of an instance (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/)."""

from collections.abc import Iterable

from swiftcache.instances.key import InstanceKey, KeyRole

CONTROL_USER = "swiftcache"
"""Our own user. Its password is in the instance's secret, never in the task."""

VERIFY_PREFIX = "swiftcache:verify:"
"""The only keys that the control user can reach."""

# Whole families, because some of their subcommands are in neither category.
_OURS = ("acl", "config", "debug", "module")

_WITHOUT_THE_SERVER = " ".join(("-@admin", "-@dangerous", *(f"-{command}" for command in _OURS)))

# Redis marks as dangerous some commands that ordinary client libraries, frameworks and tools send. They reach nothing
# but the owner's data and figures, so they are given back. What of the rest is refused, and why: docs/commands.md.
_ORDINARY = (
    *("info", "keys", "sort_ro", "role", "lastsave", "client|list", "client|info", "acl|whoami"),
    *("slowlog|get", "slowlog|len"),
    *("latency|doctor", "latency|graph", "latency|histogram", "latency|history", "latency|latest"),
)
_ORDINARY_WRITING = ("flushdb", "flushall", "sort", "restore", "swapdb", "slowlog|reset", "latency|reset")

# In no category that tells: `SCRIPT DEBUG SYNC` has Redis wait for the one client that debugs, and for nobody else.
_FREEZING = "-script|debug"

_READ_WRITE = f"~* &* +@all {_WITHOUT_THE_SERVER} {_FREEZING} " + " ".join(
    f"+{command}" for command in (*_ORDINARY, *_ORDINARY_WRITING)
)

# Reading in Redis's own categories. The scripts that only read run with the rights of their user.
_READING = (
    *("eval_ro", "evalsha_ro", "fcall_ro", "time", "command", "lolwut", "cluster"),
    *("memory|doctor", "memory|help", "memory|malloc-stats", "memory|stats"),
    *("script|exists", "function|list", "function|stats", "object|help", "xinfo|help", "pubsub|help"),
    *("function|help", "latency|help", "script|help", "slowlog|help", "xgroup|help"),
)
_READ_ONLY = (
    "~* &* -@all +@read +@connection +@transaction +@pubsub -publish -spublish "
    + " ".join(f"+{command}" for command in _READING)
    + f" {_WITHOUT_THE_SERVER} "
    + " ".join(f"+{command}" for command in _ORDINARY)
)
_RULES = {KeyRole.READ_WRITE: _READ_WRITE, KeyRole.READ_ONLY: _READ_ONLY}

# What we do: verify, configure, read figures, replicate into another task, end scripts that do not. The data itself is
# out of reach.
_CONTROL_COMMANDS = (
    "ping set get incrby del info dbsize role wait replicaof psync replconf "
    "config|set config|get acl|setuser acl|deluser acl|list acl|getuser "
    "client|list client|kill client|pause client|unpause client|id client|setname client|no-evict "
    "script|kill function|kill slowlog|get shutdown"
)
_CONTROL_RULES = f"~{VERIFY_PREFIX}* resetchannels -@all " + " ".join(f"+{name}" for name in _CONTROL_COMMANDS.split())

DEFAULT_USER = "default"
"""Who authenticates with a key alone. Any read-write key will do."""


def users(keys: Iterable[InstanceKey], *control_password_hashes: str) -> dict[str, str]:
    """The rules of every user by name, as `ACL SETUSER <name> reset <rules>` takes them.

    Each key has a user of its own, named by the key's id; the default user takes every read-write key, since most
    clients send a key without a name. Takes SHA-256 hashes in hex, never a plain key. Without any read-write key
    the default user is off, not open.
    """
    ordered = sorted(keys, key=lambda key: key.id)
    passwords = " ".join(f"#{key.sha256}" for key in ordered if key.role is KeyRole.READ_WRITE)
    found = {DEFAULT_USER: _user(passwords, _READ_WRITE) if passwords else f"off {_READ_WRITE}"}
    found |= {key.id: _user(f"#{key.sha256}", _RULES[key.role]) for key in ordered}
    found[CONTROL_USER] = _user(" ".join(f"#{hashed}" for hashed in control_password_hashes), _CONTROL_RULES)
    return found


def writes(rules: str) -> bool:
    """Whether a key's user with these rules, as `ACL LIST` tells them, may write: then the default user had it too."""
    return "+@all" in rules.split()


def acl_file(keys: Iterable[InstanceKey], *control_password_hashes: str) -> str:
    """The ACL file that a task starts with."""
    return "".join(f"user {name} {rules}\n" for name, rules in users(keys, *control_password_hashes).items())


def _user(passwords: str, rules: str) -> str:
    return f"on sanitize-payload {passwords} {rules}"
