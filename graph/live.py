"""Following imports: which runs are to be told when. What they are then is read under the rights of that moment."""

import asyncio
from collections.abc import AsyncGenerator

from graph.context import Context
from graph.events import Event
from loaders.imports import RUN_CHANGES, unfinished_runs
from models import ImportStatus

# A run commits several batches a second; nobody reads faster than this.
PAUSE = 0.25
ENDED = frozenset(ImportStatus) - {ImportStatus.NEW, ImportStatus.IN_PROGRESS}


async def changes_of_run(context: Context, import_run_id: int) -> AsyncGenerator[Event, None]:
    """A run now and at each change; what changes meanwhile is told once, by the state that it led to."""
    async with context.services.changes.waiting(RUN_CHANGES) as wake:
        while True:
            yield Event(import_run_id)
            await asyncio.sleep(PAUSE)
            while not {str(import_run_id), ""} & set(await wake.changed()):
                pass


async def changes_of_runs(context: Context) -> AsyncGenerator[Event, None]:
    """The runs that wait or work, then every run that changes."""
    async with context.services.changes.waiting(RUN_CHANGES) as wake:
        keys = [""]
        while True:
            changed = [int(key) for key in keys if key]
            if "" in keys:
                changed += [run_id for run_id in await unfinished_runs(context.reads) if run_id not in changed]
            for run_id in changed:
                yield Event(run_id)
            await asyncio.sleep(PAUSE)
            keys = await wake.changed()
