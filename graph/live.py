"""Following imports: the state of a run now, at each change, and at its end."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Annotated, Any

import strawberry

from graph.context import Info
from graph.imports import ImportRun
from graph.kit.declared import declared_of
from graph.kit.resolvers import instance, selection
from loaders.imports import RUN_CHANGES, unfinished_runs
from loaders.rows import rows_by
from models import ImportStatus
from models.errors import NotFound

# A run commits several batches a second; nobody reads faster than this.
PAUSE = 0.25
UNFINISHED = {ImportStatus.NEW, ImportStatus.IN_PROGRESS}


async def _states(info: Info, run_ids: Iterable[int]) -> list[Any]:
    """The runs as they are now, with the columns that the subscription asks for; those that the viewer may not see are absent."""
    reads = info.context.reads
    reads.forget()
    loader = rows_by(reads, selection(info, declared_of(ImportRun), "status"), "import_run_id")
    records = await loader.load_many(run_ids)
    return [instance(ImportRun, record) for record in records if record is not None]


async def import_run(
    info: Info, import_run_id: Annotated[int, strawberry.argument(description="The run's number.")]
) -> AsyncGenerator[ImportRun, None]:
    async with info.context.services.changes.waiting(RUN_CHANGES) as wake:
        while True:
            found = await _states(info, [import_run_id])
            if not found:
                raise NotFound(f"importRunId: there is no run {import_run_id} that you may see.", field=("importRunId",))
            yield found[0]
            if found[0].status not in UNFINISHED:
                return
            # What changes meanwhile is told once, by the state that it led to.
            await asyncio.sleep(PAUSE)
            while not {str(import_run_id), ""} & set(await wake.changed()):
                pass


async def import_runs(info: Info) -> AsyncGenerator[ImportRun, None]:
    async with info.context.services.changes.waiting(RUN_CHANGES) as wake:
        changed = await unfinished_runs(info.context.reads)
        while True:
            for found in await _states(info, changed):
                yield found
            await asyncio.sleep(PAUSE)
            keys = await wake.changed()
            changed = [int(key) for key in keys if key]
            if "" in keys:
                changed += [run_id for run_id in await unfinished_runs(info.context.reads) if run_id not in changed]
