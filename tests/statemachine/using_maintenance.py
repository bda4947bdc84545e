"""What keeps instances fit for years has to do all that it ever does."""

from typing import Any

import pytest

from swiftcache.certificates.wiring import certificate_keeper
from tests.statemachine.cloud import Cloud
from tests.statemachine.issuing import issued


def renew(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an authority, into a secret that no task reads."""
    with monkeypatch.context() as patch:
        patch.setitem(cloud.injector.given, certificate_keeper, issued(cloud))
        answer: Any = cloud.invoke(cloud.stack.functions["RenewCertificateFunction"].name, {"force": True})
    assert answer["outcome"] == "RENEWED"
