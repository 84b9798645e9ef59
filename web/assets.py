"""The files behind /graphql/static/: the bundled explorer where it is installed, the plain page's files always."""

import re
from dataclasses import dataclass
from pathlib import Path

static_dir = Path(__file__).parent / "static"
browser_dir = Path(__file__).parent / "browser"

PLAIN = ("bar.js", "examples.js", "icon.svg", "page.css", "plain.js", "session.js")
BUNDLED = re.compile(r"[0-9a-f]{12}/[\w.-]{1,80}", re.ASCII)
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


@dataclass(frozen=True)
class Asset:
    """A file to answer with, and the headers that go with it."""

    file: Path
    media_type: str
    headers: dict[str, str]


def build() -> Path | None:
    """The folder of the newest installed bundle, such as `web/static/3f2a9c01be47`; None where there is none."""
    bundles = [entry.parent for entry in static_dir.glob("[0-9a-f]*/explorer.js")]
    return max(bundles, key=lambda folder: folder.stat().st_mtime, default=None)


def asset(name: str, accept_encoding: str = "") -> Asset | None:
    """The file at /graphql/static/<name>, compressed where the browser takes gzip; None when there is no such file."""
    if name in PLAIN:
        return _asset(browser_dir / name, cache="no-cache")
    file = static_dir / name
    if not BUNDLED.fullmatch(name) or file.suffix not in MEDIA_TYPES or not file.is_file():
        return None
    # A bundle's folder is named by the hash of what it is made from, so its files never change.
    found = _asset(file, cache="public, max-age=31536000, immutable")
    compressed = file.with_name(file.name + ".gz")
    if "gzip" in accept_encoding and compressed.is_file():
        return Asset(compressed, found.media_type, found.headers | {"Content-Encoding": "gzip"})
    return found


def _asset(file: Path, *, cache: str) -> Asset:
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    return Asset(file, MEDIA_TYPES[file.suffix], headers)
