"""What a browser tells of a page beside what it shows."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

TELLS_REFUSALS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`refused by ${violatedDirective}: ${blockedURI}`),
);
"""

LOADING = "Failed to load resource"
"""How the browser tells of an answer that is an error: the page handles those."""


class Watch:
    """Collects errors of scripts, refusals of the policy, and requests to any other origin."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.seen: list[str] = []
        self.requests: list[Request] = []
        self.under_way: set[Request] = set()

    def over(self, context: BrowserContext) -> None:
        """Watches every page of a context."""
        context.add_init_script(TELLS_REFUSALS)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.seen.append(str(error.error)))
        context.on("request", self._requested)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(LOADING):
            self.seen.append(message.text)

    def _requested(self, request: Request) -> None:
        self.requests.append(request)
        self.under_way.add(request)
        if not request.url.startswith((self._origin + "/", "data:")):
            self.seen.append(f"a request to {request.url}")

    def _ended(self, request: Request) -> None:
        self.under_way.discard(request)
