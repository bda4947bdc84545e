"""What every store of sessions does: the one in DynamoDB, and the fake that other tests use."""

from datetime import datetime

import boto3
import pytest

from swiftcache.access.identity import Session
from swiftcache.sessions.ports import Sessions
from swiftcache.sessions.table import DynamoDBSessions
from tests.fakes.sessions import FakeSessions
from tests.samples import AT
from tests.tables import create_table

TOKEN, OTHER = "ab" * 32, "cd" * 32
LATER = "2026-01-02T15:04:05.678Z"
SESSION = Session("ef" * 32, LATER)


def in_dynamodb() -> Sessions:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBSessions(client, "table")


@pytest.fixture(params=[FakeSessions, in_dynamodb], ids=["memory", "dynamodb"])
def sessions(request: pytest.FixtureRequest) -> Sessions:
    made: Sessions = request.param()
    return made


def test_a_session_is_found_by_its_token_alone(sessions: Sessions) -> None:
    sessions.begin(TOKEN, SESSION)
    assert (sessions.find(TOKEN, AT), sessions.find(OTHER, AT)) == (SESSION, None)


@pytest.mark.parametrize(("at", "found"), [("2026-01-02T15:04:05.677Z", SESSION), (LATER, None), ("2027", None)])
def test_a_session_is_found_until_it_expires(sessions: Sessions, at: str, found: Session | None) -> None:
    sessions.begin(TOKEN, SESSION)
    assert sessions.find(TOKEN, at) == found


def test_an_ended_session_is_not_found_and_others_are(sessions: Sessions) -> None:
    sessions.begin(TOKEN, SESSION)
    sessions.begin(OTHER, SESSION)
    sessions.end(TOKEN)
    assert (sessions.find(TOKEN, AT), sessions.find(OTHER, AT)) == (None, SESSION)


def test_a_session_may_be_ended_again(sessions: Sessions) -> None:
    sessions.end(TOKEN)
    sessions.begin(TOKEN, SESSION)
    sessions.end(TOKEN)
    sessions.end(TOKEN)
    assert sessions.find(TOKEN, AT) is None


def test_what_is_kept_of_a_session_is_hashes_and_goes_by_itself_when_it_has_expired() -> None:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    DynamoDBSessions(client, "table").begin(TOKEN, SESSION)
    [item] = client.scan(TableName="table")["Items"]
    assert item == {
        "PK": {"S": f"SESSION#{TOKEN}"},
        "SK": {"S": "SESSION"},
        "accountKeySha256": {"S": "ef" * 32},
        "expiresAt": {"S": LATER},
        "ttl": {"N": str(int(datetime.fromisoformat(LATER).timestamp()))},
    }
