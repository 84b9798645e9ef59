"""Users as an operator keeps them: added, listed, given passwords, let in and kept out; and the administrator of an empty database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Row, delete, func, insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.access import SYSTEM, visible
from models.errors import Conflict, Invalid
from models.passwords import hash_password
from models.sessions import has_email
from models.sign_in_attempts import unlock
from models.staff import User, UserSession

# Any number will do, as long as nothing else in this database takes the same advisory lock.
USERS_LOCK = 7_302_040


async def add_user(connection: AsyncConnection, *, name: str, email: str, password: str) -> int:
    """Adds a user whose email the caller vouches for, and answers the number. The caller commits."""
    values = {"name": _checked_name(name), "email": _checked_email(email), "password_hash": await hash_password(password)}
    new = insert(User).values(**values, email_verified=True, can_view_masked_data=True).returning(User.user_id)
    try:
        async with connection.begin_nested():
            return int((await connection.execute(new)).scalar_one())
    except IntegrityError as problem:
        raise Conflict(f"There is already a user with the email {values['email']!r}; choose another.", field=("email",)) from problem


@dataclass(frozen=True)
class Known:
    """A user as others need to know one."""

    user_id: int
    email: str
    active: bool


async def first_user(connection: AsyncConnection) -> Known | None:
    """The active user who was added first: the administrator, as long as nobody took that right away."""
    first = visible(User, SYSTEM, User.user_id, User.email, User.active).where(User.active).order_by(User.user_id).limit(1)
    row = (await connection.execute(first)).first()
    return Known(*row) if row else None


async def known_user(connection: AsyncConnection, email: str) -> Known | None:
    """The user who signs in with an email, active or not."""
    row = (await connection.execute(visible(User, SYSTEM, User.user_id, User.email, User.active).where(has_email(email)))).first()
    return Known(*row) if row else None


async def all_users(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Every user, and how many sessions each has open."""
    mine = (UserSession.user_id == User.user_id, UserSession.expires_at > func.now())
    sessions = visible(UserSession, SYSTEM, func.count()).where(*mine).scalar_subquery()
    columns = (User.user_id, User.email, User.name, User.active, User.create_time, sessions.label("sessions"))
    found: Sequence[Row[Any]] = (await connection.execute(visible(User, SYSTEM, *columns).order_by(User.user_id))).all()
    return found


async def set_password(connection: AsyncConnection, user: Known, password: str) -> int:
    """Sets a password, lets in who was locked out, and answers how many sessions that has ended. The caller commits."""
    kept = await hash_password(password)
    await connection.execute(update(User).where(User.user_id == user.user_id).values(password_hash=kept))
    await unlock(connection, user.email)
    return await _end_sessions(connection, user)


async def activate(connection: AsyncConnection, user: Known) -> None:
    """Lets a user sign in again. The caller commits."""
    await connection.execute(update(User).where(User.user_id == user.user_id).values(active=True))


async def deactivate(connection: AsyncConnection, user: Known) -> int:
    """Keeps a user out, and answers how many sessions that has ended. Refuses the last administrator. The caller commits."""
    await _lock_users(connection)
    others = visible(User, SYSTEM, func.count()).where(User.active, User.user_id != user.user_id)
    if not (await connection.execute(others)).scalar_one():
        raise Conflict(f"{user.email} is the last active administrator, and nobody could sign in any more; add or activate another first.")
    await connection.execute(update(User).where(User.user_id == user.user_id).values(active=False))
    return await _end_sessions(connection, user)


async def is_without_users(connection: AsyncConnection) -> bool:
    """Whether nobody can sign in yet; until the transaction's end no other process gets to ask the same."""
    await _lock_users(connection)
    return not (await connection.execute(visible(User, SYSTEM, func.count()))).scalar_one()


async def _lock_users(connection: AsyncConnection) -> None:
    await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": USERS_LOCK})


async def _end_sessions(connection: AsyncConnection, user: Known) -> int:
    # After the update of the user, which waits for whoever is about to open a session.
    return (await connection.execute(delete(UserSession).where(UserSession.user_id == user.user_id))).rowcount


def _checked_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain.isprintable() or not 0 < len(plain) <= 100:
        raise Invalid(f"The name {name[:100]!r} cannot be used; give 1 to 100 printable characters.", field=("name",))
    return plain


def _checked_email(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise Invalid(f"The email {email[:254]!r} cannot be used: {problem}", field=("email",)) from problem
