"""How the console's files are served: which, with which headers, for how long, and nothing else."""

import base64
import gzip
from pathlib import Path
from typing import Any

import pytest

from functions.console import app
from swiftcache.console.site import Answer, Site

SECRET = "not to be read"
BROWSER = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.html").write_text(SECRET)
    site = tmp_path / "site"
    (site / "pages").mkdir(parents=True)
    (site / "index.html").write_text('<script type="module" src="{{files}}/app.js"></script>')
    (site / "app.js").write_text("import './pages/one.js';\n" * 20)
    (site / "pages" / "one.js").write_text("export {};\n")
    (site / "base.css").write_text("a { color: red }\n")
    (site / "README.md").write_text(SECRET)
    return site


@pytest.fixture
def site(folder: Path) -> Site:
    return Site(folder)


def get(site: Site, path: str | None, **headers: str) -> Answer:
    return site.answer(path, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_file_is_served_below_the_version_for_ever(site: Site) -> None:
    answer = get(site, f"{site.version}/pages/one.js")
    assert (answer.status, answer.body) == (200, b"export {};\n")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(("name", "kind"), [("base.css", "text/css"), ("app.js", "text/javascript")])
def test_a_file_has_the_type_that_its_name_says(site: Site, name: str, kind: str) -> None:
    assert get(site, f"{site.version}/{name}").headers["Content-Type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        (None, "console/{}/app.js"),
        ("", "{}/app.js"),
        ("instances", "{}/app.js"),
        ("instances/inst_1", "../{}/app.js"),
        ("a/b/c/", "../../../{}/app.js"),
    ],
)
def test_every_address_inside_is_the_page_and_finds_its_files(site: Site, path: str | None, leads_to: str) -> None:
    answer = get(site, path)
    assert answer.status == 200
    assert f'src="{leads_to.format(site.version)}"' in answer.body.decode()


def test_the_page_is_asked_for_each_time_and_is_not_sent_again_if_it_is_known(site: Site) -> None:
    first = get(site, "instances")
    assert first.headers["Cache-Control"] == "no-cache"
    again = get(site, "instances", if_none_match=f'"other", {first.headers["ETag"]}')
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert get(site, "instances", if_none_match='"other"').status == 200


def test_what_may_be_compressed_is(site: Site) -> None:
    plain, packed = (
        get(site, f"{site.version}/app.js"),
        get(site, f"{site.version}/app.js", **{"accept-encoding": "br, gzip"}),
    )
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing.js",
        "pages",
        "README.md",
        "index.html",
        "../secret.html",
        "pages/../../secret.html",
        "..%2fsecret.html",
        "/etc/passwd",
        "pages//one.js",
        "app.js\0",
    ],
)
def test_what_is_no_file_of_the_site_is_not_found(site: Site, name: str) -> None:
    answer = get(site, f"{site.version}/{name}")
    assert answer.status == 404
    assert SECRET not in answer.body.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_of_another_release_is_not_found(site: Site) -> None:
    assert get(site, "v-0000000000000000/app.js").status == 404


@pytest.mark.parametrize("name", ["app.js", "pages/one.js", "index.html"])
def test_a_change_of_any_file_is_another_version(site: Site, folder: Path, name: str) -> None:
    (folder / name).write_text("export const changed = true;\n")
    assert Site(folder).version != site.version


def test_the_same_files_are_the_same_version(site: Site, folder: Path) -> None:
    assert Site(folder).version == site.version


def test_a_folder_without_a_page_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"index\.html"):
        Site(tmp_path)


@pytest.mark.parametrize("path", [None, "instances", "{}/app.js", "{}/nothing.js"])
def test_every_answer_has_the_policy(site: Site, path: str | None) -> None:
    headers = get(site, path and path.format(site.version)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_a_module_that_the_page_asks_for_brings_what_it_imports_with_the_same_round_trip(folder: Path) -> None:
    link = '<link rel="modulepreload" href="{}/{}" />\n'
    (folder / "index.html").write_text(link.format("{{files}}", "app.js") + "<p></p>\n")
    (folder / "app.js").write_text('import { one } from "./pages/one.js";\nconst later = () => import("./later.js");\n')
    (folder / "pages" / "one.js").write_text('export{a}from"../two.js";import "../app.js";\n')
    (folder / "two.js").write_text("export const a = 1;\n")
    (folder / "later.js").write_text("export {};\n")
    site = Site(folder)
    page = get(site, "instances").body.decode()
    wanted = [link.format(site.version, name) for name in ("app.js", "pages/one.js", "two.js")]
    assert "".join(line.lstrip() for line in page.splitlines(keepends=True)) == "".join(wanted) + "<p></p>\n"


def test_an_import_of_what_is_not_there_is_noticed_before_anybody_is_served(folder: Path) -> None:
    (folder / "index.html").write_text('<link rel="modulepreload" href="{{files}}/app.js" />\n')
    (folder / "app.js").write_text('import "./gone.js";\n')
    with pytest.raises(KeyError, match=r"gone\.js"):
        Site(folder)


def event(**changes: Any) -> dict[str, Any]:
    return {"rawPath": "/console", "headers": BROWSER, **changes}


def test_the_function_serves_the_page_and_its_files_as_api_gateway_wants_it() -> None:
    page = app.handler(event(), None)
    assert (page["statusCode"], page["isBase64Encoded"]) == (200, True)
    assert page["headers"]["Content-Type"] == "text/html; charset=utf-8"
    file = app.handler(event(pathParameters={"file": f"{app.SITE.version}/app.js"}), None)
    assert (file["statusCode"], file["headers"]["Content-Encoding"]) == (200, "gzip")


@pytest.mark.parametrize("parameters", [{}, {"pathParameters": {"file": ""}}])
def test_with_a_slash_at_its_end_the_page_finds_its_files_too_whatever_route_the_gateway_takes(
    parameters: dict[str, Any],
) -> None:
    page = app.handler(event(rawPath="/console/", **parameters), None)
    assert f'src="{app.SITE.version}/app.js"' in gzip.decompress(base64.b64decode(page["body"])).decode()
