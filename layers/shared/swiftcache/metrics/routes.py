"""Metrics: an hour, a day or a week, this moment, slow commands, and an organization's figures for Prometheus."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES, ORGANIZATIONS
from swiftcache.metrics import prometheus
from swiftcache.metrics.contract import (
    LiveMetricsBody,
    LiveMetricsResponse,
    MetricsResponse,
    SlowCommandBody,
    SlowlogResponse,
)
from swiftcache.metrics.history import Period
from swiftcache.metrics.service import MetricsService
from swiftcache.metrics.wiring import metrics_service

Service = Annotated[MetricsService, provided(metrics_service)]

METRICS = f"{INSTANCES}/<instance_id>/metrics"
PROMETHEUS = f"{ORGANIZATIONS}/<organization_id>/metrics/prometheus"


@api.get(
    METRICS,
    **documented(
        "getMetrics",
        "What clients did, and what Redis held, in the last hours",
        200,
        MetricsResponse,
        404,
        tag="metrics",
    ),
)
def get_metrics(
    instance_id: str,
    service: Service,
    caller: CurrentCaller,
    period: Annotated[
        Period, Query(description="`1h` is 12 points of five minutes, `24h` and `7d` are 24 and 168 of an hour")
    ] = Period.DAY,
) -> MetricsResponse:
    return MetricsResponse.of(service.history(caller, instance_id, period))


@api.get(
    f"{METRICS}/live",
    **documented("getLiveMetrics", "The figures of this moment", 200, LiveMetricsResponse, 404, 409, tag="metrics"),
)
def get_live_metrics(instance_id: str, service: Service, caller: CurrentCaller) -> LiveMetricsResponse:
    figures = service.live(caller, instance_id)
    return LiveMetricsResponse(metrics=LiveMetricsBody.of(figures))


@api.get(
    f"{INSTANCES}/<instance_id>/slowlog",
    **documented("getSlowlog", "The newest slow commands", 200, SlowlogResponse, 404, 409, tag="metrics"),
)
def get_slowlog(
    instance_id: str, service: Service, caller: CurrentCaller, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> SlowlogResponse:
    found = service.slow_commands(caller, instance_id, limit)
    return SlowlogResponse(slowlog=[SlowCommandBody.of(slow) for slow in found])


@api.get(
    PROMETHEUS,
    **documented(
        "getPrometheusMetrics",
        "The latest figures of every running instance, for Prometheus",
        200,
        str,
        404,
        tag="metrics",
        media_type=prometheus.MEDIA_TYPE,
    ),
)
def get_prometheus_metrics(organization_id: str, service: Service, caller: CurrentCaller) -> Response[str]:
    latest = service.latest(caller, organization_id)
    return Response(status_code=HTTPStatus.OK, content_type=prometheus.MEDIA_TYPE, body=prometheus.exposition(latest))
