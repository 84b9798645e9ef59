"""How an import shows on the console: a bar while it runs, then its totals, first errors and warnings; or all of it as JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import Row

from commands.imports import Outcome, Watcher

TOTALS = ("read", "added", "updated", "skipped", "errored", "warned")


@contextmanager
def progress_bar(console: Console, size: int) -> Iterator[Watcher]:
    """A bar for a file of that many bytes: first it is sent, then it is imported."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        sending = progress.add_task("Sending", total=size, rows="")
        importing = progress.add_task("Importing", total=1, rows="", start=False)

        def state(run: Row[Any]) -> None:
            progress.start_task(importing)
            progress.update(importing, total=run.size, completed=run.position, rows=f"{run.read:,} rows")

        yield Watcher(sent=lambda count: progress.advance(sending, count), state=state)


def show(console: Console, outcome: Outcome) -> None:
    run = outcome.run
    console.print(f"Run {run.import_run_id}{' (dry run: nothing was written)' if run.dry_run else ''}: [bold]{run.status.name}[/bold]")
    if run.failure:
        console.print(run.failure, markup=False, soft_wrap=True)
    totals = Table(box=None, padding=(0, 2))
    for name in TOTALS:
        totals.add_column(name, justify="right")
    totals.add_row(*(f"{getattr(run, name):,}" for name in TOTALS))
    console.print(totals)
    if rate := rows_per_second(run):
        console.print(f"{seconds(run):.1f} seconds, {rate:,} rows per second")
    for title, rows in (("The first errors", outcome.errors), ("The first warnings", outcome.warnings)):
        if rows:
            show_rows(console, title, rows)


def show_rows(console: Console, title: str, rows: list[Row[Any]]) -> None:
    table = Table("line", "column", "code", "message", box=None, padding=(0, 2), title=title, title_justify="left")
    for row in rows:
        table.add_row(*(escape(str(cell or "")) for cell in row))
    console.print(table)


def as_json(outcome: Outcome) -> str:
    """The outcome as one JSON object, with the words and names of the API."""
    run = outcome.run
    answer = {
        "importJobId": run.import_job_id,
        "importRunId": run.import_run_id,
        "status": run.status.name,
        "dryRun": run.dry_run,
        "failure": run.failure,
        "totals": {name: getattr(run, name) for name in TOTALS},
        "seconds": round(seconds(run), 3),
        "rowsPerSecond": rows_per_second(run),
        "errors": [row._asdict() for row in outcome.errors],
        "warnings": [row._asdict() for row in outcome.warnings],
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def seconds(run: Row[Any]) -> float:
    return float((run.end_time - run.start_time).total_seconds()) if run.start_time and run.end_time else 0.0


def rows_per_second(run: Row[Any]) -> float | None:
    return round(run.read / seconds(run), 1) if run.read and seconds(run) else None
