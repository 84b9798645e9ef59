"""The life of a run as its worker sees it: claimed, moved on batch by batch, ended; each write is fenced by the claim's attempt."""

import json
import operator
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TypeVar

from asyncpg import Record

from importers.connections import Connection
from importers.faults import Fault
from importers.stretches import Position
from models.base import Described
from models.imports import ImportAction, ImportResult, ImportStatus, OnMatch, OnNoMatch

Word = TypeVar("Word", bound=Described)

GOING = (ImportStatus.NEW, ImportStatus.IN_PROGRESS)
LETTERS = {result: str(result.value)[0] for result in ImportResult}
"How results are written in the log of a batch."

CLAIM = """
    update import_run as run
    set attempt = attempt + 1, status = 'inProgress', start_time = coalesce(start_time, now()), update_time = now(),
        checkpoint = checkpoint || jsonb_build_object('claims', coalesce((checkpoint->>'claims')::int, 0) + 1)
    from import_job as job
    where run.import_run_id = $1 and run.status in ('new', 'inProgress') and job.import_job_id = run.import_job_id
    returning run.attempt, run.dry_run, run.position, run.checkpoint, run.read, run.errored, job.action, job.import_file_id, job.mapping,
        job.on_match, job.on_no_match, job.date_format, job.delimiter, job.blanks, job.header_line, job.user_id,
        pg_notify('import_run', $1::int::text)"""

CONFIRM = """
    select "user".email, "user".active
    from import_run join import_job using (import_job_id) join "user" using (user_id)
    where import_run_id = $1 and attempt = $2 and status = 'inProgress'"""

KEEP = "select 1 from import_run where import_run_id = $1 and attempt = $2 and status = 'inProgress' for no key update"

ADVANCE = """
    update import_run
    set read = read + $3, added = added + $4, updated = updated + $5, skipped = skipped + $6, errored = errored + $7,
        warned = warned + $8, position = $9, checkpoint = $10, update_time = now()
    where import_run_id = $1 and attempt = $2 and status = 'inProgress'
    returning pg_notify('import_run', $1::int::text)"""

# Told before the first batch; told again by an attempt that found nothing committed, it stays as it is.
WARN = """
    insert into import_row_error (import_run_id, record, ordinal, line, "column", code, message, cells, warning)
    select $1, 0, ordinal - 1, $3, name, code, message, $4, true
    from import_run, unnest($5::text[], $6::text[], $7::text[]) with ordinality as told (name, code, message, ordinal)
    where import_run_id = $1 and attempt = $2 and status = 'inProgress'
    on conflict do nothing"""

FINISH = """
    update import_run
    set status = case when errored > 0 then 'successWithErrors' else 'success' end, position = size, end_time = now(), update_time = now()
    where import_run_id = $1 and attempt = $2 and status = 'inProgress'
    returning pg_notify('import_run', $1::int::text)"""

FAIL = """
    update import_run set status = 'failed', failure = $3, end_time = now(), update_time = now()
    where import_run_id = $1 and attempt = $2 and status = 'inProgress'
    returning pg_notify('import_run', $1::int::text)"""

HAND_BACK = """
    update import_run set checkpoint = checkpoint - 'claims' where import_run_id = $1 and attempt = $2"""

# Notes of runs that have ended, this one or one that was cancelled; few runs have any, so their numbers are found by leaps.
FORGET = """
    with recursive noted (run_id) as (
        select min(import_run_id) from import_seen
        union all
        select (select min(import_run_id) from import_seen where import_run_id > run_id) from noted where run_id is not null)
    delete from import_seen where import_run_id = any (array(
        select run_id from noted join import_run on import_run_id = run_id where status not in ('new', 'inProgress')))"""


class Fenced(Exception):
    """The run was cancelled or taken up by another worker: whoever holds this claim writes nothing more."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run as it was taken up."""

    run_id: int
    attempt: int
    claims: int
    dry_run: bool
    start: Position
    read: int
    action: ImportAction
    file_id: int
    mapping: list[dict[str, str | None]]
    on_match: OnMatch
    on_no_match: OnNoMatch
    date_format: str | None
    delimiter: str
    blanks: frozenset[str]
    header_line: int | None
    user_id: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of records; one with a warning is counted by its result, too."""

    added: int = 0
    updated: int = 0
    skipped: int = 0
    errored: int = 0
    warned: int = 0

    @property
    def read(self) -> int:
        return self.added + self.updated + self.skipped + self.errored

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*map(operator.add, astuple(self), astuple(other)))


async def claim(connection: Connection, run_id: int) -> Claim | None:
    """Takes a run up, whoever held it before; None when it has ended."""
    row = await connection.fetchrow(CLAIM, run_id)
    if row is None:
        return None
    checkpoint = json.loads(row["checkpoint"])
    return Claim(
        run_id=run_id,
        attempt=row["attempt"],
        claims=checkpoint["claims"],
        dry_run=row["dry_run"],
        start=Position(row["position"], checkpoint.get("line", 1), checkpoint.get("row", 1)),
        read=row["read"],
        action=_member(ImportAction, row["action"]),
        file_id=row["import_file_id"],
        mapping=json.loads(row["mapping"]),
        on_match=_member(OnMatch, row["on_match"]),
        on_no_match=_member(OnNoMatch, row["on_no_match"]),
        date_format=row["date_format"],
        delimiter=row["delimiter"],
        blanks=frozenset(row["blanks"]),
        header_line=row["header_line"],
        user_id=row["user_id"],
    )


async def status_of(connection: Connection, run_id: int) -> ImportStatus:
    return _member(ImportStatus, await connection.fetchval("select status from import_run where import_run_id = $1", run_id))


async def confirm(connection: Connection, held: Claim) -> Record:
    """The user of a run, as long as the run is not another's. Asked for first, so that nobody stumbles over what another has written."""
    return await _fenced(connection, CONFIRM, held)


async def keep(connection: Connection, held: Claim) -> None:
    """Makes others wait who would take the run up, until the transaction ends."""
    await _fenced(connection, KEEP, held)


async def advance(connection: Connection, held: Claim, totals: Totals, end: Position) -> None:
    """Counts a batch and moves the checkpoint, in the transaction that wrote the batch."""
    counts = (totals.read, totals.added, totals.updated, totals.skipped, totals.errored, totals.warned)
    checkpoint = json.dumps({"line": end.line, "row": end.row})
    await _fenced(connection, ADVANCE, held, *counts, end.offset, checkpoint)


async def warn(connection: Connection, held: Claim, line: int, header: Sequence[str], warnings: Sequence[Fault]) -> None:
    """Stores warnings about the file as a whole, which stand at its header."""
    told = [[warning.column for warning in warnings], [warning.code for warning in warnings], [warning.message for warning in warnings]]
    await connection.execute(WARN, held.run_id, held.attempt, line, header, *told)


async def finish(connection: Connection, held: Claim) -> None:
    await _fenced(connection, FINISH, held)
    await connection.execute(FORGET)


async def fail(connection: Connection, held: Claim, reason: str) -> None:
    await _fenced(connection, FAIL, held, reason)
    await connection.execute(FORGET)


async def hand_back(connection: Connection, held: Claim) -> None:
    """Notes that the run's worker goes away on purpose, which is no sign of a batch that kills."""
    await connection.execute(HAND_BACK, held.run_id, held.attempt)


async def _fenced(connection: Connection, statement: str, held: Claim, *values: object) -> Record:
    row = await connection.fetchrow(statement, held.run_id, held.attempt, *values)
    if row is None:
        raise Fenced
    return row


def _member(kind: type[Word], word: str) -> Word:
    return next(member for member in kind if member.value == word)
