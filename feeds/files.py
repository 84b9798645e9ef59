"""Files to download: the rejected records of an import run, to be mended and uploaded again, and those with a warning."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from database.outages import read_again
from importers.errors_file import ERRORS, WARNINGS, Added, Errored, errors_csv
from importers.faults import Code, Fault
from loaders.reading import Engine
from models.access import Viewer, visible
from models.errors import NotFound, Unauthenticated
from models.imports import ImportJob, ImportRowError, ImportRun

ViewerOf = Callable[[Request], Awaitable[Viewer | None]]
"Who sends a request; raises Unauthenticated for a token that is not valid."

# Rows read at once. A reader that takes its time must not keep a connection meanwhile, so every page has one of its own.
PAGE = 500


def run_errors(engine: Engine, viewer_of: ViewerOf) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for the rejected records of a run, by its number in the path."""
    return _file(engine, viewer_of, ERRORS)


def run_warnings(engine: Engine, viewer_of: ViewerOf) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for the records of a run that have a warning, by its number in the path."""
    return _file(engine, viewer_of, WARNINGS)


def _file(engine: Engine, viewer_of: ViewerOf, added: Added) -> Callable[[Request], Awaitable[Response]]:
    engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def endpoint(request: Request) -> Response:
        viewer = await viewer_of(request)
        if viewer is None:
            raise Unauthenticated("Downloads need the token of a sign-in, as in `Authorization: Bearer <token>`.")
        run_id = request.path_params["run_id"]
        columns = await _columns(engine, viewer, run_id)
        headers = {"content-disposition": f'attachment; filename="{added.name}-of-run-{run_id}.csv"', "cache-control": "no-store"}
        return StreamingResponse(_content(engine, viewer, run_id, columns, added), headers=headers, media_type="text/csv")

    return endpoint


async def _columns(engine: Engine, viewer: Viewer, run_id: int) -> list[str]:
    """The columns of the run's file, as its job reads it."""
    run = visible(ImportRun, viewer, ImportJob.mapping).join(ImportRun.job).where(ImportRun.import_run_id == run_id)
    mapping = await _rows(engine, run) if run_id < 2**31 else []
    if not mapping:
        raise NotFound(f"There is no import run {run_id}.")
    return [each["column"] for each in mapping[0].mapping]


async def _content(engine: Engine, viewer: Viewer, run_id: int, columns: Sequence[str], added: Added) -> AsyncIterator[bytes]:
    header = b"".join(errors_csv(columns, [], added))
    yield header
    async for page in _pages(engine, viewer, run_id, warning=added is WARNINGS):
        yield b"".join(errors_csv(columns, page, added)).removeprefix(header)


async def _pages(engine: Engine, viewer: Viewer, run_id: int, *, warning: bool) -> AsyncIterator[list[Errored]]:
    """Whole records, each with all of its faults or warnings."""
    row = ImportRowError
    columns = (row.record, row.ordinal, row.cells, row.code, row.message, row.column)
    faults = (
        visible(row, viewer, *columns)
        .where(row.import_run_id == run_id, row.warning == warning)
        .order_by(row.record, row.ordinal)
        .limit(PAGE)
    )
    held: list[Any] = []
    record, ordinal = 1, -1
    while rows := await _rows(engine, faults.where(row.record >= record, (row.record > record) | (row.ordinal > ordinal))):
        record, ordinal = rows[-1].record, rows[-1].ordinal
        records = [list(group) for _, group in groupby([*held, *rows], lambda one: one.record)]
        # The last record may have more faults than have come.
        held = records.pop() if len(rows) == PAGE else []
        yield [_errored(each) for each in records]
    if held:
        yield [_errored(held)]


def _errored(rows: list[Any]) -> Errored:
    return Errored(rows[0].cells, [Fault(Code(row.code), row.message, row.column) for row in rows])


async def _rows(engine: Engine, statement: Any) -> list[Any]:
    async def read() -> list[Any]:
        async with engine.connect() as connection:
            return list((await connection.execute(statement)).all())

    return await read_again(read)
