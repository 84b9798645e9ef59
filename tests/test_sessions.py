import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models.access import ADMINISTRATOR, SYSTEM, Viewer, visible
from models.errors import Conflict, Invalid, Unauthenticated
from models.sessions import A_DAY_OF_WORK, REMEMBERED, Token, confirmed, credentials_of, open_session, sign_out, user_with_email, viewer_of
from models.staff import User, UserSession
from models.users import add_user, is_without_users

PASSWORD = "correct horse battery"


async def sign_in(connection: AsyncConnection, email: str, password: str, *, remember: bool = False) -> Token:
    credentials = await confirmed(await credentials_of(connection, email), password)
    return await open_session(connection, credentials.user_id, lasting=REMEMBERED if remember else A_DAY_OF_WORK)


@pytest.fixture
async def connection(database: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with database.connect() as connection:
        yield connection


@pytest.fixture
async def ann(connection: AsyncConnection) -> int:
    """The number of the user Ann, whose password is `correct horse battery`."""
    return await add_user(connection, name="Ann Lee", email="Ann@Example.com", password=PASSWORD)


async def test_a_sign_in_gives_a_token_that_stands_for_its_user(connection: AsyncConnection, ann: int) -> None:
    token = await sign_in(connection, "ann@example.COM", PASSWORD)

    assert token.user_id == ann
    assert await viewer_of(connection, token.token) == Viewer(ann, ADMINISTRATOR)


async def test_a_token_is_256_bits_of_which_only_the_hash_is_kept(connection: AsyncConnection, ann: int) -> None:
    first, second = await sign_in(connection, "ann@example.com", PASSWORD), await sign_in(connection, "ann@example.com", PASSWORD)

    kept = (
        (await connection.execute(visible(UserSession, SYSTEM, UserSession.token_hash).order_by(UserSession.create_time))).scalars().all()
    )
    assert len(first.token) == 43  # 256 bits in base64
    assert first.token != second.token
    assert set(kept) == {hashlib.sha256(token.token.encode()).digest() for token in (first, second)}
    assert (await sessions_of(connection, ann)) == 2


@pytest.mark.parametrize(("remember", "lasting"), [(False, timedelta(hours=12)), (True, timedelta(days=30))])
async def test_a_session_lasts_half_a_day_or_a_month_when_remembered(
    connection: AsyncConnection, ann: int, remember: bool, lasting: timedelta
) -> None:
    token = await sign_in(connection, "ann@example.com", PASSWORD, remember=remember)

    assert abs(token.expires_at - datetime.now(UTC) - lasting) < timedelta(minutes=1)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@example.com", "not the password"),
        ("ann@example.com", ""),
        ("ann@example.com", "half a pair \ud800"),
        ("bo@example.com", PASSWORD),
        ("", PASSWORD),
        ("%@example.com", PASSWORD),
        ("ann@example.com\0", PASSWORD),
        ("ann\ud800@example.com", PASSWORD),
    ],
)
async def test_wrong_password_and_unknown_user_get_the_same_answer(connection: AsyncConnection, email: str, password: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await sign_in(connection, email, password)

    assert refusal.value.code == "UNAUTHENTICATED"
    assert refusal.value.message == "The email and the password do not belong together; check both and try again."
    assert (await connection.execute(visible(UserSession, SYSTEM, func.count()))).scalar_one() == 0


async def test_an_inactive_user_is_refused_like_an_unknown_one_and_open_sessions_end(connection: AsyncConnection, ann: int) -> None:
    token = await sign_in(connection, "ann@example.com", PASSWORD)
    await connection.execute(update(User).where(User.user_id == ann).values(active=False))

    with pytest.raises(Unauthenticated, match="do not belong together"):
        await sign_in(connection, "ann@example.com", PASSWORD)
    with pytest.raises(Unauthenticated, match="sign in again"):
        await viewer_of(connection, token.token)
    assert await user_with_email(connection, "ann@example.com") is None


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("token", ["", "nobody's", "\ud800", "\0", "x" * 100_000])
async def test_an_unknown_token_is_refused(connection: AsyncConnection, token: str) -> None:
    await sign_in(connection, "ann@example.com", PASSWORD)

    with pytest.raises(Unauthenticated):
        await viewer_of(connection, token)


async def test_an_expired_token_is_refused_and_swept_at_the_next_sign_in(connection: AsyncConnection, ann: int) -> None:
    expired = await open_session(connection, ann, lasting=timedelta(seconds=-1))

    with pytest.raises(Unauthenticated):
        await viewer_of(connection, expired.token)

    await sign_in(connection, "ann@example.com", PASSWORD)
    assert await sessions_of(connection, ann) == 1


async def test_signing_out_ends_that_session_alone(connection: AsyncConnection, ann: int) -> None:
    here, there = await sign_in(connection, "ann@example.com", PASSWORD), await sign_in(connection, "ann@example.com", PASSWORD)

    assert await sign_out(connection, here.token) is True
    assert await sign_out(connection, here.token) is False

    with pytest.raises(Unauthenticated):
        await viewer_of(connection, here.token)
    assert (await viewer_of(connection, there.token)).user_id == ann


async def test_a_new_user_may_sign_in_at_once(connection: AsyncConnection, ann: int) -> None:
    columns = (User.name, User.email, User.active, User.email_verified, User.can_view_masked_data)
    user = (await connection.execute(visible(User, SYSTEM, *columns).where(User.user_id == ann))).one()

    assert tuple(user) == ("Ann Lee", "Ann@example.com", True, True, True)
    assert await user_with_email(connection, "ANN@EXAMPLE.COM") == ann


async def test_an_email_belongs_to_one_user_whatever_its_case(connection: AsyncConnection, ann: int) -> None:
    with pytest.raises(Conflict, match=r"'aNN@example\.com'"):
        await add_user(connection, name="Another Ann", email="aNN@example.com", password=PASSWORD)

    assert (await connection.execute(visible(User, SYSTEM, User.user_id))).scalars().all() == [ann]


@pytest.mark.parametrize(
    ("name", "email", "password", "field"),
    [
        ("", "bo@example.com", PASSWORD, "name"),
        ("B" * 101, "bo@example.com", PASSWORD, "name"),
        ("B\0", "bo@example.com", PASSWORD, "name"),
        ("Bo", "bo", PASSWORD, "email"),
        ("Bo", "bo@example.com\0", PASSWORD, "email"),
        ("Bo", f"{'b' * 250}@example.com", PASSWORD, "email"),
        ("Bo", "bo@example.com", "too short", "password"),
    ],
)
async def test_a_user_that_cannot_be_is_refused_by_field(
    connection: AsyncConnection, name: str, email: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await add_user(connection, name=name, email=email, password=password)

    assert refusal.value.field == (field,)
    assert await is_without_users(connection)


async def test_two_first_starts_at_once_add_one_administrator(database: AsyncEngine) -> None:
    async with database.connect() as first, database.connect() as second:
        assert await is_without_users(first)
        await second.execute(text("set local lock_timeout = '200ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            await is_without_users(second)
        await second.rollback()
        await add_user(first, name="Administrator", email="admin@example.com", password=PASSWORD)
        await first.commit()

        assert not await is_without_users(second)


async def sessions_of(connection: AsyncConnection, user_id: int) -> int:
    count: int = (await connection.execute(visible(UserSession, SYSTEM, func.count()).where(UserSession.user_id == user_id))).scalar_one()
    return count
