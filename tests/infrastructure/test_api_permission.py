"""API Gateway may call the API's function for every route, by a policy that Lambda takes."""

import json

from tests.expanded import expanded

MOST = 20_480
"""Characters of the policy of a function, a version or an alias."""

LONGEST_NAME = 128
"""Characters of a stack's name."""

RESOURCES = expanded().resources
PERMISSIONS = {
    name: found["Properties"]
    for name, found in RESOURCES.items()
    if found["Type"] == "AWS::Lambda::Permission"
    and found["Properties"]["FunctionName"] == {"Ref": "ApiFunctionAliaslive"}
}


def statement(name: str) -> str:
    """What Lambda makes of a permission, where the stack's name is as long as it may be."""
    function = f"{'x' * (64 - 13)}-ABCDEFGHIJKL"
    return json.dumps(
        {
            "Sid": f"{'x' * LONGEST_NAME}-{name}-ABCDEFGHIJKL",
            "Effect": "Allow",
            "Principal": {"Service": PERMISSIONS[name]["Principal"]},
            "Action": PERMISSIONS[name]["Action"],
            "Resource": f"arn:aws:lambda:eu-central-1:123456789012:function:{function}:live",
            "Condition": {
                "ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:eu-central-1:123456789012:abcdefghij" + "/" * 60}
            },
        }
    )


def test_the_policy_stays_small_with_the_longest_name_of_a_stack() -> None:
    size = sum(len(statement(name)) for name in PERMISSIONS)
    assert size <= MOST / 10, (
        f"the alias's policy has {size} characters, {MOST} at most: is a route an event of the function?"
    )


def test_one_permission_is_for_every_route_of_our_api_and_no_other() -> None:
    [permission] = PERMISSIONS.values()
    template, names = permission["SourceArn"]["Fn::Sub"]
    assert template == "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ApiId}/*"
    assert names == {"ApiId": {"Ref": "Api"}}


def test_every_route_calls_the_alias_and_never_the_function_itself_and_the_consoles_call_its_own() -> None:
    [api] = [found["Properties"] for found in RESOURCES.values() if found["Type"] == "AWS::ApiGatewayV2::Api"]
    called = {
        (path.startswith("/console"), operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])
        for path, methods in api["Body"]["paths"].items()
        for operation in methods.values()
    }
    assert {(console, uri.rpartition("functions/")[2]) for console, uri in called} == {
        (False, "${ApiFunctionAliaslive}/invocations"),
        (True, "${ConsoleFunction.Arn}/invocations"),
    }


def test_the_consoles_function_is_called_for_the_console_alone() -> None:
    permission = RESOURCES["ConsoleFunctionPermission"]["Properties"]
    assert permission["FunctionName"] == {"Ref": "ConsoleFunction"}
    template, names = permission["SourceArn"]["Fn::Sub"]
    assert template == "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ApiId}/*/*/console*"
    assert names == {"ApiId": {"Ref": "Api"}}


def test_the_variables_of_a_route_are_declared() -> None:
    [api] = [found["Properties"] for found in RESOURCES.values() if found["Type"] == "AWS::ApiGatewayV2::Api"]
    for path, methods in api["Body"]["paths"].items():
        wanted = [part.strip("{+}") for part in path.split("/") if part.startswith("{")]
        for operation in methods.values():
            assert [found["name"] for found in operation.get("parameters", [])] == wanted, path
