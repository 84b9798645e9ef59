"""Imports: uploaded files, jobs, their runs, and what each run logged."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text, UniqueConstraint, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.base import Base, Bytes64, Created, Described, Key
from models.staff import User

if TYPE_CHECKING:
    from models.import_logs import ImportLogMessage


class ImportAction(Described):
    """What a file is imported as."""

    IMPORT_USERS = "import-users", "Clients, with their address, phone number and verification level."
    IMPORT_ACCOUNTS = "import-accounts", "Accounts of clients."
    IMPORT_IBS = "import-ibs", "Introducing brokers and the clients they attracted."


class ImportStatus(Described):
    """How far a run, or the latest run of a job, has come."""

    NEW = "new", "Created, not yet run."
    IN_PROGRESS = "inProgress", "Running."
    SUCCESS = "success", "Done; all records are fine."
    SUCCESS_WITH_ERRORS = "successWithErrors", "Done; at least one record was rejected."
    FAILED = "failed", "Stopped by something critical, told in `failure`."
    CANCELLED = "cancelled", "Stopped by a user; what was written until then stays and is counted."


class OnMatch(Described):
    """What happens to a record whose key is known."""

    UPDATE = "update", "The stored row is updated."
    SKIP = "skip", "The record is skipped."


class OnNoMatch(Described):
    """What happens to a record whose key is new."""

    CREATE = "create", "A row is created."
    SKIP = "skip", "The record is skipped."


class ImportResult(Described):
    """What became of a record."""

    ADDED = "added", "A row was created."
    UPDATED = "updated", "A row was changed."
    SKIPPED = "skipped", "Nothing was written: nothing differed, or the job says so."
    ERRORED = "errored", "The record was rejected."


class ImportFile(Base):
    """An uploaded file, kept as UTF-8 in chunks."""

    __tablename__ = "import_file"
    read_permission = "imports.read"

    import_file_id: Mapped[Key] = mapped_column(doc="The file's number.")
    name: Mapped[str] = mapped_column(String(255), doc="The name under which it was uploaded.")
    size: Mapped[Bytes64] = mapped_column(doc="The size in bytes, as uploaded.")
    stored_size: Mapped[Bytes64] = mapped_column(doc="The size in bytes, as kept.")
    sha256: Mapped[str] = mapped_column(String(64), doc="SHA-256 of the uploaded bytes, in hexadecimal.")
    encoding: Mapped[str] = mapped_column(String(40), doc="The encoding, as found or given.")
    encoding_guessed: Mapped[bool] = mapped_column(server_default="false", doc="Whether the encoding was a guess for lack of evidence.")
    delimiter: Mapped[str] = mapped_column(String(1), doc="The delimiter, as found or given.")
    columns: Mapped[list[str]] = mapped_column(doc="The names in the header.")
    head: Mapped[list[Any]] = mapped_column(JSONB, doc="The first rows, as read: a list of lists of cells.")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.user_id"), index=True, doc="The number of the user who uploaded it.")
    create_time: Mapped[Created] = mapped_column(doc="When it was uploaded.")
    doubtful_line: Mapped[int | None] = mapped_column(doc="The line of the first cell that a guessed encoding may have garbled.")
    doubtful_cell: Mapped[str | None] = mapped_column(doc="That cell, as the guess reads it.")
    recoded_from: Mapped[int | None] = mapped_column(
        ForeignKey("import_file.import_file_id"), doc="The number of the file of which this one is to become a copy in its own encoding."
    )


class ImportFileChunk(Base):
    """A megabyte of a file, so that every worker can read it and none needs it whole."""

    __tablename__ = "import_file_chunk"
    read_permission = "imports.read"

    import_file_id: Mapped[int] = mapped_column(ForeignKey("import_file.import_file_id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRun(Base):
    """One execution of a job. Every write of a worker is fenced by the attempt that it claimed."""

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("import_job_id", "number"),
        Index("ix_import_run_status", "status", postgresql_where="status in ('new', 'inProgress')"),
    )
    read_permission = "imports.read"

    import_run_id: Mapped[Key] = mapped_column(doc="The run's number.")
    import_job_id: Mapped[int] = mapped_column(ForeignKey("import_job.import_job_id"), doc="The number of the job.")
    number: Mapped[int] = mapped_column(doc="The run's number within its job, from 1.")
    dry_run: Mapped[bool] = mapped_column(server_default="false", doc="Whether the run only validates and writes nothing.")
    status: Mapped[ImportStatus] = mapped_column(server_default="new", doc="How far the run has come.")
    failure: Mapped[str | None] = mapped_column(doc="Why the run failed, when it failed.")
    created_at: Mapped[Created] = mapped_column(doc="When the run was asked for.")
    start_time: Mapped[datetime | None] = mapped_column(doc="When work on it began.")
    end_time: Mapped[datetime | None] = mapped_column(doc="When it ended.")
    read: Mapped[int] = mapped_column(server_default="0", doc="The records read.")
    added: Mapped[int] = mapped_column(server_default="0", doc="The records that created a row.")
    updated: Mapped[int] = mapped_column(server_default="0", doc="The records that changed a row.")
    skipped: Mapped[int] = mapped_column(server_default="0", doc="The records that wrote nothing.")
    errored: Mapped[int] = mapped_column(server_default="0", doc="The records that were rejected.")
    attempt: Mapped[int] = mapped_column(server_default="0", doc="How many times a worker has taken the run up.")
    position: Mapped[Bytes64] = mapped_column(server_default="0", doc="The byte of the kept file up to which all is committed.")
    size: Mapped[Bytes64] = mapped_column(server_default="0", doc="The size of the kept file in bytes.")
    checkpoint: Mapped[dict[str, Any]] = mapped_column(server_default="{}", doc="Where the next attempt goes on.")
    update_time: Mapped[Created] = mapped_column(doc="When a batch was last committed.")
    warned: Mapped[int] = mapped_column(server_default="0", doc="The records with a warning; each is also counted by its result.")

    job: Mapped["ImportJob"] = relationship(viewonly=True, doc="The job that is run.")
    errors: Mapped[list["ImportRowError"]] = relationship(viewonly=True, doc="The faults of the rejected records.")
    warnings: Mapped[list["ImportRowError"]] = relationship(
        viewonly=True, doc="What was read otherwise than it may have been meant, and columns that were not read; rejects nothing."
    )
    log: Mapped[list["ImportLogMessage"]] = relationship(
        viewonly=True,
        primaryjoin="ImportRun.import_run_id == foreign(ImportLogMessage.import_run_id)",
        doc="What became of each record.",
    )


class ImportJob(Base):
    """What to import and how."""

    __tablename__ = "import_job"
    __table_args__ = (Index("ix_import_job_created_at", "created_at", "import_job_id"),)
    read_permission = "imports.read"

    import_job_id: Mapped[Key] = mapped_column(doc="The job's number.")
    title: Mapped[str] = mapped_column(String(200), index=True, doc="The title.")
    description: Mapped[str | None] = mapped_column(doc="What the import is about.")
    action: Mapped[ImportAction] = mapped_column(index=True, doc="What the file is imported as.")
    import_file_id: Mapped[int] = mapped_column(ForeignKey("import_file.import_file_id"), index=True, doc="The number of the file.")
    mapping: Mapped[list[dict[str, Any]]] = mapped_column(doc="The field that each column is read into: {column, field}.")
    match_key: Mapped[list[str]] = mapped_column(doc="The fields that tell whether a record is known.")
    on_match: Mapped[OnMatch] = mapped_column(server_default="update", doc="What happens to a record whose key is known.")
    on_no_match: Mapped[OnNoMatch] = mapped_column(server_default="create", doc="What happens to a record whose key is new.")
    date_format: Mapped[str | None] = mapped_column(String(40), doc="How dates are written, as in DD.MM.YYYY; ISO 8601 when empty.")
    delimiter: Mapped[str] = mapped_column(String(1), doc="The delimiter by which the file is read.")
    user_id: Mapped[int] = mapped_column(ForeignKey("user.user_id"), index=True, doc="The number of the user who created the job.")
    created_at: Mapped[Created] = mapped_column(doc="When the job was created.")
    blanks: Mapped[list[str]] = mapped_column(server_default="{}", doc="Texts that mean nothing, as in NULL or N/A.")
    header_line: Mapped[int | None] = mapped_column(doc="The line of the header; found when empty.")

    file: Mapped[ImportFile] = relationship(viewonly=True, doc="The file that is imported.")
    user: Mapped[User] = relationship(viewonly=True, doc="The user who created the job.")
    runs: Mapped[list[ImportRun]] = relationship(viewonly=True, doc="The job's runs.")
    last_run: Mapped[ImportRun | None] = relationship(
        viewonly=True, uselist=False, order_by=ImportRun.import_run_id.desc(), doc="The latest run."
    )
    status: Mapped[ImportStatus] = column_property(
        func.coalesce(
            select(ImportRun.status)
            .where(ImportRun.import_job_id == import_job_id)
            .order_by(ImportRun.import_run_id.desc())
            .limit(1)
            .correlate_except(ImportRun)
            .scalar_subquery(),
            literal(ImportStatus.NEW, ImportRun.status.type),
        ),
        deferred=True,
        doc="The status of the latest run; NEW before the first.",
    )


class ImportRowError(Base):
    """One fault of one rejected record, or one warning about a record or the whole file."""

    __tablename__ = "import_row_error"
    __table_args__ = (
        Index("ix_import_row_error_code", "import_run_id", "code", "record", "ordinal"),
        # Few faults among many warnings are found at once, and the other way round.
        Index("ix_import_row_error_warning", "import_run_id", "warning", "record", "ordinal"),
    )
    read_permission = "imports.read"

    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.import_run_id", ondelete="CASCADE"), primary_key=True)
    record: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, doc="The record's number, from 1; 0 for the file as a whole."
    )
    ordinal: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, doc="The fault's number within the record, from 0; warnings come last."
    )
    line: Mapped[int] = mapped_column(doc="The physical line at which the record starts; the header is line 1.")
    column: Mapped[str | None] = mapped_column(doc="The column at fault, by its name in the file.")
    code: Mapped[str] = mapped_column(String(40), doc="What kind of fault it is.")
    message: Mapped[str] = mapped_column(doc="What is wrong, and what would be right.")
    cells: Mapped[list[str]] = mapped_column(doc="The record as read.")
    row_key: Mapped[str] = column_property(
        func.concat_ws(".", import_run_id, record, ordinal, type_=Text), deferred=True, doc="What a global id names it by."
    )
    warning: Mapped[bool] = mapped_column(server_default="false", doc="Whether it rejects nothing.")


class ImportLogBatch(Base):
    """What became of the records of one batch, in their order: one row where there would be thousands."""

    __tablename__ = "import_log_batch"
    read_permission = "imports.read"

    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.import_run_id", ondelete="CASCADE"), primary_key=True)
    first_record: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, doc="The number of the first record.")
    lines: Mapped[list[int]] = mapped_column(doc="The physical line of each record.")
    results: Mapped[str] = mapped_column(doc="The result of each record, as the first letter of its word in ImportResult.")
    row_ids: Mapped[list[int | None]] = mapped_column(ARRAY(Integer), doc="The primary key of the row that each record wrote or matched.")


class ImportSeen(Base):
    """A key that a run has met without marking a row with its number; gone when the run ends."""

    __tablename__ = "import_seen"
    read_permission = "imports.read"

    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.import_run_id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True, doc="The match key of the record.")
    meaning: Mapped[str | None] = mapped_column(doc="What a dry run would have written, where later records depend on it.")
