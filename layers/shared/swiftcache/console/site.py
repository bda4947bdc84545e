"""A folder of static files, as answers of HTTP: compressed, cacheable, and under a strict policy.

All files but the page itself are below a segment with the hash of all files, so a browser keeps them for ever and never
mixes those of two releases. Whatever else is asked for is an address inside the page, which its script reads.
"""

import gzip
import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PAGE = "index.html"

_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""By the end of a name. What ends otherwise, such as a note for developers, is not served."""

# With Trusted Types, no string can become markup or script, whatever a user calls an instance.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}

_PRELOAD = re.compile(rb' *<link rel="modulepreload" href="{{files}}/([^"]+)" />\n')
_IMPORT = re.compile(rb"""(?:\bfrom|^import) *["'](\.[^"']+)["']""", re.MULTILINE)

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: `body` is as it goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _File:
    content: bytes
    media_type: str

    @cached_property
    def compressed(self) -> bytes:
        # Without a time, so that every process makes the same bytes.
        return gzip.compress(self.content, mtime=0)

    @cached_property
    def tag(self) -> str:
        # Weak: compressed or not, it is the same file.
        return f'W/"{hashlib.sha256(self.content).hexdigest()[:32]}"'


class Site:
    """The files of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError if there is no index.html in it, KeyError if it names a module that is not."""
        self._files = {
            file.relative_to(folder).as_posix(): _File(file.read_bytes(), _TYPES[file.suffix])
            for file in sorted(folder.rglob("*"))
            if file.suffix in _TYPES
        }
        if PAGE not in self._files:
            raise FileNotFoundError(f"{folder} has no {PAGE}")
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(f"{name}\0{len(file.content)}\0".encode() + file.content)
        self.version = f"v-{digest.hexdigest()[:16]}"
        page = self._files.pop(PAGE)
        self._page = _File(_with_imports(page.content, self._files), page.media_type)

    @property
    def names(self) -> list[str]:
        """The files below the version, by their names."""
        return list(self._files)

    def answer(self, path: str | None, headers: Mapping[str, str]) -> Answer:
        """What a GET gets: `path` is what follows `/console/`, None for `/console`; names of headers in lower case."""
        first, _, name = (path or "").partition("/")
        if not first.startswith("v-"):
            return self._of(self._page_at(path), _ASK_EACH_TIME, headers)
        file = self._files.get(name) if first == self.version else None
        if file is None:
            # Of a release that is gone, if it ever was: the page asks to be loaded anew.
            plain = {**_HEADERS, "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
            return Answer(404, plain, b"There is no such file in this release of the console. Load the page anew.\n")
        return self._of(file, _FOR_EVER, headers)

    def _page_at(self, path: str | None) -> _File:
        """The page, with links that lead to the files from there.

        Relative ones, so that it works under a stage or a custom domain's path too.
        """
        up = "console/" if path is None else "../" * path.count("/")
        content = self._page.content.replace(b"{{files}}", f"{up}{self.version}".encode())
        return _File(content, self._page.media_type)

    def _of(self, file: _File, caching: str, asked: Mapping[str, str]) -> Answer:
        headers = {**_HEADERS, "Cache-Control": caching, "ETag": file.tag}
        known = {tag.strip() for tag in asked.get("if-none-match", "").split(",")}
        if file.tag in known or "*" in known:
            return Answer(304, headers, b"")
        headers["Content-Type"] = file.media_type
        if "gzip" in asked.get("accept-encoding", "") and len(file.compressed) < len(file.content):
            return Answer(200, {**headers, "Content-Encoding": "gzip"}, file.compressed)
        return Answer(200, headers, file.content)


def _with_imports(page: bytes, files: Mapping[str, _File]) -> bytes:
    """The page with its links to modules, and one for each module that those import.

    So a browser asks for all of them at once, instead of finding one in the other at each round trip. What the first
    link needs comes first.
    """
    modules: list[str] = []
    for asked in _PRELOAD.findall(page):
        waiting = [asked.decode()]
        for module in waiting:  # which grows meanwhile
            if module not in modules:
                modules.append(module)
                folder = posixpath.dirname(module)
                imported = [path.decode() for path in _IMPORT.findall(files[module].content)]
                waiting += [posixpath.normpath(posixpath.join(folder, path)) for path in imported]
    links = "".join(f'    <link rel="modulepreload" href="{{{{files}}}}/{name}" />\n' for name in modules).encode()
    first, *others = _PRELOAD.split(page, maxsplit=1)
    return first + links + _PRELOAD.sub(b"", others[-1]) if others else page
