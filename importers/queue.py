"""The job engine: procrastinate in a schema of its own, where a job says no more than "go on with run N"."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SCHEMA = "procrastinate"
SEARCH_PATH = f"{SCHEMA}, public"  # the engine's functions and triggers name its tables without a schema
QUEUE = "imports"
TASK = "go_on_with_run"
HOLD = 7_302_028  # who works on a run holds, shared, the advisory lock of this number and the run's

# The lock keeps two workers off one run; the queueing lock keeps a run from waiting twice.
DEFER = f"""
    select procrastinate_defer_jobs_v1(array[row(
        '{QUEUE}', '{TASK}', 0, 'import_run ' || run_id, 'import_run ' || run_id, jsonb_build_object('run_id', run_id), null
    )::procrastinate_job_to_defer_v1])
    from (values ($1::int)) as run (run_id)"""  # noqa: S608 - constants of ours

HOLD_RUN = f"select pg_advisory_lock_shared({HOLD}, $1::int)"
RELEASE_RUN = f"select pg_advisory_unlock_shared({HOLD}, $1::int)"

WITHDRAW = "delete from procrastinate_jobs where lock = 'import_run ' || $1::int and status = 'todo' returning id"

# Workers that have shown within seconds that they live, on whichever machine.
LIVING = f"select count(*) from {SCHEMA}.procrastinate_workers where last_heartbeat > now() - interval '10 seconds'"  # noqa: S608 - a constant

_SEARCH = text("select set_config('search_path', :path, true)")
_DEFER = text(DEFER.replace("$1::int", "cast(:run_id as integer)"))


async def defer(connection: AsyncConnection, run_id: int) -> None:
    """Queues a run, in the transaction that creates it."""
    path = await connection.scalar(text("select current_setting('search_path')"))
    await connection.execute(_SEARCH, {"path": SEARCH_PATH})
    await connection.execute(_DEFER, {"run_id": run_id})
    await connection.execute(_SEARCH, {"path": path})
