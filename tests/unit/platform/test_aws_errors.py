"""Which of AWS's errors pass by themselves."""

import pytest
from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable

EC2S_OWN = ("InternalError", "InternalFailure", "RequestLimitExceeded", "ServiceUnavailable", "Unavailable")
"""docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "CreateSecurityGroup")


@pytest.mark.parametrize("code", EC2S_OWN)
def test_what_ec2_answers_when_it_is_at_fault_or_busy_passes(code: str) -> None:
    with pytest.raises(DependencyUnavailable), passing_errors_as_unavailable("the network"):
        raise refused(code)


def test_what_was_asked_wrongly_does_not_pass() -> None:
    with pytest.raises(ClientError), passing_errors_as_unavailable("the network"):
        raise refused("InvalidParameterValue")
