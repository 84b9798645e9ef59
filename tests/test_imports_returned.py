"""The file of errors sent back: as it is, it meets the same faults again; mended, it is taken."""

import csv
import io
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from models import Client
from models.imports import ImportAction
from tests import make
from tests.desk import desk, signed_in
from tests.importing import ACCOUNTS, IBS, USERS, Importing
from tests.make import add

USER_FILE = """email,first_name,last_name,date_of_birth,country,phone,city,postal_code,verification_level,note
first@example.com,Ann,,,,,,,,
,Bo,,,,,,,,
bad,Cy,,,,,,,,
d@example.com,=1+1,,31/31/1999,Narnia,,,1.00023E+11,Level 99,
d2@example.com,Di,,,,123,,,,
e@example.com,{long},,,,,,,,
f@example.com,Zo\0e,,,,,,,,
g@example.com,Fay,,,,,,,,\x1b
h@example.com,Hal,,,,,#N/A,,,
FIRST@example.com,Other,,,,,,,,
first@example.com,Third,,,Narnia,,,,,
"i@example.com","Ian \\"Iggy\\"",,,,,,,,
j@example.com,"Joe, never closed,,,,,,,,
k@example.com,Kay,,,,,,,,,one,too many
=cmd@example.com,-,,,,,,,,
m@example.com,Max,Torn
away,,,,,,,
'-l@example,'=x,,,,,,,,
""".format(long="x" * 101)
ACCOUNT_FILE = """email,account number,product id,product currency
ann@example.com,1,3,USD
nobody@example.com,2,999,USD
ann@example.com,3,3,EUR
ann@example.com,4,2,
ann@example.com,5,two,USD
ann@example.com,1.00023E+11,1.5E+3,USD
ann@example.com,1,1,EUR
ann@example.com,,3,USD
"""
IB_FILE = """ib email,client email,ib type id
ann@example.com,bo@example.com,1
ann@example.com,bo@example.com,1
ann@example.com,ann@example.com,1
bo@example.com,ann@example.com,1
cy@example.com,bo@example.com,1
nobody@example.com,bad,77
"""


async def error_file(importing: Importing, url: str, run_id: int) -> bytes:
    headers = await signed_in(importing.engine, f"desk{run_id}@example.com")
    async with desk(url) as client:
        return (await client.get(f"/imports/runs/{run_id}/errors.csv", headers=headers)).content


def codes(content: bytes) -> Iterator[list[str]]:
    """The codes of each record, but for which of the record's columns they are told of."""
    header, *records = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    yield from (sorted(set(record[header.index("error_codes")].split(";"))) for record in records)


async def clients(database: AsyncEngine, names: Sequence[str] = ("ann", "bo", "cy")) -> None:
    await add(database, Client, *(make.client(email=f"{name}@example.com") for name in names))


@pytest.mark.parametrize(
    ("action", "content", "found"),
    [
        (
            USERS,
            USER_FILE,
            {
                *("REQUIRED_MISSING", "INVALID_EMAIL", "INVALID_DATE", "UNKNOWN_COUNTRY", "SPREADSHEET_NUMBER", "INVALID_PHONE"),
                *("UNKNOWN_VERIFICATION_LEVEL", "VALUE_TOO_LONG", "INVALID_TEXT", "SPREADSHEET_ERROR", "DUPLICATE_IN_FILE"),
                "WRONG_FIELD_COUNT",
            },
        ),
        (
            ACCOUNTS,
            ACCOUNT_FILE,
            {
                *("UNKNOWN_CLIENT", "UNKNOWN_PRODUCT", "CURRENCY_NOT_ENABLED", "CURRENCY_REQUIRED", "INVALID_NUMBER"),
                *("SPREADSHEET_NUMBER", "DUPLICATE_IN_FILE", "REQUIRED_MISSING"),
            },
        ),
        (
            IBS,
            IB_FILE,
            {
                *("DUPLICATE_IN_FILE", "SELF_REFERRAL", "REFERRAL_CYCLE", "ALREADY_REFERRED"),
                *("INVALID_EMAIL", "UNKNOWN_CLIENT", "UNKNOWN_IB_TYPE"),
            },
        ),
    ],
)
async def test_sent_back_as_it_is_it_meets_the_same_faults_again_and_again(
    importing: Importing, database_url: str, action: ImportAction, content: str, found: set[str]
) -> None:
    await clients(importing.engine)
    first = await importing.run(content, action)
    assert {code for _, code in first.errors} == found
    sent = await error_file(importing, database_url, first.run_id)
    tables = await importing.tables("client", "account", "ib_partner", "ib_referral")

    for _ in range(2):
        again = await importing.run(sent, action, size=3)
        assert again.totals == (first.totals[4], 0, 0, 0, first.totals[4])
        came = await error_file(importing, database_url, again.run_id)
        assert list(codes(came)) == list(codes(sent))
        sent = came

    assert await importing.tables("client", "account", "ib_partner", "ib_referral") == tables


async def test_mended_records_are_taken_and_so_are_those_whose_codes_are_emptied(importing: Importing, database_url: str) -> None:
    run = await importing.run(
        "email,first name\nann@example.com,Ann\nANN@example.com,Bo\nann@example.com,Cy\n"
        'di@example.com,"Di \\"Didi\\""\ned@example.com,"Ed,\nfay@example.com,Zo\0e\n'
    )
    assert [code for _, code in run.errors] == ["DUPLICATE_IN_FILE"] * 2 + ["INVALID_TEXT"] * 3
    header, bo, cy, di, ed, fay = csv.reader(io.StringIO((await error_file(importing, database_url, run.run_id)).decode("utf-8-sig")))
    assert (di[1], ed[1]) == ('"Di \\"Didi\\""', '"Ed,')
    bo[0], cy[2], di[1], ed[1], fay[1] = "bo@example.com", "", 'Di "Didi"', "Ed", "Zoe"
    mended = io.StringIO()
    csv.writer(mended).writerows([header, bo, cy, di, ed, fay])

    outcome = await importing.run(mended.getvalue())

    assert (outcome.errors, outcome.totals) == ([], (5, 4, 1, 0, 0))
    names = await importing.rows("select first_name from client order by client_id")
    assert [row["first_name"] for row in names] == ["Cy", "Bo", 'Di "Didi"', "Ed", "Zoe"]


async def test_a_record_with_more_faults_than_a_page_of_them_has_them_all(importing: Importing, database_url: str) -> None:
    names = [f"note{number}" for number in range(1_201)]
    lost = ["\ufffd"] * 1_201
    records = [["bo@example.com", *names], ["ann@example.com", *lost], ["bad", *[""] * 1_201], ["cy@example.com", *lost[:498], *[""] * 703]]
    content = "\n".join(",".join(record) for record in [["email", *names], *records])
    run = await importing.run(content)

    sent = (await error_file(importing, database_url, run.run_id)).decode("utf-8-sig")

    header, *records = csv.reader(io.StringIO(sent, newline=""))
    place = header.index("error_codes")
    assert [record[place].count("INVALID") for record in records] == [1_201, 1, 498]
    assert "note1200: " in records[0][place + 1]
