"""Doing imports: upload a file, create a job, run it, cancel a run."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import strawberry
from starlette.datastructures import UploadFile

from graph.context import Info
from graph.imports import ImportFile, ImportJob, ImportRun
from graph.kit.declared import declared_of
from graph.kit.ids import decode_id
from graph.kit.mutations import UserError, refusals, user_errors
from graph.kit.resolvers import instance, resolved, selection
from importers import jobs, uploads
from loaders.rows import rows_by
from loaders.selection import primary_key
from models import ImportAction, OnMatch, OnNoMatch
from models.errors import Invalid

CHUNK = 1024 * 1024
INPUT = strawberry.argument(description="What to do it with.")


async def row(info: Info, type_: type, key: int | None) -> Any:
    """The object that a mutation made, read under the caller's own permissions."""
    if key is None:
        return None
    declared = declared_of(type_)
    record = await rows_by(info.context.reads, selection(info, declared), primary_key(declared.model)).load(key)
    return None if record is None else instance(type_, record)


@strawberry.input(description="A file to import from.")
class ImportFileUploadInput:
    file: UploadFile = strawberry.field(description="The file: CSV or TSV.")
    delimiter: str | None = strawberry.field(default=None, description="Comma, tab, semicolon or pipe; found by the content when left out.")
    encoding: str | None = strawberry.field(default=None, description="As in windows-1252; found by the content when left out.")


@strawberry.type(description="The file as it was read.")
class ImportFileUploadPayload:
    user_errors: list[UserError] = user_errors()
    file_id: strawberry.Private[int | None] = None

    @resolved("The file, or null when it was refused.")
    async def file(self, info: Info) -> ImportFile | None:
        found: ImportFile | None = await row(info, ImportFile, self.file_id)
        return found


@strawberry.input(description="The field that a column is read into.")
class ColumnMappingInput:
    column: str = strawberry.field(description="The column's name in the header, or its place, as in #3, where a name is repeated.")
    field: str | None = strawberry.field(default=None, description="The field; null skips the column.")


@strawberry.input(description="What to import and how.")
class ImportJobCreateInput:
    title: str = strawberry.field(description="The title.")
    action: ImportAction = strawberry.field(description="What the file is imported as.")
    file_id: strawberry.ID | None = strawberry.field(default=None, description="The `id` of the uploaded file.")
    description: str | None = strawberry.field(default=None, description="What the import is about.")
    mapping: list[ColumnMappingInput] | None = strawberry.field(default=None, description="Columns not named are mapped as suggested.")
    match_key: list[str] | None = strawberry.field(
        default=None, description="The fields that tell whether a record is known; the action's own when left out."
    )
    on_match: OnMatch = strawberry.field(default=OnMatch.UPDATE, description="What happens to a record whose key is known.")
    on_no_match: OnNoMatch = strawberry.field(default=OnNoMatch.CREATE, description="What happens to a record whose key is new.")
    date_format: str | None = strawberry.field(default=None, description="How dates are written, as in DD.MM.YYYY; ISO 8601 when left out.")
    delimiter: str | None = strawberry.field(default=None, description="The file's own when left out.")
    encoding: str | None = strawberry.field(default=None, description="The file's own when left out.")
    blanks: list[str] | None = strawberry.field(default=None, description="Texts that mean nothing, as in NULL or N/A.")
    header_line: int | None = strawberry.field(default=None, description="The line of the header; found when left out.")
    start: bool = strawberry.field(default=True, description="Whether to run the job at once.")
    dry_run: bool = strawberry.field(default=False, description="Whether that run only validates and writes nothing.")


@strawberry.type(description="The job as created, and its run if it was started.")
class ImportJobCreatePayload:
    user_errors: list[UserError] = user_errors()
    job_id: strawberry.Private[int | None] = None
    run_id: strawberry.Private[int | None] = None

    @resolved("The job, or null when it was refused.")
    async def job(self, info: Info) -> ImportJob | None:
        found: ImportJob | None = await row(info, ImportJob, self.job_id)
        return found

    @resolved("The run, or null when none was started.")
    async def run(self, info: Info) -> ImportRun | None:
        found: ImportRun | None = await row(info, ImportRun, self.run_id)
        return found


@strawberry.input(description="Which job to run.")
class ImportJobRunInput:
    import_job_id: int = strawberry.field(description="The job's number.")
    dry_run: bool = strawberry.field(default=False, description="Whether the run only validates and writes nothing.")


@strawberry.type(description="The run as started.")
class ImportJobRunPayload:
    user_errors: list[UserError] = user_errors()
    run_id: strawberry.Private[int | None] = None

    @resolved("The run, or null when it was refused.")
    async def run(self, info: Info) -> ImportRun | None:
        found: ImportRun | None = await row(info, ImportRun, self.run_id)
        return found


@strawberry.input(description="Which run to cancel.")
class ImportRunCancelInput:
    import_run_id: int = strawberry.field(description="The run's number.")


@strawberry.type(description="The run as it is after the request; one in progress stops within two seconds.")
class ImportRunCancelPayload:
    user_errors: list[UserError] = user_errors()
    run_id: strawberry.Private[int | None] = None

    @resolved("The run, or null when it could not be cancelled.")
    async def run(self, info: Info) -> ImportRun | None:
        found: ImportRun | None = await row(info, ImportRun, self.run_id)
        return found


@refusals(ImportFileUploadPayload)
async def import_file_upload(info: Info, input: Annotated[ImportFileUploadInput, INPUT]) -> ImportFileUploadPayload:
    file = input.file
    services = info.context.services
    expected = uploads.Expected(services.upload_limit, input.delimiter, input.encoding)
    name = file.filename or "upload.csv"
    file_id = await uploads.receive(services.for_files, info.context.reads.viewer, name, _chunks(file), expected)
    return ImportFileUploadPayload(file_id=file_id)


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)  # the map may give one part to several variables
    while chunk := await file.read(CHUNK):
        yield chunk


@refusals(ImportJobCreatePayload)
async def import_job_create(info: Info, input: Annotated[ImportJobCreateInput, INPUT]) -> ImportJobCreatePayload:
    wanted = jobs.NewJob(
        title=input.title,
        description=input.description,
        action=input.action,
        file_id=_file_number(input.file_id),
        mapping=[(each.column, each.field) for each in input.mapping or ()],
        match_key=input.match_key,
        on_match=input.on_match,
        on_no_match=input.on_no_match,
        date_format=input.date_format,
        delimiter=input.delimiter,
        encoding=input.encoding,
        blanks=input.blanks or (),
        header_line=input.header_line,
        start=input.start,
        dry_run=input.dry_run,
    )
    job_id, run_id = await jobs.create_job(info.context.services.engine, info.context.reads.viewer, wanted)
    return ImportJobCreatePayload(job_id=job_id, run_id=run_id)


def _file_number(global_id: str | None) -> int:
    if global_id is None:
        raise Invalid("fileId is missing; upload a file with importFileUpload and give the `id` that it has.", field=("input", "fileId"))
    try:
        name, key = decode_id(global_id, argument="fileId")
    except Invalid as problem:
        raise Invalid(problem.message, field=("input", "fileId")) from problem
    if name != "ImportFile" or not (key.isascii() and key.isdigit() and int(key) < 2**31):
        raise Invalid(
            f"fileId: {global_id[:60]!r} is not the id of a file; use the `id` that importFileUpload gave.", field=("input", "fileId")
        )
    return int(key)


@refusals(ImportJobRunPayload)
async def import_job_run(info: Info, input: Annotated[ImportJobRunInput, INPUT]) -> ImportJobRunPayload:
    engine, viewer = info.context.services.engine, info.context.reads.viewer
    return ImportJobRunPayload(run_id=await jobs.start_run(engine, viewer, input.import_job_id, dry_run=input.dry_run))


@refusals(ImportRunCancelPayload)
async def import_run_cancel(info: Info, input: Annotated[ImportRunCancelInput, INPUT]) -> ImportRunCancelPayload:
    await jobs.cancel_run(info.context.services.engine, info.context.reads.viewer, input.import_run_id)
    return ImportRunCancelPayload(run_id=input.import_run_id)
