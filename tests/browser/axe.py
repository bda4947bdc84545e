"""What axe finds on a page: rules of WCAG 2.2, A and AA, and its best practices."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}

_AXE = Axe()


def findings(page: Page) -> list[str]:
    """Each finding with the rule, what it says, and the first of its elements."""
    results = _AXE.run(page, options=OPTIONS)
    return [
        f"{found['id']}: {found['help']}: {node['html'][:160]} {node.get('any') and node['any'][0]['message']}"
        for found in results.response["violations"]
        for node in found["nodes"][:3]
    ]
