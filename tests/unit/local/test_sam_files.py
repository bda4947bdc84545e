"""What SAM is given: the functions that a container can run, with the environment and the organization of a stack."""

import hashlib
import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from local.errors import StartupError
from local.lambda_host import Deployed
from local.sam import files, libraries
from local.sam.files import Running
from local.sam.image import wanted
from local.sam.libraries import REQUIREMENTS
from local.sam.obstacles import REDIS, obstacle
from tests.deployed import deployed
from tests.expanded import expanded
from tests.reach import members

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events"
RUNNING = Running("http://172.17.0.1:4566", "org_9f8e7d", "sk_live_0123456789abcdef0123456789abcdef")
FUNCTIONS = expanded().functions
DEPLOYED = {
    name: Deployed(function, f"swiftcache-{name}-A1B2", {"TABLE_NAME": "the-table"})
    for name, function in FUNCTIONS.items()
}


def keep_as_installed(kept: Path, folder: Path) -> Path:
    """As if the libraries had been installed by an earlier start."""
    digest = hashlib.sha256((folder / REQUIREMENTS).read_bytes()).hexdigest()[:16]
    layer = kept / f"{folder.name}-python3.13-x86_64-{digest}"
    (layer / "python").mkdir(parents=True)
    return layer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    for needing in (ROOT / "layers" / "shared", ROOT / "functions" / "renew_certificate"):
        keep_as_installed(home / "layers", needing)
    files.write(home / "sam", expanded(), DEPLOYED, RUNNING, EVENTS, home / "layers")
    return home / "sam"


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def resources(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = read(folder / "template.json")["Resources"]
    return found


def test_sam_is_given_every_function_that_a_container_can_run_and_the_reasons_for_the_others(folder: Path) -> None:
    left_out = read(folder / "template.json")["Metadata"]["LeftOut"]
    given = {name for name, found in resources(folder).items() if found["Type"].endswith("::Function")}
    assert given == FUNCTIONS.keys() - left_out.keys()
    assert left_out.keys() == {name for name in FUNCTIONS if obstacle(expanded(), name)}


def test_a_function_that_speaks_to_redis_is_not_given_to_sam() -> None:
    private = deployed(NetworkMode="private", ClientCidrs="10.20.0.0/16")
    speaking = members(private)["FunctionsSecurityGroup"]
    assert {name for name in FUNCTIONS if obstacle(expanded(), name) == REDIS} == speaking


def test_sam_passes_on_each_variable_of_the_environment_since_the_template_names_it(folder: Path) -> None:
    for name, environment in read(folder / "env.json").items():
        assert resources(folder)[name]["Properties"]["Environment"]["Variables"].keys() == environment.keys()
        assert environment["TABLE_NAME"] == "the-table"
        assert environment["AWS_ENDPOINT_URL"] == RUNNING.endpoint_url


def test_no_function_gets_the_callers_own_credentials_or_region(folder: Path) -> None:
    credentials = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "local")
    regions = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "eu-central-1")
    for environment in read(folder / "env.json").values():
        assert environment.items() >= (credentials | regions).items()


def test_the_code_that_sam_invokes_is_this_checkouts_own(folder: Path) -> None:
    api = resources(folder)["ApiFunction"]["Properties"]
    [layer] = [resources(folder)[each["Ref"]]["Properties"]["ContentUri"] for each in api["Layers"]]
    assert Path(api["CodeUri"]) == ROOT / "functions" / "api"
    assert Path(layer, "python", "swiftcache").resolve() == ROOT / "layers" / "shared" / "swiftcache"


def test_a_function_with_libraries_of_its_own_has_them_in_a_layer_of_its_own(folder: Path) -> None:
    renewing = resources(folder)["RenewCertificateFunction"]["Properties"]
    assert [each["Ref"] for each in renewing["Layers"]] == ["SharedLayer", "RenewCertificateLayer"]


def test_one_option_leads_sam_to_all_of_it(folder: Path) -> None:
    settings = tomllib.loads((folder / "samconfig.toml").read_text())["default"]["local_invoke"]["parameters"]
    assert Path(settings["template_file"]) == folder / "template.json"
    assert Path(settings["env_vars"]) == folder / "env.json"


def test_nobody_else_can_read_the_events_with_the_account_key(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("event", sorted(EVENTS.iterdir()), ids=lambda event: str(event.stem))
def test_an_event_is_of_the_running_stacks_organization_and_key(event: Path, folder: Path) -> None:
    written = (folder / "events" / event.name).read_text()
    assert "org_123" not in written
    assert "sk_live_0000" not in written
    assert (
        written.replace(RUNNING.organization_id, "org_123").replace(RUNNING.token, "sk_live_" + "0" * 32)
        == event.read_text()
    )


def test_libraries_that_cannot_be_installed_are_told_and_not_kept(tmp_path: Path) -> None:
    (tmp_path / "needing").mkdir()
    (tmp_path / "needing" / REQUIREMENTS).write_text("not a requirement\n")
    with pytest.raises(StartupError, match=r"the libraries for python3\.13 cannot be installed: .*requirement"):
        libraries.layer(tmp_path / "kept", tmp_path / "needing", "python3.13", "x86_64")
    assert list((tmp_path / "kept").glob("needing-python*")) == []


def test_the_base_image_has_the_name_that_sam_looks_for() -> None:
    assert wanted(expanded()).image == "public.ecr.aws/lambda/python:3.13-x86_64"
