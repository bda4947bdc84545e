"""What the machine that makes backups gives to ProveBackup, and takes from it."""

from typing import Any

from swiftcache.backups.proving import ProofTarget, StartedProof


def proof_target_of(event: dict[str, Any]) -> ProofTarget:
    return ProofTarget(event["organizationId"], event["backupId"], event["requestId"], event["attempt"])


def proof_output(started: StartedProof) -> dict[str, Any]:
    """`task` is empty where there is nothing to wait for, and `refused` too where there is nothing to be done."""
    return {"task": started.task or "", "seconds": started.seconds, "refused": started.refused or ""}
