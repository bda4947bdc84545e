"""DeclareInstance: the door for CloudFormation. Seals where the answer goes, and starts the work; decides nothing.

The alias that it is called by names the organization: who may invoke that ARN may declare its instances.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.declarations.step_input import declaration_of_event, seconds_of
from swiftcache.declarations.wiring import declaration_starter
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()


def handler(event: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    declaration = declaration_of_event(event, context.invoked_function_arn)
    declaration_starter(injector).start(declaration, event["ResponseURL"], seconds_of(event))
    logger.info("declaration begun", request_id=declaration.request_id, kind=declaration.kind.value)
