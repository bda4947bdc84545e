"""Metrics: the last 24 hours, the figures of this moment, and an organization's figures for Prometheus."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from swiftcache import wiring
from swiftcache.api.openapi import documented
from swiftcache.api.request import current_caller
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES, ORGANIZATIONS
from swiftcache.metrics import prometheus
from swiftcache.metrics.contract import LiveMetricsBody, LiveMetricsResponse, MetricsResponse

METRICS = f"{INSTANCES}/<instance_id>/metrics"
PROMETHEUS = f"{ORGANIZATIONS}/<organization_id>/metrics/prometheus"


@api.get(
    METRICS,
    **documented("getMetrics", "What clients did in the last 24 hours", 200, MetricsResponse, 404, tag="metrics"),
)
def get_metrics(instance_id: str) -> MetricsResponse:
    return MetricsResponse.of(wiring.metrics_service().hours(current_caller(), instance_id))


@api.get(
    f"{METRICS}/live",
    **documented("getLiveMetrics", "The figures of this moment", 200, LiveMetricsResponse, 404, 409, tag="metrics"),
)
def get_live_metrics(instance_id: str) -> LiveMetricsResponse:
    figures = wiring.metrics_service().live(current_caller(), instance_id)
    return LiveMetricsResponse(metrics=LiveMetricsBody.of(figures))


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
def get_prometheus_metrics(organization_id: str) -> Response[str]:
    latest = wiring.metrics_service().latest(current_caller(), organization_id)
    return Response(status_code=HTTPStatus.OK, content_type=prometheus.MEDIA_TYPE, body=prometheus.exposition(latest))
