"""Instances and plans, for people."""

from typing import Any

from swiftcache_cli import output

Json = dict[str, Any]


def show_instance(instance: Json) -> None:
    error, change = instance["error"], instance["change"]
    output.facts(
        [
            ("name", instance["name"]),
            ("id", instance["id"]),
            ("status", instance["status"]),
            ("error", error and f"{error['message']} ({error['code']}, at {error['step']})"),
            ("host", instance["hostname"]),
            ("port", instance["port"]),
            ("memory", output.size(instance["maxMemory"])),
            ("eviction", instance["evictionPolicy"]),
            ("engine", " ".join(filter(None, (instance["engine"], instance["version"])))),
            ("region", instance["region"]),
            ("persistence", instance["persistence"]),
            ("networks", _networks(instance)),
            ("protected", instance["deletionProtection"]),
            ("created", output.moment(instance["createdAt"]) + " UTC"),
            ("expires", instance["expiresAt"]),
            ("backups", _schedule(instance)),
            ("change", change and _change(change)),
            ("maintenance", _window(instance["maintenanceWindow"])),
            ("pending", _pending(instance)),
            ("silent since", instance["notAnsweringSince"]),
            ("recovering", "its task has died, another is being started" if instance["recovering"] else None),
            ("certificate", instance["certificate"] and f"until {instance['certificate']['notAfter']}"),
            ("keys", ", ".join(key["name"] for key in instance["apiKeys"]) or None),
        ]
    )


def _networks(instance: Json) -> str | None:
    found = ", ".join(instance["allowedCidrs"] or [])
    if not found:
        return None
    return found if instance["allowedCidrsInForce"] else f"{found} (not in force yet)"


def _schedule(instance: Json) -> str | None:
    found = instance["backupSchedule"]
    if not found:
        return None
    at = f" at {found['at']} UTC" if found["at"] else ""
    return f"every {found['every']}{at}, {found['keep']} kept, next {instance['nextBackupAt']}"


def _change(change: Json) -> str:
    error = f": {change['error']['message']}" if change["error"] else ""
    return f"{change['kind']} {change['status']}{error}"


def _window(found: Json) -> str:
    return f"{found['day'] or 'every day'} at {found['at']} UTC, {found['hours']} h"


def _pending(instance: Json) -> str | None:
    shown = [f"{one['reason']} begins {one['startsAt']}" for one in instance["pendingMaintenance"]]
    return "; ".join(shown) or None


def show_plan(plan: Json) -> None:
    output.facts(_plan(plan))


def note_plan(plan: Json) -> None:
    """On standard error, before a question."""
    for name, value in _plan(plan):
        if value is not None:
            output.note(f"  {name:<11}  {output.cell(value)}")


def _plan(plan: Json) -> list[tuple[str, object]]:
    memory, before, after = plan["memory"], plan["costMonthlyBefore"], plan["costMonthlyAfter"]
    engines = f"{_engine(plan, 'Before')} -> {_engine(plan, 'After')}"
    blocked = "; ".join(f"{one['detail']} ({one['code']})" for one in plan["blockedBy"])
    pause = f"{plan['expectedPauseMilliseconds']} ms of writes waiting, connections are closed once"
    return [
        ("how", {"NONE": "nothing changes", "IN_PLACE": "in place, at once", "REPLACE": "by a new task"}[plan["kind"]]),
        ("pause", pause if plan["restart"] else "none"),
        ("memory", f"{output.size(memory['used'])} used, {output.size(memory['target'])} afterwards"),
        ("evicts", "data would be evicted: --allow-eviction" if plan["evictionNeeded"] else None),
        ("engine", engines if _engine(plan, "Before") != _engine(plan, "After") else None),
        ("task", f"{_task(plan['taskBefore'])} -> {_task(plan['taskAfter'])}"),
        ("a month", f"{output.dollars(before)} -> {output.dollars(after)}"),
        ("refused", blocked or None),
    ]


def _engine(plan: Json, when: str) -> str:
    return " ".join(filter(None, (plan[f"engine{when}"], plan[f"version{when}"])))


def _task(task: Json) -> str:
    return f"{task['vcpu']:g} vCPU {task['memoryGb']:g} GB"
