"""Console: serves the files of the web page. Calls no AWS, and knows nothing of who asks."""

import base64
from pathlib import Path
from typing import Any

from swiftcache.console.site import Site

SITE = Site(Path(__file__).parent / "site")


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    # With a slash at its end, the console's address comes by either of its two routes, or by none of them.
    address = "" if event["rawPath"].endswith("/") else None
    answer = SITE.answer(event.get("pathParameters", {}).get("file", address), event["headers"])
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": base64.b64encode(answer.body).decode(),
        "isBase64Encoded": True,
    }
