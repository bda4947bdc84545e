"""The secrets of instances, in memory."""

from dataclasses import dataclass, field

from swiftcache.platform.errors import NotFound
from swiftcache.redis.control_passwords import ControlPasswords, StoredCredentials


@dataclass
class FakeCredentials:
    """`issued` has each ACL file with the password in use, `passwords` those that are being replaced."""

    issued: dict[str, tuple[str, str]] = field(default_factory=dict)
    passwords: dict[str, ControlPasswords] = field(default_factory=dict)
    restore_links: dict[str, str | None] = field(default_factory=dict)

    def issue(self, instance_id: str, acl: str, control_password: str, restore_link: str | None = None) -> str:
        self.issued[instance_id] = (acl, control_password)
        self.restore_links[instance_id] = restore_link
        self.passwords.pop(instance_id, None)
        return f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{instance_id}"

    def control_password(self, instance_id: str) -> str:
        if instance_id not in self.issued:
            raise NotFound(f"there are no credentials for {instance_id}")
        return self.issued[instance_id][1]

    def control_passwords(self, instance_id: str) -> ControlPasswords:
        return self.passwords.get(instance_id) or ControlPasswords(self.control_password(instance_id))

    def stored(self, instance_id: str) -> StoredCredentials:
        passwords = self.control_passwords(instance_id)
        return StoredCredentials(self.issued[instance_id][0], passwords, self.restore_links.get(instance_id))

    def rewrite(self, instance_id: str, before: StoredCredentials, after: StoredCredentials) -> None:
        if after == before:
            return
        self.control_password(instance_id)
        self.issued[instance_id] = (after.acl, after.passwords.current)
        self.passwords[instance_id] = after.passwords
        self.restore_links[instance_id] = after.restore_link

    def secret_arn(self, instance_id: str) -> str:
        return f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{instance_id}"
