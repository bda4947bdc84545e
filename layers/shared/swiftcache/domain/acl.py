"""Who may do what inside Redis: the ACL file of an instance (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/)."""

from collections.abc import Iterable

CONTROL_USER = "swiftcache"
"""Our own user, for verification. Its password is in the instance's secret, never in the task."""

VERIFY_PREFIX = "swiftcache:verify:"
"""The only keys that the control user can reach."""

# Redis marks as dangerous some commands that ordinary client libraries and frameworks send. They reach nothing but
# the owner's data, so they are given back.
_ORDINARY = ("info", "keys", "flushdb", "flushall", "sort", "sort_ro", "role", "client|list", "client|info")

# Whole families, because some of their subcommands are in neither category.
_OURS = ("acl", "config", "debug", "module")

_OWNER_RULES = (
    "~* &* +@all -@admin -@dangerous "
    + " ".join(f"-{command}" for command in _OURS)
    + " "
    + " ".join(f"+{command}" for command in _ORDINARY)
)
_CONTROL_RULES = f"~{VERIFY_PREFIX}* resetchannels -@all +ping +set +get +del"


def acl_file(owner_key_hashes: Iterable[str], control_password_hash: str) -> str:
    """The ACL file: user `default` with each of the owner's keys as a password, and the control user.

    Takes SHA-256 hashes in hex, never a plain key. Without any key the default user is off, not open.
    """
    passwords = " ".join(f"#{key_hash}" for key_hash in sorted(owner_key_hashes))
    state = f"on sanitize-payload {passwords}" if passwords else "off"
    return (
        f"user default {state} {_OWNER_RULES}\n"
        f"user {CONTROL_USER} on sanitize-payload #{control_password_hash} {_CONTROL_RULES}\n"
    )
