"""What the local stack learns from a template."""

from pathlib import Path

import pytest

from local import template as templates
from local.errors import StartupError
from local.template import Route, Template
from tests.expanded import expanded

SAM = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Domain: {Type: String}
Globals:
  Function:
    Runtime: python3.13
    Handler: app.handler
    Timeout: 5
    Layers: [!Ref Shared]
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/shared}
  Api:
    Type: AWS::Serverless::HttpApi
  Front:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/front
      MemorySize: 512
      AutoPublishAlias: live
      Events:
        Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/things/{id}"}}
        Else: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: ANY, Path: $default}}
  Step:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/step, Timeout: 60, ReservedConcurrentExecutions: 2}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machine.asl.yaml
      DefinitionSubstitutions: {StepArn: !GetAtt Step.Arn}
      Role: arn:aws:iam::123456789012:role/machine
"""


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    (tmp_path / "machine.asl.yaml").write_text("StartAt: Step\nStates: {}\n")
    path = tmp_path / "template.yaml"
    path.write_text(SAM)
    return path


def test_a_function_has_its_folders_and_limits(sam: Path) -> None:
    front = templates.read(sam).functions["Front"]

    assert front.folder == sam.parent / "functions/front"
    assert front.layers == (sam.parent / "layers/shared",)
    assert (front.handler, front.timeout, front.memory, front.reserved) == ("app.handler", 5, 512, None)


def test_a_function_s_own_properties_win_over_the_globals(sam: Path) -> None:
    step = templates.read(sam).functions["Step"]

    assert (step.timeout, step.memory, step.reserved) == (60, 128, 2)


def test_routes_lead_through_the_alias_to_the_function(sam: Path) -> None:
    assert set(templates.read(sam).routes) == {
        Route("GET", "/things/{id}", "Front"),
        Route("ANY", "$default", "Front"),
    }


def test_a_state_machine_carries_its_file_and_its_substitutions(sam: Path) -> None:
    machine = templates.read(sam).resources["Machine"]["Properties"]

    assert '"StartAt": "Step",' in str(machine["DefinitionString"])
    assert machine["DefinitionSubstitutions"] == {"StepArn": {"Fn::GetAtt": ["Step", "Arn"]}}


def test_a_process_of_its_own_reads_the_same(sam: Path) -> None:
    assert templates.read_beside(sam).expanded == templates.read(sam).expanded


def test_a_template_that_is_wrong_says_where(sam: Path) -> None:
    sam.write_text(SAM.replace("CodeUri: functions/step, ", ""))

    with pytest.raises(StartupError, match=r"\[Step\]"):
        templates.read_beside(sam)


def test_a_template_that_is_no_yaml_says_where(sam: Path) -> None:
    sam.write_text("Resources: {")

    with pytest.raises(StartupError, match="line 2"):
        templates.read_beside(sam)


def test_a_state_machine_that_is_no_yaml_says_where(sam: Path) -> None:
    (sam.parent / "machine.asl.yaml").write_text("States: {")

    with pytest.raises(StartupError, match=r"machine\.asl\.yaml cannot be read: (.|\n)*line 2"):
        templates.read(sam)


def test_a_target_outside_the_template_is_refused() -> None:
    integration = {"x-amazon-apigateway-integration": {"uri": "arn:aws:lambda:eu-central-1:1:function:other"}}
    api = {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {"Body": {"paths": {"/": {"get": integration}}}},
    }

    with pytest.raises(StartupError, match="no resource of the template"):
        _ = Template({"Resources": {"Api": api}}, Path()).routes


def test_the_project_s_template_serves_the_guide_s_routes() -> None:
    routes = expanded().routes

    assert {(route.method, route.path) for route in routes} >= {
        ("POST", "/api/v1/instances"),
        ("GET", "/api/v1/instances"),
        ("GET", "/api/v1/instances/regions"),
        ("GET", "/api/v1/instances/{instanceId}"),
        ("DELETE", "/api/v1/instances/{instanceId}"),
    }
