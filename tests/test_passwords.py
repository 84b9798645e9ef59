import statistics
import time

import pytest

from models.errors import Invalid
from models.passwords import hash_password, is_password, random_password


async def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = await hash_password("correct horse battery"), await hash_password("correct horse battery")

    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert "correct" not in first


async def test_only_the_password_itself_matches() -> None:
    kept = await hash_password("correct horse battery")

    assert await is_password("correct horse battery", kept)
    assert not await is_password("correct horse Battery", kept)
    assert not await is_password("", kept)


async def test_accents_match_however_the_keyboard_composes_them() -> None:
    kept = await hash_password("pâté de campagne")

    assert await is_password("pa\u0302te\u0301 de campagne", kept)


@pytest.mark.parametrize("hostile", ["half a pair \ud800 here", "nul \0 in between", "long " * 200_000])
async def test_no_password_is_an_error_to_compare(hostile: str) -> None:
    kept = await hash_password("correct horse battery")

    assert not await is_password(hostile, kept)
    assert not await is_password(hostile, None)


async def test_a_hash_of_another_program_matches_nothing() -> None:
    assert not await is_password("correct horse battery", "$2b$12$abcdefghijklmnopqrstuv")


@pytest.mark.parametrize(("password", "length"), [("elevenchars", 11), ("", 0), ("x" * 1001, 1001)])
async def test_a_new_password_has_12_to_1000_characters(password: str, length: int) -> None:
    with pytest.raises(Invalid, match=f"has {length} characters; use 12 to 1000") as refusal:
        await hash_password(password)

    assert password not in refusal.value.message or not password


async def test_an_unknown_user_takes_as_long_as_a_wrong_password() -> None:
    kept = await hash_password("correct horse battery")

    wrong = statistics.median([await seconds("not this one", kept) for _ in range(5)])
    unknown = statistics.median([await seconds("not this one", None) for _ in range(5)])

    # Generous, for a busy machine: without the comparison it would be a thousandth.
    assert wrong / 3 < unknown < wrong * 3


def test_a_random_password_can_be_typed_and_is_never_the_same() -> None:
    passwords = {random_password() for _ in range(100)}

    assert len(passwords) == 100
    assert all(len(password) == 20 and password.isascii() and password.isalnum() for password in passwords)


async def seconds(password: str, kept: str | None) -> float:
    begin = time.perf_counter()
    await is_password(password, kept)
    return time.perf_counter() - begin
