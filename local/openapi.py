"""Writes `.swiftcache/openapi.json`, the API's OpenAPI 3.1 document, from the code that serves: `make openapi`."""

import os
from pathlib import Path

from swiftcache.api import docs_routes as docs


def document() -> str:
    """The document as JSON."""
    return docs.document()


def main() -> None:
    home = Path(os.environ.get("SWIFTCACHE_HOME", ".swiftcache"))
    home.mkdir(parents=True, exist_ok=True)
    target = home / "openapi.json"
    target.write_text(document() + "\n")
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
