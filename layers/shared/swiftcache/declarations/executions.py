"""The state machine that works on a declaration: one execution for each request of CloudFormation."""

from typing import TYPE_CHECKING, Protocol

from swiftcache.declarations.model import Declaration
from swiftcache.declarations.step_input import Sealed, about, execution_input
from swiftcache.platform.executions import start_execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class Seal(Protocol):
    """A part of what idempotency needs (api/idempotency_ports.py)."""

    def seal(self, content: bytes, about: dict[str, str]) -> Sealed: ...


class StepFunctionsDeclarationStarter:
    def __init__(self, client: "SFNClient", machine_arn: str, seal: Seal) -> None:
        self._client = client
        self._machine_arn = machine_arn
        self._seal = seal

    def start(self, declaration: Declaration, response_url: str, seconds: int) -> None:
        sealed = self._seal.seal(response_url.encode(), about(declaration.request_id))
        name = f"{declaration.organization_id or 'none'}-{declaration.request_id}"
        start_execution(self._client, self._machine_arn, name, execution_input(declaration, sealed, seconds))
