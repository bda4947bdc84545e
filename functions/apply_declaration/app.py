"""The steps of DeclareInstance: Apply and Undo ask the API, Tell and TellFailure answer CloudFormation.

Reads the account keys that the operator keeps for stacks, and writes the secrets of declared instances.
"""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.declarations import answer
from swiftcache.declarations.step_input import answer_to_of, declaration_of, progress_of, progress_output
from swiftcache.declarations.wiring import answering, declaration_service
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    request, progress = event["request"], progress_of(event.get("progress", {}))
    declaration = declaration_of(request)
    logger.append_keys(request_id=declaration.request_id)
    match event["step"]:
        case "Apply":
            return progress_output(declaration_service(injector).apply(declaration, progress))
        case "Undo":
            refused = event["failure"]["Error"] == "DeclarationRefused"
            return progress_output(declaration_service(injector).undo(declaration, progress, refused=refused))
        case "Tell":
            body = answer.success(declaration, progress)
            logger.info("declared", instance_id=progress.instance_id, drift=progress.drift)
        case "TellFailure":
            reason = answer.reason_of(event["failure"], declaration.request_id, event["leftBehind"])
            body = answer.failure(declaration, reason)
            logger.warning("not declared", reason=reason)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    answering(injector).tell(declaration.request_id, answer_to_of(request), body)
    return {}
