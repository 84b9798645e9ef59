"""Guessing passwords: so many failures lock an email or an address out, in every process and whoever the user is."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import create_app
from database.engine import connect
from loaders.sign_ins import SignIns
from models import passwords, sign_in_attempts
from models.errors import Unauthenticated
from models.sign_in_attempts import begin_attempt
from models.users import add_user
from settings import Settings

PASSWORD, WRONG = "correct horse battery", "not the password"
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { token viewer { user { email } } userErrors { code message field } } }"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords that cost little, as there are many of them here."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
async def ann(database: AsyncEngine) -> str:
    """The email of a user."""
    async with database.begin() as connection:
        await add_user(connection, name="Ann Lee", email="ann@example.com", password=PASSWORD)
    return "ann@example.com"


class Guesser:
    """Somebody at an address, who signs in at a server."""

    def __init__(self, database_url: str, address: str = "203.0.113.7") -> None:
        app = create_app(Settings(), database_url)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 4711)), base_url="http://desk.test")

    async def sign_in(self, email: str, password: str) -> Any:
        variables = {"input": {"email": email, "password": password}}
        return (await self.client.post("/graphql", json={"query": LOGIN, "variables": variables})).json()["data"]["login"]

    async def code(self, email: str, password: str = WRONG) -> str | None:
        """The code of the refusal; None when there was none."""
        return next((error["code"] for error in (await self.sign_in(email, password))["userErrors"]), None)

    async def codes(self, count: int, email: str) -> Counter[str | None]:
        return Counter([await self.code(email) for _ in range(count)])


async def later(database: AsyncEngine, minutes: float) -> None:
    """Lets time pass, as the attempts see it."""
    move = text("""update sign_in_attempts set expires_at = expires_at - cast(:by as interval),
        times = array(select moment - cast(:by as interval) from unnest(times) as moment)""")
    async with database.begin() as connection:
        await connection.execute(move, {"by": timedelta(minutes=minutes)})


async def count(database: AsyncEngine) -> int:
    async with database.connect() as connection:
        return int((await connection.execute(text("select count(*) from sign_in_attempts"))).scalar_one())


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com", "no email\0", ""])
async def test_five_failures_lock_an_email_out_for_a_quarter_of_an_hour(
    database: AsyncEngine, database_url: str, ann: str, email: str
) -> None:
    guesser = Guesser(database_url)

    assert await guesser.codes(5, email) == {"UNAUTHENTICATED": 5}
    refused = await guesser.sign_in(email, PASSWORD)

    [error] = refused["userErrors"]
    assert (refused["token"], refused["viewer"]) == (None, None)
    assert (error["code"], error["field"]) == ("RATE_LIMITED", ["input", "email"])
    told = re.fullmatch(
        r"Too many attempts to sign in with this email have failed; try again in 15 minutes, after (\d\d:\d\d:\d\d) UTC\.", error["message"]
    )
    assert told
    again = datetime.now(UTC) + timedelta(minutes=15)
    assert told[1] in {f"{again - timedelta(seconds=age):%H:%M:%S}" for age in range(10)}
    await later(database, 14.9)
    assert await guesser.code(email) == "RATE_LIMITED"
    await later(database, 0.2)
    assert await guesser.codes(6, email) == {"UNAUTHENTICATED": 5, "RATE_LIMITED": 1}


async def test_who_was_locked_out_signs_in_again_when_the_time_is_over(database: AsyncEngine, database_url: str, ann: str) -> None:
    guesser = Guesser(database_url)
    await guesser.codes(6, ann)
    await later(database, 15.1)

    answer = await guesser.sign_in("ANN@example.com", PASSWORD)

    assert answer["viewer"] == {"user": {"email": ann}}


async def test_failures_add_up_whatever_the_case_and_the_address_and_no_longer_than_a_quarter_of_an_hour(
    database: AsyncEngine, database_url: str, ann: str
) -> None:
    here, there = Guesser(database_url), Guesser(database_url, "2001:db8::1")

    assert [await here.code(email) for email in ("ann@example.com", "Ann@Example.com", "ANN@EXAMPLE.COM")] == ["UNAUTHENTICATED"] * 3
    await later(database, 10)
    assert await there.code(ann) == "UNAUTHENTICATED"
    await later(database, 5.1)  # the first three count no more
    assert await there.codes(5, ann) == {"UNAUTHENTICATED": 4, "RATE_LIMITED": 1}


async def test_a_success_resets_the_count_of_its_email(database_url: str, ann: str) -> None:
    guesser = Guesser(database_url)

    for _ in range(3):
        assert await guesser.codes(4, ann) == {"UNAUTHENTICATED": 4}
        assert await guesser.code(ann, PASSWORD) is None


async def test_of_forty_guesses_at_once_in_several_processes_five_are_looked_at(database_url: str, ann: str) -> None:
    processes = [Guesser(database_url) for _ in range(4)]

    found = Counter(await asyncio.gather(*(processes[number % 4].code(ann) for number in range(40))))

    assert found == {"UNAUTHENTICATED": 5, "RATE_LIMITED": 35}


async def test_right_sign_ins_at_once_are_no_guesses(database_url: str, ann: str) -> None:
    guesser = Guesser(database_url)

    found = await asyncio.gather(*(guesser.code(ann, PASSWORD) for _ in range(12)))

    assert found == [None] * 12


async def test_fifty_failures_lock_an_address_out_whatever_the_emails(
    database: AsyncEngine, database_url: str, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_attempts, "OF_AN_ADDRESS", 7)
    guesser, bystander = Guesser(database_url), Guesser(database_url, "203.0.113.8")

    found = Counter([await guesser.code(f"user{number}@example.com") for number in range(9)])
    refused = await guesser.sign_in(ann, PASSWORD)

    assert found == {"UNAUTHENTICATED": 7, "RATE_LIMITED": 2}
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("RATE_LIMITED", None)
    assert error["message"].startswith("Too many attempts to sign in from this address have failed; try again in 15 minutes, after ")
    assert await bystander.code(ann, PASSWORD) is None
    await later(database, 15.1)
    assert await guesser.code(ann, PASSWORD) is None


async def test_successes_neither_lock_an_address_out_nor_make_up_for_its_failures(
    database_url: str, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_attempts, "OF_AN_ADDRESS", 4)
    guesser = Guesser(database_url)

    for number in range(3):
        assert await guesser.code(ann, PASSWORD) is None
        assert await guesser.code(f"user{number}@example.com") == "UNAUTHENTICATED"
        assert await guesser.code(ann, PASSWORD) is None
    assert await guesser.code(ann) == "UNAUTHENTICATED"
    assert await guesser.code(ann, PASSWORD) == "RATE_LIMITED"


def test_the_limits_are_five_of_an_email_and_fifty_of_an_address() -> None:
    assert (sign_in_attempts.OF_AN_EMAIL, sign_in_attempts.OF_AN_ADDRESS) == (5, 50)


@pytest.mark.parametrize(
    ("addresses", "subjects"),
    [
        (["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:7::"], 1),  # one network of a customer
        (["2001:db8::1", "2001:db8:0:1::1"], 2),
        (["::ffff:203.0.113.7", "203.0.113.7"], 1),
        (["203.0.113.7", "203.0.113.8"], 2),
        (["fe80::1%eth0", "somewhere"], 2),
        ([None, None], 0),
    ],
)
async def test_an_address_is_what_one_customer_has(database: AsyncEngine, addresses: list[str | None], subjects: int) -> None:
    for address in addresses:
        async with database.begin() as connection:
            await begin_attempt(connection, "ann@example.com", address)

    assert await count(database) == subjects + 1


async def test_a_refused_attempt_is_not_counted_for_its_address(
    database: AsyncEngine, database_url: str, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_attempts, "OF_AN_ADDRESS", 6)
    guesser = Guesser(database_url)

    assert await guesser.codes(20, ann) == {"UNAUTHENTICATED": 5, "RATE_LIMITED": 15}

    assert await guesser.code("bo@example.com") == "UNAUTHENTICATED"


async def test_attempts_that_count_no_more_are_deleted(database: AsyncEngine, database_url: str) -> None:
    guesser = Guesser(database_url)
    for number in range(3):
        await guesser.code(f"user{number}@example.com")
    await later(database, 15.1)

    await guesser.code("ann@example.com")

    assert await count(database) == 2  # of the address, and of the last email


async def test_no_connection_is_held_while_a_password_is_compared(database: AsyncEngine, database_url: str, ann: str) -> None:
    engine = connect(database_url, size=1)

    with comparisons_held():
        signing_in = asyncio.create_task(SignIns().sign_in(engine, ann, PASSWORD, remember=False, address=None))
        await counted(database)
        async with asyncio.timeout(2), engine.connect() as connection:
            await connection.execute(text("select 1"))
    _, viewer = await signing_in
    await engine.dispose()

    assert viewer.user_id is not None


@pytest.mark.parametrize("change", ["active = false", "password_hash = 'another'"])
async def test_what_happens_to_a_user_while_a_password_is_compared_keeps_the_session_from_opening(
    database: AsyncEngine, ann: str, change: str
) -> None:
    with comparisons_held():
        signing_in = asyncio.create_task(SignIns().sign_in(database, ann, PASSWORD, remember=False, address=None))
        await counted(database)
        async with database.begin() as connection:
            await connection.execute(text(f'update "user" set {change}'))  # noqa: S608 - given above
    with pytest.raises(Unauthenticated, match="do not belong together"):
        await signing_in

    async with database.connect() as connection:
        assert (await connection.execute(text("select count(*) from user_session"))).scalar_one() == 0


@contextmanager
def comparisons_held() -> Iterator[None]:
    """Passwords wait to be compared until this is left."""
    go_on = threading.Event()
    for _ in range(2):
        passwords.THREADS.submit(go_on.wait)
    try:
        yield
    finally:
        go_on.set()


async def counted(database: AsyncEngine) -> None:
    """Waits until an attempt has been counted, and so has come to its password."""
    async with asyncio.timeout(5):
        while not await count(database):  # noqa: ASYNC110 - the database does not tell
            await asyncio.sleep(0.01)
