"""Whole files with known faults: every total and every [line, code], whatever the dialect and wherever batches end."""

import json
from pathlib import Path

import pytest

from tests import import_files
from tests.importing import ACCOUNTS, IBS, USERS, Importing

SAMPLES = Path(__file__).parent / "data" / "imports"
DIALECTS = {
    "plain": {},
    "excel": {"encoding": "utf-8-sig", "end": "\r\n"},
    "semicolon": {"encoding": "utf-8-sig", "delimiter": ";", "end": "\r\n"},
    "tsv": {"delimiter": "\t", "name": "users.tsv"},
    "utf16": {"encoding": "utf-16", "end": "\r\n"},
}


@pytest.mark.parametrize("size", [5_000, 7])
@pytest.mark.parametrize("dialect", sorted(each.name for each in SAMPLES.iterdir()))
async def test_the_sample_files_give_what_their_truth_says(importing: Importing, dialect: str, size: int) -> None:
    truth = json.loads((SAMPLES / dialect / "truth.json").read_text())

    for action, name in ((USERS, "users"), (ACCOUNTS, "accounts"), (IBS, "ibs")):
        (file,) = (SAMPLES / dialect).glob(f"{name}.*")
        for dry_run in (True, False):
            outcome = await importing.run(file.read_bytes(), action, size=size, name=file.name, dry_run=dry_run)

            expected = truth[name]
            assert outcome.totals == tuple(expected[key] for key in ("read", "added", "updated", "skipped", "errored"))
            assert [list(error) for error in outcome.errors] == expected["errors"]


@pytest.mark.parametrize(("seed", "dialect"), [(2, "plain"), (3, "excel"), (4, "semicolon"), (5, "tsv"), (6, "utf16")])
async def test_generated_files_give_what_was_put_in(importing: Importing, seed: int, dialect: str) -> None:
    how = dict(DIALECTS[dialect])
    encoding, name = how.pop("encoding", "utf-8"), how.pop("name", "users.csv")
    sheet, emails = import_files.users(600, seed, **how)
    files = [
        (USERS, sheet, sheet.text.encode(encoding), name),
        (ACCOUNTS, accounts := import_files.accounts(emails, seed), accounts.text.encode(encoding), "accounts.csv"),
        (IBS, ibs := import_files.ibs(emails, seed), ibs.text.encode(encoding), "ibs.csv"),
    ]

    for action, expected, content, file_name in files:
        dry = await importing.run(content, action, size=97, name=file_name, dry_run=True)
        outcome = await importing.run(content, action, size=97, name=file_name)
        again = await importing.run(content, action, size=89, name=file_name)

        assert (outcome.totals, outcome.errors) == (expected.totals, expected.errors)
        assert (dry.totals, dry.errors, dry.status) == (outcome.totals, outcome.errors, "successWithErrors")
        read, added, _, _, errored = expected.totals
        assert (again.totals, again.errors) == ((read, 0, 0, added, errored), expected.errors)
