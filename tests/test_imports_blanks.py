"""Texts that may mean nothing: kept with a warning, blank where the job names them; and what else is told of values that are taken."""

import pytest

from models import Client
from tests.importing import ACCOUNTS, Importing
from tests.make import add, client

STORED = "email,first name,last name,city,address\nann@example.com,Ann,Lee,Leeds,Mill Street 1\n"


async def stored(importing: Importing) -> tuple[object, ...]:
    (row,) = await importing.rows(
        "select first_name, last_name, client.city, a.address from client join address a using (client_id) where email = 'ann@example.com'"
    )
    return tuple(row.values())


@pytest.mark.parametrize("text", ["NULL", "(null)", "N/A", "-", "null", "NaN"])
async def test_a_text_that_may_mean_nothing_is_kept_and_told_unless_the_job_names_it(importing: Importing, text: str) -> None:
    await importing.run(STORED)
    record = f"email,first name,last name,city\nann@example.com,Ann,{text},\\N\n"

    named = await importing.run(record, blanks=[text])
    left = await stored(importing)
    told = await importing.run(record)

    assert (named.totals, named.warnings, left) == ((1, 0, 0, 1, 0), [], ("Ann", "Lee", "Leeds", "Mill Street 1"))
    assert (told.totals, told.errors, told.warned) == ((1, 0, 1, 0, 0), [], 1)
    assert told.warnings == [(2, "last name", "LOOKS_BLANK")]
    assert await stored(importing) == ("Ann", text, "Leeds", "Mill Street 1")


async def test_a_record_that_is_rejected_still_has_its_warnings(importing: Importing) -> None:
    await importing.run(STORED)

    outcome = await importing.run("email,first_name,last_name,city,address\nann@example.com,Ann,NULL,\\N,#N/A\n")

    assert (outcome.errors, outcome.warnings) == ([(2, "SPREADSHEET_ERROR")], [(2, "last_name", "LOOKS_BLANK")])
    assert await stored(importing) == ("Ann", "Lee", "Leeds", "Mill Street 1")


async def test_where_it_cannot_be_the_value_it_is_a_fault_that_names_the_remedy(importing: Importing) -> None:
    content = "email,date of birth,country,phone,verification level\nann@example.com,NULL,N/A,-,null\n"

    outcome = await importing.run(content)
    named = await importing.run(content, blanks=["NULL", "N/A", "-", "null"])

    assert sorted(code for _, code in outcome.errors) == ["INVALID_DATE", "UNKNOWN_COUNTRY", "UNKNOWN_VERIFICATION_LEVEL"]
    assert all("name it in the job's `blanks`" in message for _, message in outcome.messages)
    assert (named.totals, named.errors, named.warnings) == ((1, 1, 0, 0, 0), [], [])


@pytest.mark.parametrize("text", ["N/A", "n/a", "N / A", "n.a.", "N.A"])
async def test_not_available_is_not_namibia(importing: Importing, text: str) -> None:
    outcome = await importing.run(f"email,country\nann@example.com,{text}\nbo@example.com,NA\n")

    assert outcome.errors == [(2, "UNKNOWN_COUNTRY")]


async def test_a_column_that_is_not_read_gets_no_warning_for_its_cells(importing: Importing) -> None:
    outcome = await importing.run("email,note\nann@example.com,NULL\nbo@example.com,#N/A\n")

    assert (outcome.totals, outcome.warned) == ((2, 2, 0, 0, 0), 0)


async def test_the_extension_of_a_phone_is_told(importing: Importing) -> None:
    outcome = await importing.run("email,phone\nann@example.com,+49 30 901820 ext. 7\nbo@example.com,+49 30 901821\n")

    assert (outcome.totals, outcome.warned) == ((2, 2, 0, 0, 0), 1)
    assert outcome.warnings == [(2, "phone", "PHONE_EXTENSION_DROPPED")]
    assert [row["number"] for row in await importing.rows("select number from phone_number order by 1")] == ["+4930901820", "+4930901821"]


async def test_shortened_account_numbers_open_no_accounts(importing: Importing) -> None:
    await add(importing.engine, Client, client(email="ann@example.com"))

    outcome = await importing.run(
        "Email,Account number,Product id,Product currency\r\nann@example.com,1.00023E+11,1,USD\r\nann@example.com,1.00023E+11,1,USD\r\n",
        ACCOUNTS,
    )

    assert outcome.errors == [(2, "SPREADSHEET_NUMBER"), (3, "SPREADSHEET_NUMBER")]
    assert "has shortened" in outcome.messages[0][1]
    assert await importing.rows("select * from account") == []
