"""Sessions: signing in and out, and who stands behind a token."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, delete, func, insert, literal
from sqlalchemy.ext.asyncio import AsyncConnection

from models.access import ADMINISTRATOR, SYSTEM, Viewer, visible
from models.base import caseless
from models.errors import Unauthenticated
from models.passwords import is_password
from models.staff import User, UserSession

A_DAY_OF_WORK = timedelta(hours=12)
REMEMBERED = timedelta(days=30)


class Mismatch(Unauthenticated):
    """An email without a user, a wrong password, or an inactive user: which of them, nobody is told."""

    def __init__(self) -> None:
        super().__init__("The email and the password do not belong together; check both and try again.", field=("input", "email"))


@dataclass(frozen=True)
class Token:
    """What a sign-in gives: the token is shown this once, and only its SHA-256 is kept."""

    token: str
    expires_at: datetime
    user_id: int


@dataclass(frozen=True)
class Credentials:
    """What a password is held against."""

    user_id: int
    password_hash: str
    active: bool


async def credentials_of(connection: AsyncConnection, email: str) -> Credentials | None:
    """What is known of the user who signs in with an email."""
    columns = (User.user_id, User.password_hash, User.active)
    user = (await connection.execute(visible(User, SYSTEM, *columns).where(has_email(email)))).first()
    return Credentials(*user) if user else None


async def confirmed(credentials: Credentials | None, password: str) -> Credentials:
    """The credentials of the active user whose password it is.

    An unknown email, a wrong password and an inactive user get the same answer after the same time.
    Takes a tenth of a second and may have to wait: hold no connection meanwhile.
    """
    right = await is_password(password, credentials.password_hash if credentials else None)
    if credentials is None or not right or not credentials.active:
        raise Mismatch
    return credentials


async def hold(connection: AsyncConnection, credentials: Credentials) -> None:
    """Keeps credentials as they are until the transaction ends.

    Raises Unauthenticated when they have changed since they were read: who sets a password, or deactivates a user, ends all their sessions.
    """
    same = (User.user_id == credentials.user_id, User.password_hash == credentials.password_hash, User.active)
    held = visible(User, SYSTEM, User.user_id).where(*same).with_for_update(read=True)
    if (await connection.execute(held)).first() is None:
        raise Mismatch


async def open_session(connection: AsyncConnection, user_id: int, *, lasting: timedelta = A_DAY_OF_WORK) -> Token:
    """A session for a user whose right to it is already known; the user's expired sessions go. The caller commits."""
    await connection.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.expires_at < func.now()))
    token = secrets.token_urlsafe(32)
    session = insert(UserSession).values(token_hash=_hash(token), user_id=user_id, expires_at=func.now() + lasting)
    expires_at = (await connection.execute(session.returning(UserSession.expires_at))).scalar_one()
    return Token(token, expires_at, user_id)


async def sign_out(connection: AsyncConnection, token: str) -> bool:
    """Ends the session of a token; answers whether there was one. The caller commits."""
    return (await connection.execute(delete(UserSession).where(UserSession.token_hash == _hash(token)))).rowcount > 0


async def viewer_of(connection: AsyncConnection, token: str) -> Viewer:
    """Who asks with this token; raises Unauthenticated when it is unknown or expired, or its user inactive."""
    found = await viewers_of(connection, [token])
    if token not in found:
        raise Unauthenticated("The token is unknown or expired; sign in again.")
    return found[token]


async def viewers_of(connection: AsyncConnection, tokens: Collection[str]) -> Mapping[str, Viewer]:
    """Who asks with each of some tokens; those that are unknown or expired, or whose user is inactive, are left out."""
    hashes = bindparam("hashes", [_hash(token) for token in tokens], type_=ARRAY(UserSession.token_hash.type))
    session = visible(UserSession, SYSTEM, UserSession.token_hash, UserSession.user_id).join(User, User.user_id == UserSession.user_id)
    session = session.where(UserSession.token_hash == any_(hashes), UserSession.expires_at > func.now(), User.active)
    users = {found.token_hash: found.user_id for found in await connection.execute(session)}
    return {token: acting_as(users[_hash(token)]) for token in tokens if _hash(token) in users}


def acting_as(user_id: int) -> Viewer:
    """The viewer that an active user is: there are no groups yet, so each may do everything."""
    return Viewer(user_id, ADMINISTRATOR)


async def user_with_email(connection: AsyncConnection, email: str) -> int | None:
    """The number of the active user who signs in with this email."""
    user_id: int | None = (await connection.execute(visible(User, SYSTEM, User.user_id).where(has_email(email), User.active))).scalar()
    return user_id


def email_as_compared(email: str) -> ColumnElement[str]:
    """An email that somebody gives, in the form in which users' emails are unique."""
    # PostgreSQL takes neither NUL nor half a surrogate pair; no user has an email with one.
    return caseless(literal(email if email.isprintable() else ""))


def has_email(email: str) -> ColumnElement[bool]:
    """The condition by which users are found by an email."""
    return caseless(User.email) == email_as_compared(email)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
