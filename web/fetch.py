"""Installs the explorer: `python -m web.fetch` bundles GraphiQL from npm's registry into web/static."""

import gzip
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from web.assets import browser_dir, static_dir
from web.node import Node, UnavailableError, node_from_pypi, node_on_path, run

HERE = Path(__file__).parent
SOURCES = [".npmrc", "build.mjs", "package-lock.json", "package.json"]


def main() -> int:
    """Installs the bundle unless it is there; without it the plain page serves, so a failure is told and not an error."""
    target = static_dir / stamp()
    if target.is_dir():
        return 0
    try:
        install(target)
    except (UnavailableError, OSError) as problem:
        print(f"The full explorer is not installed, the plain page takes its place: {problem}", file=sys.stderr)
        return 0
    print(f"The explorer is installed in {target}.")
    return 0


def stamp() -> str:
    """A name for what the bundle is made from: other versions or scripts, another name."""
    digest = hashlib.sha256()
    for path in [*(HERE / name for name in SOURCES), *sorted(browser_dir.iterdir())]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def install(target: Path) -> None:
    """Bundles in a temporary folder, puts the result into place in one step and drops older ones."""
    with tempfile.TemporaryDirectory(prefix="explorer-") as name:
        folder = Path(name)
        bundle(folder, node_on_path() or node_from_pypi(folder))
        put(folder / "bundle", target)
    for older in static_dir.glob("[0-9a-f]*"):
        if older != target:
            shutil.rmtree(older)


def put(folder: Path, target: Path) -> None:
    """Copies a folder and gives the copy its name when it is whole, unless another process was first."""
    static_dir.mkdir(exist_ok=True)
    # A name can be given in one step only within one file system.
    with tempfile.TemporaryDirectory(prefix=".new-", dir=static_dir) as near:
        copy = shutil.copytree(folder, Path(near) / "bundle")
        try:
            copy.rename(target)
        except OSError:
            if not target.is_dir():
                raise


def bundle(folder: Path, node: Node) -> None:
    """Installs exactly what the lock names, checked by hash, and bundles it into `folder/bundle`."""
    for name in SOURCES:
        shutil.copy(HERE / name, folder)
    shutil.copytree(browser_dir, folder / "browser")
    run([*node.npm, "ci"], folder)
    run([node.node, "build.mjs", "bundle"], folder)
    for path in (folder / "bundle").iterdir():
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


if __name__ == "__main__":
    sys.exit(main())
