"""What a database needs before the first request: the schema, reference data, an administrator, and a demo if one is asked for."""

import asyncio
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import connect
from database.upgrade import upgrade
from demo.load import SIZES, load_demo
from demo.reference import load_reference
from models.errors import Conflict
from models.passwords import random_password
from models.users import add_user, first_user, is_without_users

KEPT_IN = "admin-password"


class Load(StrEnum):
    """What a new database is filled with; a demo brings the reference data along."""

    NONE = "none"
    REFERENCE = "reference"
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Administrator:
    """The first user of the database; the password is known only at the start that made it."""

    user_id: int
    email: str
    password: str | None = None


def prepare(url: str, *, load: Load, email: str, data: Path, console: Console) -> Administrator | None:
    """Brings a database to where it can serve; a second time there is nothing to do."""
    with console.status("Bringing the database up to date ..."):
        upgrade(url)
        if load is not Load.NONE:
            load_reference(url)
    administrator = asyncio.run(administrator_of(url, email=email, data=data))
    if load in SIZES:
        if administrator is None:
            raise Conflict("The demo's import needs a user to belong to, and none is active: start without a demo, or add a user.")
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(f"Loading the {load} demo ...", total=None, visible=False)

            def show(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total, visible=True)

            load_demo(url, load, owner_id=administrator.user_id, progress=show)
    return administrator


async def administrator_of(url: str, *, email: str, data: Path) -> Administrator | None:
    """The administrator, who is added if nobody can sign in yet; None when the first user is not active any more."""
    engine = connect(url)
    try:
        if added := await ensure_administrator(engine, email=email, data=data):
            return added
        async with engine.connect() as connection:
            user = await first_user(connection)
        return Administrator(user.user_id, user.email) if user else None
    finally:
        await engine.dispose()


async def ensure_administrator(engine: AsyncEngine, *, email: str, data: Path) -> Administrator | None:
    """Adds an administrator with a random password to a database without users; None when there are some."""
    async with engine.begin() as connection:
        if not await is_without_users(connection):
            return None
        password = random_password()
        user_id = await add_user(connection, name="Administrator", email=email, password=password)
        # Kept before the commit: a password that nobody knows would lock everybody out.
        keep_password(data / KEPT_IN, password)
    return Administrator(user_id, email, password)


def keep_password(path: Path, password: str) -> None:
    """Writes a file that its owner alone can read, whatever stood there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{password}\n")


def kept_password(data: Path) -> str | None:
    """The password that the first start made, as long as its file is there."""
    try:
        return (data / KEPT_IN).read_text(encoding="ascii", errors="replace").rstrip("\n")
    except OSError:
        return None


def drop_password(data: Path) -> None:
    """Removes the file of a password that opens nothing any more."""
    (data / KEPT_IN).unlink(missing_ok=True)
