"""New users: those that an operator adds, and the administrator that an empty database gets."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.access import SYSTEM, visible
from models.errors import Conflict, Invalid
from models.passwords import hash_password
from models.staff import User

# Any number will do, as long as nothing else in this database takes the same advisory lock.
FIRST_USER_LOCK = 7_302_040


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


async def first_user(connection: AsyncConnection) -> Known | None:
    """The active user who was added first: the administrator, as long as nobody took that right away."""
    first = visible(User, SYSTEM, User.user_id, User.email).where(User.active).order_by(User.user_id).limit(1)
    row = (await connection.execute(first)).first()
    return Known(*row) if row else None


async def is_without_users(connection: AsyncConnection) -> bool:
    """Whether nobody can sign in yet; until the transaction's end no other process gets to ask the same."""
    await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": FIRST_USER_LOCK})
    return not (await connection.execute(visible(User, SYSTEM, func.count()))).scalar_one()


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
