"""What an earlier stack of that name has left: it is in nobody's way, and a new stack does not take it up."""

from collections.abc import Iterator

from local.preflight.asking import Clients, ask_all
from local.preflight.lines import Line, counted, ok, warn
from local.preflight.plan import Plan


def tables(clients: Clients, plan: Plan) -> Iterator[Line]:
    """CloudFormation keeps the table of a deleted stack, and gives a new one another name."""
    found = ask_all(clients("dynamodb"), "list_tables", "TableNames")
    left = [name for name in found if name.startswith(f"{plan.stack}-Table-") and not _is_ours(plan, name)]
    for name in left:
        yield warn(
            "kept table",
            f"{name} is of an earlier stack, with its items; a new one begins empty",
            "They can be copied into it afterwards (docs/operations.md#restoring-the-table). To remove it for good:",
            f"aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled"
            f" && aws dynamodb delete-table --table-name {name}",
        )
    if not left:
        yield ok("kept table", "none of an earlier stack")


def file_systems(clients: Clients, plan: Plan) -> Iterator[Line]:
    """The same for the volumes."""
    found = ask_all(clients("efs"), "describe_file_systems", "FileSystems")
    left = [
        system["FileSystemId"]
        for system in found
        if {"Key": "Name", "Value": plan.stack} in system.get("Tags", []) and not _is_ours(plan, system["FileSystemId"])
    ]
    for name in left:
        yield warn(
            "kept file system",
            f"{name} is of an earlier stack: a new one does not use it",
            "If its volumes are needed by nobody, remove it:",
            f"aws efs delete-file-system --file-system-id {name}",
        )
    if not left:
        yield ok("kept file system", "none of an earlier stack")


def secrets(clients: Clients, plan: Plan) -> Iterator[Line]:
    """The passwords of instances are under the stack's name. A new stack's reconciler takes them for orphans."""
    if plan.is_update:
        return
    prefix = f"{plan.stack}/"
    found = ask_all(
        clients("secretsmanager"), "list_secrets", "SecretList", Filters=[{"Key": "name", "Values": [prefix]}]
    )
    left = [secret["Name"] for secret in found if secret["Name"].startswith(prefix)]
    if left:
        yield warn(
            "kept secrets",
            f"{counted(len(left), 'secret')} under {prefix}, such as {left[0]}, which the reconciler will remove",
            "If something else uses them, choose another StackName.",
        )
    else:
        yield ok("kept secrets", f"none under {prefix}")


def _is_ours(plan: Plan, name: str) -> bool:
    return plan.standing is not None and name in plan.standing.resources
