"""What the API says of itself: the OpenAPI document, and a page to read and try it. Both are public."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response

from swiftcache.api.loading import load_all
from swiftcache.api.openapi import documented
from swiftcache.api.resolver import api
from swiftcache.api.routes import DOCS, OPENAPI

_CACHED = "public, max-age=300"


@api.get(OPENAPI, **documented("getOpenApi", "This document", 200, dict[str, Any], public=True, tag="docs"))
def get_openapi() -> Response[str]:
    return Response(
        status_code=200,
        content_type="application/json",
        headers={"Cache-Control": _CACHED},
        body=document(),
    )


@cache
def document() -> str:
    """The OpenAPI document in JSON, made from all routes at the first request for it."""
    load_all()
    return api.get_openapi_json_schema()


@api.get(
    DOCS,
    compress=True,
    **documented(
        "getDocs", "A page to read and try the API", 200, str, public=True, tag="docs", media_type="text/html"
    ),
)
def get_docs() -> Response[str]:
    # A cold start that serves anything else does not pay for the page.
    from swiftcache.api.docs_page import page

    html, policy = page()
    return Response(
        status_code=200,
        content_type="text/html; charset=utf-8",
        headers={"Cache-Control": _CACHED, "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"},
        body=html,
    )
