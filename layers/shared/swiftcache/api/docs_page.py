"""The page of GET /docs: Swagger UI, as Powertools brings it, on the document that the API serves.

Everything is in the page, so it works without the internet; the Content-Security-Policy lets it load nothing but
/openapi.json and call nothing but this API. Powertools' own page has the document inside and needs `unsafe-inline`.
"""

import base64
import hashlib
from functools import cache
from importlib import resources

_ASSETS = "aws_lambda_powertools.event_handler.openapi.swagger_ui"

# Relative, so that it works under a stage or a custom domain's path too. The validator is a service on the internet.
_START = """
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  filter: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""


@cache
def page() -> tuple[str, str]:
    """The page in HTML, and its Content-Security-Policy."""
    script, style = _asset("swagger-ui-bundle.min.js"), _asset("swagger-ui.min.css")
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SwiftCache API</title>'
        f'<style>{style}</style></head><body><div id="swagger-ui"></div>'
        f"<script>{script}</script><script>{_START}</script></body></html>"
    )
    policy = (
        f"default-src 'none'; script-src {_hash(script)} {_hash(_START)}; style-src 'unsafe-inline'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, policy


def _asset(name: str) -> str:
    return resources.files(_ASSETS).joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
