"""Jobs as users create, start and cancel them; all that can be wrong with one is said before anything is stored."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from importers.actions import ACTIONS
from importers.actions.action import Action
from importers.columns import Assignment, resolve_mapping
from importers.dates import parse_date_format
from importers.dialects import DELIMITERS
from importers.doubts import question
from importers.errors import BadSetting, Unreadable
from importers.headers import vocabulary
from importers.kept import KeptFile, kept_file, recoded_copy
from importers.queue import defer
from importers.rows import Header, find_header, header_like, read_header
from importers.runs import GOING
from importers.texts import CONTROL, tidy
from models.access import Viewer, visible
from models.errors import Conflict, Invalid, NotFound
from models.imports import ImportAction, ImportJob, ImportRun, ImportStatus, OnMatch, OnNoMatch

TITLE = 200  # characters
BLANKS, BLANK = 100, 100  # texts that mean nothing, and characters of each
HALF = re.compile("[\ud800-\udfff]")  # of a pair that makes one character


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """What a user asks for. A mapping says by column, which may be `#3` for the third, which field it is read into, or None to skip it."""

    title: str
    action: ImportAction
    file_id: int
    description: str | None = None
    mapping: Sequence[tuple[str, str | None]] = ()
    match_key: Sequence[str] | None = None
    on_match: OnMatch = OnMatch.UPDATE
    on_no_match: OnNoMatch = OnNoMatch.CREATE
    date_format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    blanks: Sequence[str] = ()
    header_line: int | None = None
    start: bool = True
    dry_run: bool = False


async def create_job(engine: AsyncEngine, viewer: Viewer, asked: NewJob) -> tuple[int, int | None]:
    """Stores a job and, unless it waits to be started, a run of it; answers their numbers."""
    action = ACTIONS[asked.action]
    _require(viewer, "imports.create", action)
    if viewer.user_id is None:
        raise Invalid("A job acts with its user's permissions, so a user must create it.")
    settings = _settings(asked, action)
    async with engine.begin() as connection:
        file = await _file(connection, viewer, asked, action)
        with _refusing("headerLine"):
            header = _header(file, action, asked.header_line)
        with _refusing("mapping"):
            mapping = _mapping(header, file, action, asked.mapping)
        read = {"import_file_id": file.file_id, "delimiter": file.delimiter, "header_line": header.line, "mapping": mapping}
        values = settings | read | {"user_id": viewer.user_id}
        job_id: int = (await connection.execute(insert(ImportJob).values(values).returning(ImportJob.import_job_id))).scalar_one()
        run_id = await _start(connection, job_id, file.stored_size, dry_run=asked.dry_run) if asked.start else None
    return job_id, run_id


async def start_run(engine: AsyncEngine, viewer: Viewer, job_id: int, *, dry_run: bool = False) -> int:
    """Starts a job once more, or for the first time; not beside a run of it that goes on."""
    async with engine.begin() as connection:
        # The lock keeps two callers from starting the job at once.
        job = (
            await connection.execute(
                visible(ImportJob, viewer, ImportJob.action, ImportJob.import_file_id)
                .where(ImportJob.import_job_id == job_id)
                .with_for_update()
            )
        ).first()
        if job is None:
            raise NotFound(f"There is no import job {job_id}.", field=("input", "importJobId"))
        _require(viewer, "imports.update", ACTIONS[job.action])
        going = visible(ImportRun, viewer, ImportRun.import_run_id).where(ImportRun.import_job_id == job_id, ImportRun.status.in_(GOING))
        if run_id := (await connection.execute(going)).scalar():
            raise Conflict(f"Run {run_id} of the job has not ended yet; wait for it, or cancel it.", field=("input", "importJobId"))
        file = await kept_file(connection, viewer, job.import_file_id)
        if file and file.guessed:
            raise Invalid(f"{question(file.encoding, file.doubt)} Create a job anew with it.", field=("input", "importJobId"))
        return await _start(connection, job_id, file.stored_size if file else 0, dry_run=dry_run)


async def cancel_run(engine: AsyncEngine, viewer: Viewer, run_id: int) -> None:
    """Ends a run at once: its worker finds its next batch fenced off, and what was committed before stays."""
    async with engine.begin() as connection:
        mine = visible(ImportRun, viewer, ImportRun.status, ImportJob.action).join(
            ImportJob, ImportJob.import_job_id == ImportRun.import_job_id
        )
        run = (await connection.execute(mine.where(ImportRun.import_run_id == run_id))).first()
        if run is None:
            raise NotFound(f"There is no import run {run_id}.", field=("input", "importRunId"))
        _require(viewer, "imports.update", ACTIONS[run.action])
        ended = (
            update(ImportRun)
            .where(ImportRun.import_run_id == run_id, ImportRun.status.in_(GOING))
            .values(status=ImportStatus.CANCELLED, attempt=ImportRun.attempt + 1, end_time=func.now(), update_time=func.now())
        )
        if not (await connection.execute(ended)).rowcount:
            raise Conflict(
                f"Import run {run_id} has ended already; only a run that waits or goes on can be cancelled.", field=("input", "importRunId")
            )
        await _announce(connection, run_id)


def _require(viewer: Viewer, permission: str, action: Action) -> None:
    viewer.require(permission)
    viewer.require(action.permission)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turns what is wrong with a setting into a refusal of that input field."""
    try:
        yield
    except Unreadable as problem:
        raise Invalid(str(problem), field=("input", name)) from problem


def _settings(asked: NewJob, action: Action) -> dict[str, object]:
    """What can be checked without the file."""
    title = asked.title.strip()
    if not title:
        raise Invalid("The title is blank; say what is imported.", field=("input", "title"))
    if len(title) > TITLE:
        raise Invalid(f"The title has {len(title)} characters; shorten it to {TITLE}.", field=("input", "title"))
    for name, words in (("title", title), ("description", asked.description or "")):
        if any(character < " " and character not in "\t\r\n" for character in words) or HALF.search(words):
            raise Invalid(f"The {name} holds a character that cannot be stored; type it anew.", field=("input", name))
    if asked.match_key is not None and set(asked.match_key) != set(action.match_key):
        raise Invalid(
            f"{action.kind.name} matches by {' and '.join(action.match_key)}; leave the match key out.", field=("input", "matchKey")
        )
    if asked.delimiter is not None and asked.delimiter not in DELIMITERS:
        raise Invalid(
            f"The delimiter {asked.delimiter!r} is not supported; use one of {', '.join(DELIMITERS.values())}.",
            field=("input", "delimiter"),
        )
    with _refusing("dateFormat"):
        date_format = parse_date_format(asked.date_format).text if asked.date_format else None
    return {
        "title": title,
        "description": asked.description,
        "action": asked.action,
        "match_key": list(action.match_key),
        "on_match": asked.on_match,
        "on_no_match": asked.on_no_match,
        "date_format": date_format,
        "blanks": _blanks(asked.blanks),
    }


def _blanks(texts: Sequence[str]) -> list[str]:
    """The texts that mean nothing, as cells are compared with them."""
    if len(texts) > BLANKS or any(len(text) > BLANK for text in texts):
        raise Invalid(f"Name up to {BLANKS} texts of up to {BLANK} characters that mean nothing.", field=("input", "blanks"))
    if any(CONTROL.search(text) or HALF.search(text) for text in texts):
        raise Invalid("A text that means nothing holds a character that cannot be stored; type it anew.", field=("input", "blanks"))
    return sorted(set(filter(None, map(tidy, texts))))


async def _file(connection: AsyncConnection, viewer: Viewer, asked: NewJob, action: Action) -> KeptFile:
    """The file as the job reads it, which is a copy if the job names another encoding."""
    file = await kept_file(connection, viewer, asked.file_id)
    if file is None:
        raise NotFound(f"There is no file {asked.file_id}; upload it first.", field=("input", "fileId"))
    if asked.encoding is not None:
        with _refusing("encoding"):
            file = await recoded_copy(connection, viewer, file, asked.encoding)
    if file.guessed:
        raise Invalid(question(file.encoding, file.doubt), field=("input", "encoding"))
    file = file.read_by(asked.delimiter)
    if file.kind not in action.file_types:
        kinds = " or ".join(action.file_types)
        raise Invalid(
            f"{action.kind.name} takes {kinds} only, and {file.name!r} is {file.kind}; save it as {kinds}.", field=("input", "fileId")
        )
    return file


def _header(file: KeptFile, action: Action, line: int | None) -> Header:
    if line is not None:
        return read_header([file.beginning], file.delimiter, line)
    return find_header(file.beginning, file.delimiter, [vocabulary(action.fields)])


def _mapping(header: Header, file: KeptFile, action: Action, given: Sequence[tuple[str, str | None]]) -> list[dict[str, str | None]]:
    """The field of each column of the file, in their order."""
    columns = header.columns
    try:
        mapping = resolve_mapping(columns, action.fields, [_assignment(column, field, columns) for column, field in given])
    except BadSetting as problem:
        other = header_like(file.beginning, file.delimiter, vocabulary(action.fields))
        if other is None or other == header.line:
            raise
        raise BadSetting(f"{problem} Line {other:,} looks like the header; give it as the header's line.") from problem
    fields = {index: name for name, index in mapping.sources.items()}
    return [{"column": column, "field": fields.get(index)} for index, column in enumerate(columns)]


def _assignment(column: str, field: str | None, header: Sequence[str]) -> Assignment:
    position = re.fullmatch(r"#([0-9]{1,5})", column)
    if position and column not in header:
        return Assignment(field, position=int(position[1]))
    return Assignment(field, column=column)


async def _start(connection: AsyncConnection, job_id: int, size: int, *, dry_run: bool) -> int:
    """A new run, queued and announced with the commit."""
    number = text("(select coalesce(max(number), 0) + 1 from import_run where import_job_id = :job_id)").bindparams(job_id=job_id)
    values = {"import_job_id": job_id, "number": number, "dry_run": dry_run, "size": size}
    run_id: int = (await connection.execute(insert(ImportRun).values(values).returning(ImportRun.import_run_id))).scalar_one()
    await defer(connection, run_id)
    await _announce(connection, run_id)
    return run_id


async def _announce(connection: AsyncConnection, run_id: int) -> None:
    await connection.execute(text("select pg_notify('import_run', cast(cast(:run_id as integer) as text))"), {"run_id": run_id})
