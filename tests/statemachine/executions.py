"""Stopping what a machine runs, as an operator may."""

import json

from tests.statemachine.cloud import Cloud
from tests.statemachine.paths import definition


def stop(cloud: Cloud, machine: str) -> None:
    """Somebody stops what this machine runs."""
    client = cloud.client("stepfunctions")
    arn = machine_arn(cloud, machine)
    for running in client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
        client.stop_execution(executionArn=running["executionArn"])


def machine_arn(cloud: Cloud, machine: str) -> str:
    """Of the machine that was made from the file of this name."""
    client = cloud.client("stepfunctions")
    wanted = definition(machine)["Comment"]
    arns = [found["stateMachineArn"] for found in client.list_state_machines()["stateMachines"]]
    described = {arn: client.describe_state_machine(stateMachineArn=arn)["definition"] for arn in arns}
    arn: str
    [arn] = [arn for arn, text in described.items() if json.loads(text)["Comment"] == wanted]
    return arn
