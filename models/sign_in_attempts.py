"""How often a sign-in may fail: each attempt is counted, by email and by address, before its password is looked at."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import ARRAY, ColumnElement, DateTime, LargeBinary, delete, func, literal, text, update
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from models.access import SYSTEM, visible
from models.base import Base
from models.errors import Refused
from models.sessions import email_as_compared

WINDOW = timedelta(minutes=15)
"Failures within this time add up, and lead to a lock-out that is as long."
OF_AN_EMAIL, OF_AN_ADDRESS = 5, 50
SWEPT = 100  # rows that are of no use any more, and that one attempt deletes

# Of the earlier attempts those that still count, and the new one.
ADDED = text(
    "array(select moment from unnest(sign_in_attempts.times) as moment where moment > now() - cast(:window as interval)) || excluded.times"
)


class SignInAttempts(Base):
    """The attempts to sign in with one email, or from one address, that have failed or are not decided yet."""

    __tablename__ = "sign_in_attempts"
    read_permission = "users.read"

    # What is typed as an email may be a password, and emails that nobody has are nobody's business.
    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, doc="SHA-256 of the email or address.")
    times: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)), doc="When they were made, oldest first.")
    expires_at: Mapped[datetime] = mapped_column(index=True, doc="When they are forgotten, which ends a lock-out too.")


class LockedOut(Refused):
    """Too many attempts to sign in have failed."""

    code = "RATE_LIMITED"


@dataclass(frozen=True)
class Attempt:
    """An attempt that counts as a failure, until it succeeds."""

    email: str
    address: str | None
    time: datetime


async def begin_attempt(connection: AsyncConnection, email: str, address: str | None) -> Attempt:
    """Counts an attempt from an address, where there is one. Raises LockedOut, and then the caller must roll back; else it commits."""
    if address is not None and not await _count(connection, _of_address(address), OF_AN_ADDRESS):
        raise LockedOut(await _refusal(connection, _of_address(address), "from this address"))
    time = await _count(connection, _of_email(email), OF_AN_EMAIL)
    if time is None:
        raise LockedOut(await _refusal(connection, _of_email(email), "with this email"), field=("input", "email"))
    # Last, and passing over what is locked: nobody waits for this transaction while it waits for another.
    useless = visible(SignInAttempts, SYSTEM, SignInAttempts.subject).where(SignInAttempts.expires_at <= func.now())
    useless = useless.order_by(SignInAttempts.expires_at).limit(SWEPT).with_for_update(skip_locked=True)
    await connection.execute(delete(SignInAttempts).where(SignInAttempts.subject.in_(useless)))
    return Attempt(email, address, time)


async def succeed(connection: AsyncConnection, attempt: Attempt) -> None:
    """Takes a success off what counts for its address, and forgets all that counted for its email. The caller commits."""
    if attempt.address is not None:
        others = func.array_remove(SignInAttempts.times, attempt.time)
        await connection.execute(update(SignInAttempts).where(SignInAttempts.subject == _of_address(attempt.address)).values(times=others))
    await unlock(connection, attempt.email)


async def unlock(connection: AsyncConnection, email: str) -> None:
    """Forgets the attempts with an email. The caller commits."""
    await connection.execute(delete(SignInAttempts).where(SignInAttempts.subject == _of_email(email)))


async def _count(connection: AsyncConnection, subject: ColumnElement[bytes], most: int) -> datetime | None:
    """The time of an attempt that has been added to those of a subject; None when these are as many as may be."""
    new = insert(SignInAttempts).values(subject=subject, times=array([func.now()]), expires_at=func.now() + WINDOW)
    counted = new.on_conflict_do_update(
        index_elements=[SignInAttempts.subject],
        set_={"times": ADDED.bindparams(window=WINDOW), "expires_at": new.excluded.expires_at},
        where=(func.cardinality(SignInAttempts.times) < most) | (SignInAttempts.expires_at <= func.now()),
    )
    time: datetime | None = (await connection.execute(counted.returning(func.now()))).scalar()
    return time


async def _refusal(connection: AsyncConnection, subject: ColumnElement[bytes], whose: str) -> str:
    until = (
        await connection.execute(visible(SignInAttempts, SYSTEM, SignInAttempts.expires_at).where(SignInAttempts.subject == subject))
    ).scalar()
    # Without a row, somebody has just been let in.
    end = until or datetime.now(UTC)
    minutes = max(1, ceil((end - datetime.now(UTC)) / timedelta(minutes=1)))
    unit = "minute" if minutes == 1 else "minutes"
    return f"Too many attempts to sign in {whose} have failed; try again in {minutes} {unit}, after {end:%H:%M:%S} UTC."


def _of_email(email: str) -> ColumnElement[bytes]:
    return _hashed(literal("email ") + email_as_compared(email))


def _of_address(address: str) -> ColumnElement[bytes]:
    return _hashed(literal(f"address {_network(address)}"))


def _hashed(words: ColumnElement[str]) -> ColumnElement[bytes]:
    return func.sha256(func.convert_to(words, "UTF8"), type_=LargeBinary())


def _network(address: str) -> str:
    """The address, or the network that one customer of a provider has for himself: with IPv6, his addresses are without number."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
