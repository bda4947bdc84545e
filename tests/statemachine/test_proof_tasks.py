"""The task that proves a backup, run for real: what it finds in a file, and that nothing of it stays."""

import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws.events import Events
from local.aws.invoker import FunctionError
from local.aws.processes import LOG
from swiftcache.backups.model import Backup
from swiftcache.backups.proof_ports import TaskEnd
from swiftcache.backups.proof_wiring import backup_prover, engines, proof_tasks
from swiftcache.backups.proving import ProofTarget
from swiftcache.backups.wiring import backups, object_store
from swiftcache.engines.model import EngineName
from swiftcache.platform.errors import CannotBeRestored, ProofNotMade
from tests.rdb_bombs import bomb
from tests.rdb_files import RdbFile, fill, written
from tests.statemachine.cloud import ROOT, Cloud, wait_for
from tests.statemachine.restored import forget, store

KEYS = int(os.environ.get("PROVED_KEYS", "2000"))
"""A million take some minutes."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> RdbFile:
    return written(tmp_path_factory.mktemp("redis"), lambda client: fill(client, KEYS))


class Proof:
    """One backup, whose record is of a file, and whose object may be another."""

    id: str

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.owner = cloud.caller.organization_id
        self.prover = backup_prover(cloud.injector)
        self.task = ""

    def store(self, content: bytes, keys: int | None, **different: Any) -> Backup:
        backup = store(self.cloud, "bkp_proof", content, keys, **different)
        self.id = backup.id
        return backup

    @property
    def target(self) -> ProofTarget:
        return ProofTarget(self.owner, self.id, "request-1", 0)

    def start(self) -> None:
        started = self.prover.start(self.target)
        assert started.task
        self.task = started.task

    def end(self, seconds: float = 60) -> TaskEnd:
        end = time.monotonic() + seconds
        while True:
            found = proof_tasks(self.cloud.injector).look(self.task)
            if found and found.stopped:
                return found
            assert time.monotonic() < end, self.log("load")
            time.sleep(0.02)

    def record(self) -> Backup:
        self.prover.record(self.target, self.task)
        found = backups(self.cloud.injector).get(self.owner, self.id)
        assert found
        return found

    def home(self, container: str) -> Path:
        task = self.task.rpartition("/")[2]
        return self.cloud.home / "tasks" / (task if container == "report" else f"{task}-{container}")

    def log(self, container: str) -> str:
        log = self.home(container) / LOG
        return log.read_text() if log.exists() else ""

    def left(self) -> list[str]:
        """What of the proof is still there."""
        page = object_store(self.cloud.injector).page("proofs/", None)
        running = [name for name in self.cloud.processes() if name.startswith(self.task.rpartition("/")[2])]
        return [*page.keys, *running, *proof_tasks(self.cloud.injector).of(self.id)]

    def forget(self) -> None:
        forget(self.cloud, self.id)


@pytest.fixture
def proof(cloud: Cloud) -> Iterator[Proof]:
    made = Proof(cloud)
    yield made
    assert made.left() == []
    made.forget()


def test_a_file_with_keys_of_every_type_is_restored_and_counted(proof: Proof, file: RdbFile) -> None:
    proof.store(file.content, file.keys)
    proof.start()

    ended = proof.end()

    assert {name: end.exit_code for name, end in ended.containers.items()} == {"fetch": 0, "load": 0, "report": 0}, (
        proof.log("fetch") + proof.log("load")
    )
    verified = proof.record().verified
    assert verified
    assert verified.keys == file.keys
    assert verified.used_memory
    assert verified.used_memory > len(file.content) / 4
    known = engines(proof.cloud.injector).known(EngineName.REDIS)
    assert known
    assert known.name == "redis"


def test_what_has_expired_meanwhile_counts_too(proof: Proof, tmp_path: Path) -> None:
    def fill_shortly(client: Any) -> None:
        client.set("stays", 1)
        for number in range(5):
            client.set(f"goes:{number}", 1, px=1_500)

    soon = written(tmp_path, fill_shortly)
    assert soon.keys == 6
    proof.store(soon.content, soon.keys)
    time.sleep(1.6)
    proof.start()
    proof.end()
    verified = proof.record().verified
    assert verified
    assert verified.keys == 6


def test_one_key_more_in_the_record_is_found(proof: Proof, file: RdbFile) -> None:
    proof.store(file.content, file.keys + 1)
    proof.start()
    proof.end()
    with pytest.raises(CannotBeRestored, match=f"it has {file.keys + 1} keys, and Redis has found {file.keys}"):
        proof.record()


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "spoil",
    [
        flipped,
        lambda content: content[:-100],
        lambda content: b"REDIS0012" + content[9:],
        lambda content: b"REDIS0080" + content[9:],
        lambda content: b"VALKEY080" + content[9:],
        lambda _: b"no RDB at all, but long enough to be one",
    ],
    ids=["flipped", "cut", "version 12", "version 80", "valkey 80", "none"],
)
def test_what_redis_does_not_load_is_told(proof: Proof, file: RdbFile, spoil: Any) -> None:
    spoiled = spoil(file.content)
    proof.store(spoiled, file.keys)
    proof.start()
    ended = proof.end()
    assert ended.containers["load"].exit_code == 65, proof.log("load")
    with pytest.raises(CannotBeRestored, match="Redis refuses its file"):
        proof.record()


def test_a_file_that_is_not_what_was_written_is_not_even_loaded(proof: Proof, file: RdbFile) -> None:
    proof.store(flipped(file.content), file.keys, sha256=hashlib.sha256(file.content).hexdigest())
    proof.start()
    ended = proof.end()
    assert ended.containers["load"].exit_code is None
    with pytest.raises(CannotBeRestored, match="checksum"):
        proof.record()


def test_an_object_that_somebody_has_put_in_its_place_is_not_looked_at(proof: Proof, file: RdbFile) -> None:
    backup = proof.store(file.content, file.keys)
    objects = object_store(proof.cloud.injector)
    upload = objects.begin(backup.object_key)
    objects.complete(backup.object_key, upload, [objects.put_part(backup.object_key, upload, 1, b"another")])
    proof.start()
    proof.end()
    assert proof.record().verified


def test_a_bomb_ends_the_one_that_loads_it_and_nothing_else(proof: Proof) -> None:
    proof.store(bomb(keys=20, mib=64), 20)
    proof.start()
    ended = proof.end()
    assert ended.containers["load"].out_of_memory, proof.log("load")
    with pytest.raises(CannotBeRestored, match="memory"):
        proof.record()


@pytest.mark.parametrize("whom", ["the container", "Redis"])
def test_a_task_that_is_killed_is_no_verdict(proof: Proof, whom: str) -> None:
    proof.store(bomb(keys=24, mib=16), 24)  # it fits, and takes a while
    proof.start()
    record = proof.home("load").with_suffix(".process")
    wait_for(record.exists)
    pid = int(record.read_text().partition(" ")[0])
    if whom == "the container":
        os.killpg(pid, signal.SIGKILL)
    else:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        wait_for(lambda: "redis-server" in _names(children))
        os.kill(_names(children)["redis-server"], signal.SIGKILL)
    proof.end()
    with pytest.raises(ProofNotMade):
        proof.record()


def _names(children: Path) -> dict[str, int]:
    return {Path(f"/proc/{pid}/comm").read_text().strip(): int(pid) for pid in children.read_text().split()}


def test_its_links_are_in_no_event_and_in_no_answer_of_ecs(
    proof: Proof, file: RdbFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    route = Events._route

    def routed(events: Events, bus: str, event: Any) -> None:
        told.append(event)
        route(events, bus, event)

    def answered(parsed: Any, **_: Any) -> None:
        told.append(parsed)

    monkeypatch.setattr(Events, "_route", routed)
    ecs, cluster = proof.cloud.client("ecs"), proof.cloud.stack.outputs["ClusterName"]
    ecs.meta.events.register("after-call.ecs", answered)
    proof.store(file.content, file.keys)
    proof.start()
    [described] = ecs.describe_tasks(cluster=cluster, tasks=[proof.task], include=["TAGS"])["tasks"]
    assert {each["name"] for each in described["overrides"]["containerOverrides"]} == {"fetch", "report"}
    proof.end()
    proof.record()
    ecs.meta.events.unregister("after-call.ecs", answered)
    changes = [event for event in told if isinstance(event, dict) and event.get("source") == "aws.ecs"]
    assert {event["detail"]["lastStatus"] for event in changes} == {"PROVISIONING", "PENDING", "RUNNING", "STOPPED"}
    assert "X-Amz-Signature" not in json.dumps(told, default=str)


def test_whoever_loads_the_file_is_not_told_the_links(proof: Proof) -> None:
    proof.store(bomb(keys=24, mib=16), 24)  # it fits, and takes a while
    proof.start()
    record = proof.home("load").with_suffix(".process")
    wait_for(record.exists)
    pid = record.read_text().partition(" ")[0]
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"RESTORE_FOLDER" in environment
    assert b"X-Amz-Signature" not in environment
    proof.end()
    assert proof.record().verified


def test_a_task_whose_links_are_gone_is_no_verdict(proof: Proof, file: RdbFile) -> None:
    """As if it had started when the proof was over."""
    proof.store(file.content, file.keys)
    objects = object_store(proof.cloud.injector)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(objects), "put", lambda *_: None)
        proof.start()
    proof.end()
    with pytest.raises(ProofNotMade):
        proof.record()


def test_what_is_gone_from_s3_is_found_before_anything_is_started(proof: Proof, file: RdbFile) -> None:
    backup = proof.store(file.content, file.keys)
    object_store(proof.cloud.injector).erase(backup.object_key)
    with pytest.raises(CannotBeRestored, match="gone"):
        proof.prover.start(proof.target)


def test_nobody_s_task_is_taken_for_an_instance_s(proof: Proof, file: RdbFile) -> None:
    proof.store(file.content, file.keys)
    proof.start()
    proof.end()
    proof.record()
    proof.cloud.quiet()
    assert proof.cloud.ended(proof.id) == []


def call(proof: Proof, event: str, **different: Any) -> Any:
    """The function with a sample, which is about this backup."""
    given = json.loads((ROOT / "events" / f"{event}.json").read_text())
    given |= {"backupId": proof.id, "organizationId": proof.owner, **different}
    return proof.cloud.invoke(proof.cloud.stack.functions["ProveBackupFunction"].name, given)


def test_the_samples_of_a_proof_are_taken(proof: Proof, file: RdbFile) -> None:
    proof.store(file.content, file.keys)
    started = call(proof, "start_proof")
    assert started == {"task": started["task"], "seconds": 240, "refused": ""}
    proof.task = started["task"]
    proof.end()
    assert call(proof, "record_proof", task=proof.task) == {}
    assert call(proof, "postpone_proof") == {}
    assert call(proof, "start_proof") == {"task": "", "seconds": 0, "refused": ""}, "it is proved"
    with pytest.raises(FunctionError, match="there is no step ProveAll"):
        call(proof, "start_proof", step="ProveAll")


def test_one_that_cannot_be_restored_raises_an_alarm(
    proof: Proof, file: RdbFile, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = proof.store(file.content, file.keys)
    object_store(proof.cloud.injector).erase(backup.object_key)
    with pytest.raises(FunctionError, match="CannotBeRestored: its file is gone from S3"):
        call(proof, "start_proof")
    assert '"BackupsNotRestorable":[1.0]' in capsys.readouterr().out
