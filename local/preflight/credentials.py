"""Who asks, and where."""

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, NotAnswered, ask, unexpected
from local.preflight.lines import Line, fail, ok
from local.preflight.wanted import Wanted

SUBJECT = "credentials"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose the credentials are."""

    arn: str
    account: str

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]


def identity(clients: Clients) -> Identity:
    """Raises NotAnswered: then nothing else can be asked either."""
    try:
        answer = ask(clients("sts"), "get_caller_identity")
    except ClientError as error:
        raise unexpected(error) from error
    return Identity(answer["Arn"], answer["Account"])


def refused(error: NotAnswered) -> Line:
    """The only line about AWS where there are no credentials."""
    return fail(SUBJECT, error.found, "Sign in, or choose a profile:", "aws sts get-caller-identity --profile <name>")


def credentials(found: Identity, wanted: Wanted, region: str) -> Iterator[Line]:
    """Whether they lead into the account that is meant."""
    where = f"{found.arn}, account {found.account}, region {region}"
    if wanted.account and wanted.account != found.account:
        yield fail(SUBJECT, where, f"Wanted is account {wanted.account}: choose another profile.")
    else:
        yield ok(SUBJECT, where)
