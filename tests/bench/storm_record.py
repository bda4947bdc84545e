"""What a storm's functions find in the place of the table, of Redis and of its secrets."""

from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.redis.control_passwords import StoredCredentials
from tests.bench.storm_account import Account
from tests.bench.storm_scheduler import Scheduler
from tests.fakes.redis import FakeCredentials
from tests.samples import ORGANIZATION


class Noting(dict[tuple[str, str], Instance]):
    """The record, which notes when each instance first was RUNNING without a recovery, ERROR, and gone."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._now = scheduler.now
        self.served: dict[str, float] = {}
        self.failed: dict[str, float] = {}
        self.removed: dict[str, float] = {}

    def __setitem__(self, key: tuple[str, str], instance: Instance) -> None:
        super().__setitem__(key, instance)
        if instance.status is Status.RUNNING and not instance.recovering:
            self.served.setdefault(key[1], self._now())
        elif instance.status is Status.ERROR:
            self.failed.setdefault(key[1], self._now())

    def __delitem__(self, key: tuple[str, str]) -> None:
        super().__delitem__(key)
        self.removed[key[1]] = self._now()


class Finder:
    """Finds an instance by its id alone."""

    def __init__(self, record: Noting) -> None:
        self._record = record

    def find(self, instance_id: str) -> Instance | None:
        return self._record.get((ORGANIZATION, instance_id))


class Secrets(FakeCredentials):
    """Secrets whose calls are the account's."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account

    def issue(self, instance_id: str, acl: str, control_password: str, restore_link: str | None = None) -> str:
        self._call("CreateSecret")
        return super().issue(instance_id, acl, control_password, restore_link)

    def control_password(self, instance_id: str) -> str:
        self._call("GetSecretValue")
        return super().control_password(instance_id)

    def rewrite(self, instance_id: str, before: StoredCredentials, after: StoredCredentials) -> None:
        if after != before:
            self._call("PutSecretValue")
        super().rewrite(instance_id, before, after)

    def _call(self, operation: str) -> None:
        with passing_errors_as_unavailable("the store of secrets"):
            self._account.call("secretsmanager", operation)


class Probe:
    """Every Redis whose name leads somewhere answers."""

    def verify(self, hostname: str, endpoint: Endpoint, password: str) -> None:
        return None


class Trigger:
    """Nobody is reconciled."""

    def start(self, organization_id: str, instance_id: str) -> None:
        return None
