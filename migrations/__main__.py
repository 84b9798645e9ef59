"""Writes the next migration: compares the models with a new database that has all migrations so far."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from database.embedded import start
from database.upgrade import MIGRATIONS, configuration, driver_url, revisions, upgrade


def write(title: str) -> Path:
    """The file written; to be read and mended by hand before it is committed."""
    with tempfile.TemporaryDirectory(prefix="backoffice-") as folder, later_set_aside():
        server = start(Path(folder), settings={"fsync": "off"})
        try:
            upgrade(server.url)
            number = f"{len(revisions()) + 1:04}"
            with create_engine(driver_url(server.url), poolclass=NullPool).connect() as connection:
                command.revision(formatted(configuration(connection)), title, autogenerate=True, rev_id=number)
        finally:
            server.close()
    (path,) = MIGRATIONS.glob(f"versions/{number}_*.py")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    return path


@contextmanager
def later_set_aside() -> Iterator[None]:
    """Hides the migrations after a missing number meanwhile: they build on the one that is made anew."""
    versions = sorted(MIGRATIONS.glob("versions/[0-9]*_*.py"))
    later = [path for place, path in enumerate(versions, 1) if int(path.name[:4]) > place]
    try:
        for path in later:
            path.rename(path.with_suffix(".later"))
        yield
    finally:
        for path in later:
            path.with_suffix(".later").rename(path)


def formatted(config: Config) -> Config:
    """Has alembic format what it writes."""
    for option, setting in {
        "hooks": "ruff",
        "ruff.type": "module",
        "ruff.module": "ruff",
        "ruff.options": "format REVISION_SCRIPT_FILENAME",
    }.items():
        config.set_section_option("post_write_hooks", option, setting)
    return config


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say what the migration does, as in: python -m migrations "Add payments"')
    print(write(sys.argv[1]))
