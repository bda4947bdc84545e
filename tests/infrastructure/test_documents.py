"""The documentation hangs together: every link of it leads somewhere, and the README stays short."""

import re
from pathlib import Path

import pytest

from swiftcache.api.routes import ACCESS

ROOT = Path(__file__).parents[2]
MADE = {".venv", ".swiftcache", ".aws-sam", ".git", ".hypothesis", ".pytest_cache", ".schemathesis"}
PLACES = [place for place in ROOT.iterdir() if place.name not in MADE]
PAGES = sorted(page for place in PLACES for page in ([place] if place.suffix == ".md" else place.rglob("*.md")))
README_LINES = 180

OUTSIDE = ("https://", "http://", "mailto:")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[str]:
    """The links to files and headings; what stands in backquotes is none."""
    text = re.sub(r"`[^`\n]*`", "code", prose(page))
    found = re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)", text)
    return [link for link in found if not link.startswith(OUTSIDE)]


def anchors(page: Path) -> set[str]:
    """The headings as a public host names them in addresses, and the names that a page gives to places itself."""
    found: list[str] = re.findall(r'<a id="([^"]+)"></a>', prose(page))
    for heading in re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return set(found)


def leads_nowhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if leads_nowhere(page, link)] == []


@pytest.mark.parametrize(
    "link", ["docs/nothing.md", "#nothing", "docs/api.md#nothing", "../outside.md", "LICENSE#part"]
)
def test_a_link_that_leads_nowhere_is_noticed(link: str) -> None:
    assert leads_nowhere(ROOT / "README.md", link)


def test_the_links_of_a_page_are_found_also_over_the_end_of_a_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "[a\nb](c.md) `[d](e.md)` [f](g.md#h) <https://i>\n```sh\n[j](k.md)\n```\n# L, the `m` *n*\n# L the m n\n"
    )
    assert links(page) == ["c.md", "g.md#h"]
    assert anchors(page) == {"l-the-m-n", "l-the-m-n-1"}


def addresses(page: Path) -> list[str]:
    """The addresses with parameters that stand in backquotes: whole, or from a part on."""
    spans = re.findall(r"`([^`\n]*/\{\w+\}[^`\n]*)`", prose(page))
    return [found for span in spans for found in re.findall(r"/[\w/{}.]*\{\w+\}[\w/{}.]*", span)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_path_parameter_is_called_as_the_route_calls_it(page: Path) -> None:
    routes = "\n".join(ACCESS)
    assert [address for address in addresses(page) if address not in routes] == []


def test_the_addresses_of_a_page_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`GET /a/{b}?c=1` `/d/e` `POST …/{f}/g`, {h}\n```\n`/{i}`\n```\n")
    assert addresses(page) == ["/a/{b}", "/{f}/g"]


SHOWING = [*PAGES, *(ROOT / "events").iterdir(), *(ROOT / "layers" / "shared").rglob("*.py")]


def test_no_url_of_an_example_has_an_empty_user_which_redis_cli_does_not_take() -> None:
    assert [file.name for file in SHOWING if re.search(r"rediss?://:", file.read_text())] == []


def test_every_page_is_linked_from_another() -> None:
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    alone = [page for page in PAGES if page not in linked and ".github" not in page.parts]
    assert alone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_that_a_page_names_is_one_of_make(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|\$ |\d )make ([a-z][a-z-]*)", page.read_text())
    assert set(named) <= targets


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES
