"""Stopping what a machine runs, as an operator may."""

from local.deploy import STACK
from tests.statemachine.cloud import Cloud


def stop(cloud: Cloud, machine: str) -> None:
    """Somebody stops what this machine runs."""
    client = cloud.client("stepfunctions")
    arn = machine_arn(cloud, machine)
    for running in client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
        client.stop_execution(executionArn=running["executionArn"])


def machine_arn(cloud: Cloud, machine: str) -> str:
    """Of the machine that was made from the file of this name. One call: who stops something has no time to lose."""
    name = f"{STACK}-{machine.replace('_', '-')}"
    found = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    arn: str
    [arn] = [each["stateMachineArn"] for each in found if each["name"] == name]
    return arn
