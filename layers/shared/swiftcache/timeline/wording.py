"""The workflows' steps in words for owners. A step without words of its own is told by its name."""

import re

_TITLES = {
    # provision_instance
    "PrepareMember": "Set the keys, the memory and the policy of Redis as it waited, and connect as a client would",
    "GiveUpMember": "Give up Redis as it waited",
    "StopMember": "Stop a Redis that did not answer",
    "IssueCredentials": "Issue the credentials",
    "CreateSecurityGroup": "Let its networks in",
    "CreateAccessPoint": "Make the volume",
    "ReadIntentBeforeVolume": "Check that the instance is still wanted, before it has a volume",
    "FindAccessPoints": "Find the volume",
    "FindMoreAccessPoints": "Find the volume, further on",
    "RegisterTaskDefinition": "Register the Redis task",
    "RegisterRestoringDefinition": "Register a Redis task that begins with the backup",
    "StartRedisTask": "Start the Redis task",
    "ReadIntentBeforePlacement": "Check that the instance is still wanted, before another start",
    "AwaitInterface": "Wait for the task's network",
    "DescribeNewTask": "Look for the task's network",
    "DescribeNetworkInterface": "Find the address",
    "QueueRecord": "Publish the hostname",
    "AwaitRedisTask": "Wait until Redis runs",
    "DescribeRedisTask": "Look whether Redis runs",
    "AwaitRecord": "Wait until the hostname is known everywhere",
    "CheckRestored": "Restoring: wait until Redis has all keys of the backup",
    "VerifyRedis": "Connect as a client would",
    "MarkRunning": "Record that it is running",
    "DescribeFailedTask": "Find out why it failed",
    "RollBack": "Remove what had been made",
    # deprovision_instance
    "ReadIntentBeforeRollback": "Check that the instance does not run after all",
    "FindMaker": "Find out whether anything is being made",
    "DescribeMaker": "Wait until nothing is being made any more",
    "InterruptWaits": "Call off what is being made",
    "StopMaker": "Stop what is being made",
    "DescribeProvisioning": "Wait until nothing is being made any more",
    "StopProvisioning": "Stop the creation",
    "RemoveRecord": "Remove the hostname",
    "ListRedisTasks": "Find the Redis task",
    "StopRedisTask": "Stop the Redis task",
    "AwaitStop": "Wait until Redis has stopped",
    "DescribeStoppingTask": "Look whether Redis has stopped",
    "ListTaskDefinitions": "Find the task's definition",
    "DeregisterTaskDefinition": "Retire the task's definition",
    "ListInactiveTaskDefinitions": "Find the retired definition",
    "DeleteTaskDefinitions": "Remove the task's definition",
    "ListTasksLeft": "Check that no task is left",
    "EraseVolume": "Erase the data on the volume",
    "DeleteAccessPoint": "Remove the volume",
    "DescribeSecret": "Find the credentials",
    "DeleteSecret": "Remove the credentials",
    "MarkError": "Record that it failed",
    "DeleteSecurityGroup": "Remove the security group",
    "RemoveInstance": "Remove the record",
    # resize_instance
    "PlanResize": "Plan the change",
    "FindServingTask": "Find the task that serves",
    "DescribeServingDefinition": "Find its volume",
    "AwaitNewTask": "Wait until the new task runs",
    "StartReplication": "Begin to copy the data",
    "CheckReplication": "Wait until the data is copied",
    "UpsertBothAddresses": "Lead the hostname to both tasks, everywhere",
    "SwitchOver": "Let the new task take over",
    "AbandonResize": "Keep the old task",
    "UpsertServingAddress": "Lead the hostname to the task that serves, everywhere",
    "DescribeRedisTasks": "Find the task that is no longer needed",
    "EraseOtherFolders": "Erase the data that are no longer needed",
    "FinishResize": "Record the new size",
    # recover_instance
    "PlanRecovery": "Plan the recovery, and wait for its turn",
    "ChooseBackup": "Find the backup to begin with",
    "CheckRecovered": "Wait until Redis has all keys of the backup",
    "MarkRecovered": "Record that the new task serves",
}


def title_of(step: str) -> str:
    """`Start the Redis task` for StartRedisTask."""
    known = _TITLES.get(step)
    return known if known is not None else " ".join(re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", step)).capitalize()
