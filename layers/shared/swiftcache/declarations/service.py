"""Making an instance what a stack declares: each call looks at the world, and takes it one step on.

So each may run twice, and whoever comes after one that died goes on where it stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from swiftcache.declarations.model import (
    Declaration,
    DeclarationRefused,
    DeclaredInstanceFailed,
    InstanceBusy,
    Kind,
    Progress,
)
from swiftcache.declarations.plan import Plan, plan
from swiftcache.declarations.ports import InstanceApi, KeySecrets
from swiftcache.declarations.properties import allows_eviction, creation_body, final_backup, read, read_leniently
from swiftcache.instances.model import is_instance_id

_KEY_NAME = "declared"


@dataclass(frozen=True, slots=True)
class DeclarationService:
    """The steps of the state machine."""

    api: InstanceApi
    secrets: KeySecrets

    def apply(self, declaration: Declaration, progress: Progress) -> Progress:
        """One step on. To be called again until it is settled.

        Raises DeclarationRefused, DeclaredInstanceFailed, DependencyUnavailable.
        """
        if not declaration.organization_id:
            raise DeclarationRefused(
                "NO_ORGANIZATION: ServiceToken is the function's ARN with your organization behind it, …:org_…"
            )
        if declaration.kind is Kind.DELETE:
            return self._delete(declaration, progress)
        if progress.instance_id:
            return self._await(declaration, progress)
        if declaration.kind is Kind.CREATE:
            return self._create(declaration, ())
        return self._change(declaration)

    def undo(self, declaration: Declaration, progress: Progress, *, refused: bool) -> Progress:
        """Removes what the request has made, one step on. `refused`: the API has refused to make anything."""
        if not progress.instance_id:
            if refused or not self._makes_another(declaration):
                return replace(progress, settled=True)
            # Its answer was lost. To the same key it comes again, and says what was made.
            made = self._made(declaration)
            return Progress(instance_id=made.instance_id, made=True)
        if not progress.made:
            return replace(progress, settled=True)
        organization_id, instance_id = declaration.organization_id, progress.instance_id
        # First, since the stack does not wait for the deletion's end for ever.
        self.secrets.forget(organization_id, instance_id)
        instance = self.api.get(organization_id, instance_id)
        if instance is None:
            return replace(progress, settled=True)
        if instance["status"] != "DELETING":
            if instance["deletionProtection"]:
                self.api.change(organization_id, instance_id, {"deletionProtection": False})
            self.api.delete(organization_id, instance_id, "none")
        return replace(progress, settled=False)

    def _create(self, declaration: Declaration, drift: tuple[str, ...]) -> Progress:
        made = self._made(declaration)
        self.secrets.keep(declaration.organization_id, made.instance_id, made.plain_key)
        return Progress(instance_id=made.instance_id, made=True, drift=drift)

    def _made(self, declaration: Declaration) -> Any:
        organization_id = declaration.organization_id
        body = creation_body(organization_id, read(declaration.properties))
        return self.api.create(organization_id, declaration.request_id, body)

    def _change(self, declaration: Declaration) -> Progress:
        found = self._looked_at(declaration)
        if found is None:
            return self._create(declaration, (f"{declaration.physical_id} is gone: another takes its place",))
        what = self._planned(declaration, found)
        if what.replacing:
            return self._create(declaration, what.drift)
        kept = Progress(instance_id=declaration.physical_id, drift=what.drift)
        if not what.body:
            return kept
        body = {**what.body, "allowEviction": True} if allows_eviction(declaration.properties) else what.body
        try:
            after = self.api.change(declaration.organization_id, declaration.physical_id, body)
        except InstanceBusy:
            return Progress(drift=what.drift)
        # What needs no change leaves the last one standing there, which may have failed long ago.
        change_id = _change_id(after)
        return replace(kept, asked=True, change_id="" if change_id == _change_id(found) else change_id)

    def _makes_another(self, declaration: Declaration) -> bool:
        if declaration.kind is not Kind.UPDATE:
            return declaration.kind is Kind.CREATE
        found = self._looked_at(declaration)
        return found is None or bool(self._planned(declaration, found).replacing)

    def _looked_at(self, declaration: Declaration) -> Mapping[str, Any] | None:
        """The instance that there is to change; None if another has to take its place. Raises DeclarationRefused."""
        instance = self.api.get(declaration.organization_id, declaration.physical_id)
        if instance is None or instance["status"] == "DELETING":
            return None
        if instance["status"] == "ERROR":
            if instance["persistence"]:
                raise DeclarationRefused(
                    f"INSTANCE_IN_ERROR: {declaration.physical_id} has failed, and its volume is kept. If you need the "
                    "data, ask the operator for them; then delete it, and the next update puts another in its place"
                )
            return None
        return instance

    def _planned(self, declaration: Declaration, instance: Mapping[str, Any]) -> Plan:
        return plan(read_leniently(declaration.old_properties), read(declaration.properties), instance)

    def _await(self, declaration: Declaration, progress: Progress) -> Progress:
        organization_id, instance_id = declaration.organization_id, progress.instance_id
        instance = self.api.get(organization_id, instance_id)
        if instance is None or instance["status"] == "DELETING":
            raise DeclaredInstanceFailed(f"INSTANCE_DELETED: somebody has deleted {instance_id} meanwhile")
        if instance["status"] == "ERROR":
            raise _failed(instance_id, instance["error"])
        change = instance["change"] or {}
        if change and change["id"] == progress.change_id and change["status"] == "FAILED":
            raise _failed(instance_id, change["error"])
        if instance["status"] != "RUNNING" or change.get("status") == "IN_PROGRESS":
            return progress
        # The API is updated last: that of the release before does not say so.
        if not instance.get("allowedCidrsInForce", True):
            return progress
        arn = self._secret(declaration, instance_id, instance["connection"])
        return (
            replace(progress, settled=True, attributes=_attributes(instance, arn, progress.drift)) if arn else progress
        )

    def _secret(self, declaration: Declaration, instance_id: str, where: Mapping[str, Any]) -> str | None:
        """The secret's ARN; None if another key is needed, and cannot be made at this moment."""
        organization_id = declaration.organization_id
        arn = self.secrets.complete(organization_id, instance_id, where["host"], where["port"])
        if arn:
            return arn
        try:
            key = self.api.create_key(organization_id, instance_id, f"{declaration.request_id}-key", _KEY_NAME)
        except InstanceBusy:
            return None
        self.secrets.keep(organization_id, instance_id, key)
        return self.secrets.complete(organization_id, instance_id, where["host"], where["port"])

    def _delete(self, declaration: Declaration, progress: Progress) -> Progress:
        organization_id, instance_id = declaration.organization_id, declaration.physical_id
        if not is_instance_id(instance_id):
            return replace(progress, settled=True)
        instance = self.api.get(organization_id, instance_id)
        if instance is None:
            self.secrets.forget(organization_id, instance_id)
            return replace(progress, settled=True)
        if instance["status"] == "DELETING":
            return progress
        if progress.asked:
            if instance["finalBackupError"]:
                raise _failed(instance_id, instance["finalBackupError"])
            return progress
        self.api.delete(organization_id, instance_id, final_backup(declaration.properties))
        return replace(progress, instance_id=instance_id, asked=True)


def _change_id(instance: Mapping[str, Any]) -> str:
    """The last change's, empty if there was none."""
    return str(instance["change"]["id"]) if instance["change"] else ""


def _failed(instance_id: str, error: Mapping[str, Any]) -> DeclaredInstanceFailed:
    return DeclaredInstanceFailed(f"{error['code']}: {instance_id}: {error['message']}")


def _attributes(instance: Mapping[str, Any], secret_arn: str, drift: tuple[str, ...]) -> dict[str, str]:
    where = instance["connection"]
    return {
        "InstanceId": instance["id"],
        "Host": where["host"],
        "Port": str(where["port"]),
        "SecretArn": secret_arn,
        "Engine": instance["engine"],
        "Drift": "; ".join(drift) or "none",
    }
