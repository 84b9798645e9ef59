"""Imports: uploaded files, jobs, runs, and what each run logged."""

from typing import Annotated, Any

import strawberry

import models
from graph.context import Info
from graph.kit import auto, computed, entry, many, node, one, part, part_of, path, refers, values
from graph.kit.types import documented
from importers.actions import ACTIONS
from importers.columns import suggested_mapping
from loaders.orders import OrderTerm
from models import ImportAction, ImportResult

documented(ImportAction)
PREVIEW_LIMIT = 50


@strawberry.type(description="A column of a file and the field that it is read into.")
class ColumnMapping:
    column: str = strawberry.field(description="The column's name in the header.")
    field: str | None = strawberry.field(description="The field, or null when the column is not read.")


@node(models.ImportFile)
class ImportFile:
    name: auto
    size: auto
    sha256: auto
    encoding: auto
    encoding_guessed: auto
    delimiter: auto
    columns: auto
    create_time: auto

    @computed(models.ImportFile.head, description="The first rows, as read, without the header; at most 50.")
    def preview(self: Any, rows: Annotated[int, strawberry.argument(description="How many rows.")] = 5) -> list[list[str]]:
        return [list(row) for row in self.head[: min(max(rows, 0), PREVIEW_LIMIT)]]

    @computed(models.ImportFile.columns, description="The field that each column would be read into for an action; null where none fits.")
    def suggested_mapping(
        self: Any, action: Annotated[ImportAction, strawberry.argument(description="What the file would be imported as.")]
    ) -> list[ColumnMapping]:
        return [ColumnMapping(column=column, field=field) for column, field in suggested_mapping(self.columns, ACTIONS[action].fields)]


@part_of(models.ImportRun)
class ImportTotals:
    """What became of the records read; `read` is the sum of added, updated, skipped and errored."""

    read: auto
    added: auto
    updated: auto
    skipped: auto
    errored: auto
    warned: auto


@part_of(models.ImportRun)
class ImportProgress:
    """How far a run has come."""

    @computed(
        models.ImportRun.position, models.ImportRun.size, models.ImportRun.status, description="The part of the file that is done, 0 to 1."
    )
    def fraction(self: Any) -> float:
        if self.status in DONE:
            return 1.0
        return float(self.position / self.size) if self.size else 0.0

    @computed(
        models.ImportRun.read,
        models.ImportRun.start_time,
        models.ImportRun.update_time,
        description="The records read per second so far, to one decimal; null before the first.",
    )
    def rows_per_second(self: Any) -> float | None:
        if self.start_time is None or not self.read:
            return None
        seconds = (self.update_time - self.start_time).total_seconds()
        return round(float(self.read / seconds), 1) if seconds > 0 else None


DONE = {models.ImportStatus.SUCCESS, models.ImportStatus.SUCCESS_WITH_ERRORS}


@entry(models.ImportRowError, pages="ImportError", default_order=[OrderTerm("record"), OrderTerm("ordinal")])
class ImportErrorMessage:
    """One fault of one rejected record, or one warning about a record or, at the line of the header, about the file."""

    line: auto
    column: auto
    code: auto
    message: auto

    @computed(models.ImportRowError.cells, description="The record as read.")
    def record(self: Any) -> list[str]:
        return list(self.cells)


ROWS = {
    ImportAction.IMPORT_USERS: models.Client,
    ImportAction.IMPORT_ACCOUNTS: models.Account,
    ImportAction.IMPORT_IBS: models.IbPartner,
}
WORDS = {
    ImportResult.ADDED: "{} added.",
    ImportResult.UPDATED: "{} updated.",
    ImportResult.SKIPPED: "Skipped; {} is unchanged.",
    ImportResult.ERRORED: "Rejected; see the error messages.",
}


@entry(models.ImportLogMessage, pages="ImportLog", default_order=[OrderTerm("first_record"), OrderTerm("record")])
class ImportLogMessage:
    """What became of one record."""

    line: auto
    result: auto

    @computed(
        *(models.ImportLogMessage.action, models.ImportLogMessage.result, models.ImportLogMessage.row_id, models.ImportLogMessage.warnings),
        description="The same in words, with the record's warnings.",
    )
    def message(self: Any) -> str:
        if self.result is ImportResult.SKIPPED and self.row_id is None:
            told = "Skipped; the job creates no new rows."
        else:
            told = WORDS[self.result].format(f"{ROWS[self.action].__name__} {self.row_id}")
        return f"{told} {self.warnings}" if self.warnings else told

    @refers(
        models.ImportLogMessage.action,
        models.ImportLogMessage.row_id,
        description="The row that was written or matched, if you may see it.",
    )
    def node(self: Any) -> tuple[str, int] | None:
        return None if self.row_id is None else (ROWS[self.action].__name__, self.row_id)


@node(models.ImportRun, default_order=[OrderTerm("import_run_id", descending=True)])
class ImportRun:
    import_run_id: auto
    number: auto
    dry_run: auto
    status: auto
    failure: auto
    created_at: auto
    start_time: auto
    end_time: auto
    job = one(models.ImportRun.job)
    totals = part(ImportTotals, "What became of the records read so far.")
    progress = part(ImportProgress, "How far the run has come.")
    log_messages = many(models.ImportRun.log)
    error_messages = many(models.ImportRun.errors, by={"code": "Only faults of this kind, as in INVALID_EMAIL."}, where={"warning": False})
    warnings = many(models.ImportRun.warnings, by={"code": "Only warnings of this kind, as in COLUMN_NOT_READ."}, where={"warning": True})

    @computed(
        models.ImportRun.import_run_id,
        models.ImportRun.errored,
        description="Where the rejected records can be downloaded as CSV, with the bearer token; null when there is none.",
    )
    def error_file_url(self: Any) -> str | None:
        return f"/imports/runs/{self.import_run_id}/errors.csv" if self.errored else None


@node(
    models.ImportJob,
    filters=["title", "action", "status", "created_at"],
    filters_by={"user_email": path(models.ImportJob.user, models.User.email)},
    default_order=[OrderTerm("import_job_id", descending=True)],
)
class ImportJob:
    import_job_id: auto
    title: auto
    description: auto
    action: auto
    match_key: auto
    on_match: auto
    on_no_match: auto
    date_format: auto
    created_at: auto
    status: auto
    mapping = values(models.ImportJob.mapping, ColumnMapping)
    file = one(models.ImportJob.file)
    user = one(models.ImportJob.user)
    last_run = one(models.ImportJob.last_run)
    runs = many(models.ImportJob.runs)


@strawberry.type(description="A field that an action reads.")
class ImportField:
    name: str = strawberry.field(description="The name by which mappings call it.")
    required: bool = strawberry.field(description="Whether every record must have it.")
    aliases: list[str] = strawberry.field(description="Other names that a column may bear.")
    description: str = strawberry.field(description="What it holds.")


@strawberry.type(description="What an action reads: its fields, which are required, and their other names.")
class ImportActionInfo:
    action: ImportAction = strawberry.field(description="The action.")
    file_types: list[str] = strawberry.field(description="The types of files that it takes.")
    fields: list[ImportField] = strawberry.field(description="What it reads from a record.")
    match_key: list[str] = strawberry.field(description="The fields that tell whether a record is known.")


def import_actions(info: Info) -> list[ImportActionInfo]:
    info.context.reads.viewer.require(models.ImportJob.read_permission)
    return [
        ImportActionInfo(
            action=kind,
            file_types=list(action.file_types),
            fields=[
                ImportField(name=field.name, required=field.required, aliases=list(field.aliases), description=field.description)
                for field in action.fields
            ],
            match_key=list(action.match_key),
        )
        for kind, action in ACTIONS.items()
    ]
