"""What subscriptions need to know of import runs."""

from loaders.reading import Reads
from models.access import visible
from models.imports import ImportRun, ImportStatus

RUN_CHANGES = "import_run"
"The channel on which the number of a run is told whenever the run changes."


async def unfinished_runs(reads: Reads) -> list[int]:
    """The numbers of the runs that wait or work, oldest first."""
    statement = visible(ImportRun, reads.viewer, ImportRun.import_run_id)
    statement = statement.where(ImportRun.status.in_([ImportStatus.NEW, ImportStatus.IN_PROGRESS])).order_by(ImportRun.import_run_id)
    return [row.import_run_id for row in await reads.rows(statement)]
