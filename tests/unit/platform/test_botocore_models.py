"""Finding a service's model without a look at all the others."""

import os
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError

from swiftcache.platform.botocore_models import ServiceModels


def test_a_model_is_the_one_that_boto3_finds() -> None:
    usual = botocore.session.get_session().get_component("data_loader")
    for service in ("dynamodb", "stepfunctions"):
        for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
            assert ServiceModels().load_service_model(service, kind) == usual.load_service_model(service, kind)


def test_the_folders_of_other_services_are_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    usual = os.listdir

    def listdir(path: str) -> list[str]:
        looked.append(Path(path).name)
        return usual(path)

    monkeypatch.setattr(os, "listdir", listdir)
    ServiceModels().load_service_model("dynamodb", "service-2")
    assert set(looked) <= {"dynamodb", "data"}


def test_a_service_that_is_not_there_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        ServiceModels().load_service_model("dynamo", "service-2")
