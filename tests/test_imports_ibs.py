"""IMPORT_IBS: partners, the clients they attracted, and the tree that these make."""

import asyncio

import pytest

from importers.execution import run_to_end
from models import Client, IbPartner, IbReferral
from models.errors import Invalid
from models.imports import OnNoMatch
from tests import make
from tests.importing import IBS, Importing, Outcome
from tests.make import add

HEADER = "IB Email,IB Type ID,Client Email\n"


@pytest.fixture
async def clients(importing: Importing) -> dict[str, int]:
    """Clients named by letters: `a` has the address a@example.com."""
    letters = "abcdefgh"
    numbers = await add(importing.engine, Client, *(make.client(email=f"{letter}@example.com") for letter in letters))
    return dict(zip(letters, numbers, strict=True))


def file_of(*records: str) -> str:
    """Records such as `a 1 b`: partner a in program 1 attracted b; `a 1`: a is a partner."""
    rows = []
    for record in records:
        partner, program, *attracted = record.split()
        rows.append(f"{partner}@example.com,{program},{attracted[0] + '@example.com' if attracted else ''}")
    return HEADER + "\n".join(rows) + "\n"


async def imported(importing: Importing, *records: str, dry_run: bool = False, size: int = 5_000) -> Outcome:
    return await importing.run(file_of(*records), IBS, dry_run=dry_run, size=size)


async def tree(importing: Importing) -> list[str]:
    """What hangs where: `a 1 b`."""
    found = await importing.rows(
        "select left(partner.email, 1) || ' ' || ib_program_id || coalesce(' ' || left(client.email, 1), '') as branch"
        " from ib_partner join client as partner using (client_id) left join ib_referral using (ib_partner_id)"
        " left join client on client.client_id = ib_referral.client_id order by ib_partner_id, ib_referral_id"
    )
    return [row["branch"] for row in found]


async def test_partners_and_referrals_are_created_where_they_are_missing(importing: Importing, clients: dict[str, int]) -> None:
    outcome = await imported(importing, "a 1", "a 1 b", "b 2 c", "B 2 D", "a 2")

    assert (outcome.status, outcome.totals) == ("success", (5, 5, 0, 0, 0))
    assert await tree(importing) == ["a 1 b", "b 2 c", "b 2 d", "a 2"]
    codes = {row["referral_code"] for row in await importing.rows("select referral_code from ib_partner")}
    assert len(codes) == 3
    assert all(len(code) == 10 and code.isalnum() and not set(code) & set("0o1il") for code in codes)


async def test_what_is_there_already_is_skipped(importing: Importing, clients: dict[str, int]) -> None:
    (partner,) = await add(importing.engine, IbPartner, make.partner(clients["a"]))
    await add(importing.engine, IbReferral, {"ib_partner_id": partner, "client_id": clients["b"]})

    outcome = await imported(importing, "a 1", "a 1 b", "a 1 c")

    assert (outcome.totals, outcome.errors) == ((3, 1, 0, 2, 0), [])
    assert await tree(importing) == ["a 1 b", "a 1 c"]
    assert await importing.rows("select row_ids from import_log_batch") == [{"row_ids": [partner] * 3}]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("size", [100, 1])
async def test_each_fault_has_its_code_and_order_counts(importing: Importing, clients: dict[str, int], size: int, dry_run: bool) -> None:
    (partner,) = await add(importing.engine, IbPartner, make.partner(clients["h"]))
    await add(importing.engine, IbReferral, {"ib_partner_id": partner, "client_id": clients["g"]})

    outcome = await imported(
        importing,
        *["a 1 b", "b 1 c", "c 2 d", "d 1 a", "c 1 b", "a 1 a", "e 1 b", "a 2 b", "x 1 y", "a 77 e", "x 88"],
        *["a 1 b", "e 1", "e 1", "e 1 g", "g 1 h", "e 1 f", "f 1 e", "b 1 a"],
        size=size,
        dry_run=dry_run,
    )

    assert outcome.errors == [
        *((5, "REFERRAL_CYCLE"), (6, "ALREADY_REFERRED"), (6, "REFERRAL_CYCLE"), (7, "SELF_REFERRAL"), (8, "ALREADY_REFERRED")),
        *((9, "ALREADY_REFERRED"), (10, "UNKNOWN_CLIENT"), (10, "UNKNOWN_CLIENT"), (11, "UNKNOWN_IB_TYPE"), (12, "UNKNOWN_CLIENT")),
        *((12, "UNKNOWN_IB_TYPE"), (13, "DUPLICATE_IN_FILE"), (15, "DUPLICATE_IN_FILE"), (16, "ALREADY_REFERRED"), (17, "REFERRAL_CYCLE")),
        *((19, "REFERRAL_CYCLE"), (20, "REFERRAL_CYCLE")),
    ]
    assert outcome.totals == (19, 5, 0, 0, 14)
    assert await tree(importing) == (["h 1 g"] if dry_run else ["h 1 g", "a 1 b", "b 1 c", "c 2 d", "e 1 f"])


@pytest.mark.parametrize("size", [100, 1])
async def test_a_dry_run_counts_what_a_run_would_skip(importing: Importing, clients: dict[str, int], size: int) -> None:
    records = ("a 1 b", "a 1", "b 1 c", "b 1")

    dry = await imported(importing, *records, dry_run=True, size=size)
    outcome = await imported(importing, *records, size=size)

    assert dry.totals == outcome.totals == (4, 2, 0, 2, 0)


async def test_nothing_new_is_created_when_the_job_says_so(importing: Importing, clients: dict[str, int]) -> None:
    await add(importing.engine, IbPartner, make.partner(clients["a"]))

    outcome = await importing.run(file_of("a 1", "a 1 b", "b 1", "c 1 c"), IBS, on_no_match=OnNoMatch.SKIP)

    assert (outcome.totals, outcome.errors) == ((4, 0, 0, 3, 1), [(5, "SELF_REFERRAL")])
    assert await tree(importing) == ["a 1"]


async def test_two_imports_at_once_make_no_ring(importing: Importing, clients: dict[str, int]) -> None:
    first = await importing.queue(file_of("a 1 b", "c 1 d", "e 1 f"), IBS)
    second = await importing.queue(file_of("b 1 a", "d 1 c", "f 1 e"), IBS)

    await asyncio.gather(*(run_to_end(importing.url, run_id, size=1) for run_id in (first, second)))

    outcomes = [await importing.outcome(run_id) for run_id in (first, second)]
    assert sum(outcome.totals[1] for outcome in outcomes) == 3
    assert [code for outcome in outcomes for _, code in outcome.errors] == ["REFERRAL_CYCLE"] * 3


@pytest.mark.parametrize(("name", "content"), [("ibs.tsv", file_of("a 1")), ("ibs.csv", file_of("a 1").replace(",", "\t"))])
async def test_a_tsv_is_refused_when_the_job_is_created(importing: Importing, name: str, content: str) -> None:
    with pytest.raises(Invalid, match=r"IMPORT_IBS takes CSV only, and '.*' is TSV; save it as CSV") as refusal:
        await importing.queue(content, IBS, name=name)

    assert refusal.value.field == ("input", "fileId")
    assert await importing.rows("select * from import_job") == []
