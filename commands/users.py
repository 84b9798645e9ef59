"""Tokens and users, for whoever has the database at hand."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.first_start import KEPT_IN, drop_password, kept_password
from commands.storage import Place, connected
from models import users
from models.errors import NotFound
from models.passwords import is_password, random_password
from models.sessions import credentials_of, open_session, user_with_email
from models.sign_in_attempts import unlock as forget_attempts
from models.users import Known, add_user, known_user

HEADER = ("number", "email", "name", "state", "sessions", "added")


async def token(place: Place, email: str) -> str:
    """A bearer token for an active user, good for 12 hours."""
    async with connected(place) as engine, engine.begin() as connection:
        user_id = await user_with_email(connection, email)
        if user_id is None:
            raise NotFound(f"There is no active user with the email {email!r}; `backoffice user create` adds one.")
        return (await open_session(connection, user_id)).token


async def create(place: Place, *, email: str, name: str, password: str | None) -> str | None:
    """Adds a user, and answers the password if it had to be made up."""
    chosen = random_password() if password is None else password
    async with connected(place) as engine, engine.begin() as connection:
        await add_user(connection, name=name, email=email, password=chosen)
    return chosen if password is None else None


async def table(place: Place) -> Iterator[str]:
    """The users, one a line, in columns."""
    async with connected(place) as engine, engine.begin() as connection:
        found = await users.all_users(connection)
    rows = [
        (
            str(user.user_id),
            user.email,
            user.name,
            "active" if user.active else "inactive",
            str(user.sessions),
            f"{user.create_time:%Y-%m-%d}",
        )
        for user in found
    ]
    widths = [max(map(len, cells)) for cells in zip(HEADER, *rows, strict=True)]
    return ("  ".join(map(str.ljust, row, widths)).rstrip() for row in (HEADER, *rows))


async def set_password(place: Place, email: str, password: str) -> str:
    """Sets a password, and answers what was done."""
    async with changing(place, email) as (connection, user):
        outdated = await is_password_of(connection, user, kept_password(place.data))
        ended = await users.set_password(connection, user, password)
    if outdated:
        drop_password(place.data)
    also = f" The file {place.data / KEPT_IN} had the old one and is gone." if outdated else ""
    inactive = "" if user.active else f" The user is inactive: `backoffice user activate {user.email}` lets them sign in."
    return f"{user.email} has a new password. {sessions(ended)}{also}{inactive}"


async def is_password_of(connection: AsyncConnection, user: Known, password: str | None) -> bool:
    credentials = await credentials_of(connection, user.email)
    return credentials is not None and password is not None and await is_password(password, credentials.password_hash)


async def deactivate(place: Place, email: str) -> str:
    """Keeps a user out, and answers what was done."""
    async with changing(place, email) as (connection, user):
        if not user.active:
            return f"{user.email} is inactive already."
        ended = await users.deactivate(connection, user)
    return f"{user.email} is inactive and cannot sign in. {sessions(ended)} Imports of theirs end as FAILED."


async def activate(place: Place, email: str) -> str:
    """Lets a user sign in again, and answers what was done."""
    async with changing(place, email) as (connection, user):
        if user.active:
            return f"{user.email} is active already."
        await users.activate(connection, user)
    return f"{user.email} is active, and signs in with the password of before; `backoffice user password {user.email}` sets another."


async def unlock(place: Place, email: str) -> str:
    """Lets a user try to sign in again who is locked out after failed attempts, and answers what was done."""
    async with changing(place, email) as (connection, user):
        await forget_attempts(connection, user.email)
    return f"{user.email} is not locked out any more; an address from which 50 attempts failed is, until 15 minutes after the last."


@asynccontextmanager
async def changing(place: Place, email: str) -> AsyncIterator[tuple[AsyncConnection, Known]]:
    """A transaction, and the user of an email."""
    async with connected(place) as engine, engine.begin() as connection:
        yield connection, await named(connection, email)


async def named(connection: AsyncConnection, email: str) -> Known:
    user = await known_user(connection, email)
    if user is None:
        raise NotFound(f"There is no user with the email {email!r}; `backoffice user list` shows who there is.")
    return user


def sessions(ended: int) -> str:
    """What is said of sessions that ended."""
    return f"{'One session has' if ended == 1 else f'{ended} sessions have'} ended." if ended else "No session was open."
