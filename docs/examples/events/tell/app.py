"""Says in its log which instance came to run, or could not."""


def handler(event: dict[str, dict[str, str]], context: object) -> dict[str, str]:
    detail = event["detail"]
    where = detail["hostname"] if detail["to"] == "RUNNING" else detail["reason"]
    told = {"event": detail["id"], "text": f"{detail['instanceId']} is {detail['to']}: {where}"}
    print(told)
    return told
