"""The log of an import run, one row per record, as read from the batches in which it is kept."""

from typing import Any

from sqlalchemy import Enum, Integer, Text, case, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Mapped, column_property

from models.base import Base, words
from models.imports import ImportAction, ImportJob, ImportLogBatch, ImportResult, ImportRowError, ImportRun

RESULT: Enum = Enum(ImportResult, native_enum=False, length=32, values_callable=words)

_entry: Any = func.unnest(ImportLogBatch.lines, ImportLogBatch.row_ids).table_valued("line", "row_id", with_ordinality="place")
_entry = _entry.render_derived(name="entry")
_place = _entry.c.place.cast(Integer)
_letter = func.substr(ImportLogBatch.results, _place, 1)


class ImportLogMessage(Base):
    """What became of one record.

    Rows are ordered by batch, then record: the batches' own index gives the first, so that a page unnests no more batches than it shows.
    """

    __table__ = (
        select(
            ImportLogBatch.import_run_id,
            ImportLogBatch.first_record,
            (ImportLogBatch.first_record + _place - 1).label("record"),
            _entry.c.line.cast(Integer).label("line"),
            case(*((_letter == result.value[0], literal(result, RESULT)) for result in ImportResult)).label("result"),
            _entry.c.row_id.cast(Integer).label("row_id"),
            select(ImportJob.action)
            .join(ImportRun, ImportRun.import_job_id == ImportJob.import_job_id)
            .where(ImportRun.import_run_id == ImportLogBatch.import_run_id)
            .scalar_subquery()
            .label("action"),
            select(func.string_agg(ImportRowError.message, aggregate_order_by(literal(" "), ImportRowError.ordinal), type_=Text))
            .where(
                ImportRowError.import_run_id == ImportLogBatch.import_run_id,
                ImportRowError.record == ImportLogBatch.first_record + _place - 1,
                ImportRowError.warning,
            )
            .correlate(ImportLogBatch, _entry)
            .scalar_subquery()
            .label("warnings"),
        )
        .select_from(ImportLogBatch)
        .join(_entry, true())
        .subquery("import_log_message")
    )
    __mapper_args__ = {"primary_key": [__table__.c.import_run_id, __table__.c.first_record, __table__.c.record]}
    read_permission = "imports.read"

    line: Mapped[int] = column_property(__table__.c.line, doc="The physical line at which the record starts; the header is line 1.")
    result: Mapped[ImportResult] = column_property(__table__.c.result, doc="What became of the record.")
    row_id: Mapped[int | None] = column_property(__table__.c.row_id, doc="The number of the row that was written or matched.")
    row_key: Mapped[str] = column_property(
        func.concat_ws(".", __table__.c.import_run_id, __table__.c.first_record, __table__.c.record, type_=Text),
        deferred=True,
        doc="What a global id names it by.",
    )
    warnings: Mapped[str | None] = column_property(
        __table__.c.warnings, deferred=True, doc="What of the record was read otherwise than it may have been meant."
    )
    action: Mapped[ImportAction] = column_property(__table__.c.action, doc="What the file is imported as.")
