"""The gateway in front of the API counts all tenants together: one alone must not use up what it lets pass."""

from swiftcache.access import rate_limits as rate
from tests.expanded import expanded

FLOOD = 100
"""How many times its share a tenant may send before the others notice."""


def test_the_gateway_lets_a_flood_of_one_key_pass_to_where_it_is_told_apart() -> None:
    template = expanded()
    [stage] = [found for found in template.resources.values() if found["Type"] == "AWS::ApiGatewayV2::Stage"]
    allowed = stage["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"]
    assert allowed >= FLOOD * rate.KEY_LIMIT / rate.WINDOW_SECONDS
