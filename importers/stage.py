"""The temporary tables through which a batch passes: `stage` holds what was read, `fate` what becomes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

import asyncpg
from sqlalchemy import inspect

from importers.connections import Connection, as_sql
from importers.runs import Claim
from models.access import Viewer, visible
from models.base import Base
from models.imports import OnMatch, OnNoMatch

Staged = tuple[Any, ...]
"A row of `stage`."

# What the tables have besides an action's own columns. `again` marks a key that stands earlier in the same batch.
READ = {"record": "integer", "key": "text", "faulty": "boolean", "again": "boolean"}
DECIDED = {"row_id": "integer", "result": "text", "faults": "text[]"}

NOTE = """
    insert into import_seen (import_run_id, key)
    select $run, key from fate where key is not null and not again and ($dry_run or result in ('s', 'e')) order by key
    on conflict do nothing"""

LOG = """
    insert into import_log_batch (import_run_id, first_record, lines, results, row_ids)
    select $run, min(record), $$1, string_agg(result, '' order by record), array_agg(row_id order by record) from fate
    returning results"""

FAULTS = "select record, faults from fate where faults <> '{}' order by record"


@dataclass(frozen=True)
class Stage:
    """A connection with the temporary tables of one run."""

    connection: Connection
    claim: Claim
    columns: Mapping[str, Sequence[str]]  # by table
    words: Mapping[str, str]

    async def run(self, statement: str, *values: object) -> Sequence[asyncpg.Record]:
        """Runs a statement in which `$run`, `$dry_run`, `$update`, `$create` and `$visible_client` stand for this run's."""
        return await self.connection.fetch(Template(statement).substitute(self.words), *values)

    async def clear(self) -> None:
        """Empties the tables, which the end of a transaction does too."""
        await self.connection.execute("delete from stage; delete from fate")

    async def put(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        await self.connection.copy_records_to_table(table, columns=self.columns[table], records=rows, schema_name="pg_temp")


async def open_stage(
    connection: Connection, claim: Claim, viewer: Viewer, tables: Mapping[str, Mapping[str, str]], scope: Iterable[type[Base]]
) -> Stage:
    """Creates the tables, given as columns by SQL type; `scope` names the models that look-ups see as the viewer does."""
    for table, columns in tables.items():
        definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        await connection.execute(f"create temporary table {table} ({definition}) on commit delete rows")
    words = {
        "run": str(claim.run_id),
        "dry_run": str(claim.dry_run).lower(),
        "update": str(claim.on_match is OnMatch.UPDATE).lower(),
        "create": str(claim.on_no_match is OnNoMatch.CREATE).lower(),
    }
    names = {table: list(own) for table, own in tables.items()}
    return Stage(connection, claim, names, words | {f"visible_{model.__tablename__}": _rows_of(model, viewer) for model in scope})


def _rows_of(model: type[Base], viewer: Viewer) -> str:
    """The rows that a viewer may see, as a subquery over their primary keys."""
    return f"({as_sql(visible(model, viewer, *inspect(model).primary_key))})"
