"""An import from the command line: the file is kept, a job made of it, and its run followed to the end."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.storage import Place, connected
from importers import jobs, uploads
from importers.dialects import DELIMITERS
from importers.execution import run_to_end
from models.access import Viewer, visible
from models.errors import Invalid, NotFound
from models.imports import ImportAction, ImportRowError, ImportRun, ImportStatus, OnMatch, OnNoMatch
from models.sessions import acting_as, user_with_email
from models.users import first_user

EXIT_STATUS = {ImportStatus.SUCCESS: 0, ImportStatus.SUCCESS_WITH_ERRORS: 2}
PART = 1024**2
PAUSE = 0.2  # seconds between looks at a run
SHOWN_ERRORS = 20
STATE = (
    *(ImportRun.import_run_id, ImportRun.import_job_id, ImportRun.status, ImportRun.failure, ImportRun.dry_run),
    *(ImportRun.start_time, ImportRun.end_time, ImportRun.position, ImportRun.size),
    *(ImportRun.read, ImportRun.added, ImportRun.updated, ImportRun.skipped, ImportRun.errored, ImportRun.warned),
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to import, and as whom: the administrator, unless another user is named."""

    action: ImportAction
    path: Path
    title: str
    dry_run: bool
    email: str | None
    limit: int
    encoding: str | None = None
    delimiter: str | None = None
    date_format: str | None = None
    mapping: Sequence[tuple[str, str | None]] = ()
    on_match: OnMatch = OnMatch.UPDATE
    on_no_match: OnNoMatch = OnNoMatch.CREATE
    header_line: int | None = None
    blanks: Sequence[str] = ()

    def job(self, file_id: int) -> jobs.NewJob:
        """The job that imports a kept file so."""
        return jobs.NewJob(
            title=self.title,
            action=self.action,
            file_id=file_id,
            mapping=self.mapping,
            on_match=self.on_match,
            on_no_match=self.on_no_match,
            date_format=self.date_format,
            header_line=self.header_line,
            blanks=self.blanks,
            start=False,
        )


@dataclass(frozen=True)
class Outcome:
    """A run that has ended, and its first errors and warnings."""

    run: Row[Any]
    errors: list[Row[Any]]
    warnings: list[Row[Any]]

    @property
    def exit_status(self) -> int:
        return EXIT_STATUS.get(self.run.status, 1)


@dataclass(frozen=True)
class Watcher:
    """Who wants to know how far it is: bytes sent while the file is kept, then the state of the run again and again."""

    sent: Callable[[int], None]
    state: Callable[[Row[Any]], None]


SILENT = Watcher(sent=lambda count: None, state=lambda run: None)


def action_named(word: str) -> ImportAction:
    """The action meant by `users`, `import-users` or `IMPORT_USERS`."""
    plain = word.lower().replace("_", "-").removeprefix("import-")
    known = {str(action.value).removeprefix("import-"): action for action in ImportAction}
    if plain not in known:
        raise Invalid(f"There is no import action {word!r}; choose one of: {', '.join(known)}.")
    return known[plain]


def delimiter_named(word: str) -> str:
    """The delimiter meant by itself or its name: `;`, `semicolon`."""
    return next((delimiter for delimiter, name in DELIMITERS.items() if word.lower() == name), word)


def assignment(words: str) -> tuple[str, str | None]:
    """The column and the field meant by `Shoe size=city`; without a field the column is not read."""
    column, equals, field = words.rpartition("=")
    if not equals or not column.strip():
        raise Invalid(f"--map {words!r} says no column; write it as in 'Mobile=phone', or 'Mobile=' for a column that is not to be read.")
    return column.strip(), field.strip() or None


async def run_import(place: Place, order: Order, file: BinaryIO, watcher: Watcher) -> Outcome:
    """Keeps the file and imports it in this process, beside whatever workers there are; should it die, one of them goes on."""
    sys.setswitchinterval(0.0005)  # as in a worker: the thread that reads ahead must not keep the database waiting
    async with connected(place) as engine:
        viewer = await viewer_for(engine, order.email)
        content = parts(file, watcher.sent)
        expected = uploads.Expected(order.limit, order.delimiter, order.encoding)
        file_id = await uploads.receive(engine, viewer, order.path.name, content, expected)
        job_id, _ = await jobs.create_job(engine, viewer, order.job(file_id))
        run_id = await jobs.start_run(engine, viewer, job_id, dry_run=order.dry_run)
        work = asyncio.create_task(run_to_end(engine.url.render_as_string(hide_password=False), run_id))
        try:
            while not work.done():
                watcher.state(await state_of(engine, viewer, run_id))
                await asyncio.wait({work}, timeout=PAUSE)
        finally:
            work.cancel()
        await work
        errors = await first_errors(engine, viewer, run_id, warning=False)
        return Outcome(await state_of(engine, viewer, run_id), errors, await first_errors(engine, viewer, run_id, warning=True))


async def viewer_for(engine: AsyncEngine, email: str | None) -> Viewer:
    async with engine.connect() as connection:
        if email is not None:
            user_id = await user_with_email(connection, email)
            if user_id is None:
                raise NotFound(f"There is no active user with the email {email!r}; `backoffice user create` adds one.")
            return acting_as(user_id)
        user = await first_user(connection)
    if user is None:
        raise NotFound("The database has no active user, and an import needs one to act for: `backoffice user create` adds one.")
    return acting_as(user.user_id)


async def parts(file: BinaryIO, sent: Callable[[int], None]) -> AsyncIterator[bytes]:
    while part := await asyncio.to_thread(file.read, PART):
        yield part
        sent(len(part))


async def state_of(engine: AsyncEngine, viewer: Viewer, run_id: int) -> Row[Any]:
    async with engine.connect() as connection:
        rows = await connection.execute(visible(ImportRun, viewer, *STATE).where(ImportRun.import_run_id == run_id))
    state: Row[Any] = rows.one()
    return state


async def first_errors(engine: AsyncEngine, viewer: Viewer, run_id: int, *, warning: bool) -> list[Row[Any]]:
    """The first faults of a run, or its first warnings, in the order of the file."""
    error = ImportRowError
    faults = visible(error, viewer, error.line, error.column, error.code, error.message).where(
        error.import_run_id == run_id, error.warning == warning
    )
    async with engine.connect() as connection:
        return list((await connection.execute(faults.order_by(error.record, error.ordinal).limit(SHOWN_ERRORS))).all())
