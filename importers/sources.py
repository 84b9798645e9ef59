"""The records of a run's file, read on from where the run stands."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from database.engine import SESSION, plain_url
from importers.actions import ACTIONS
from importers.chunks import chunks_from
from importers.columns import Assignment, resolve_mapping
from importers.conversion import Conversion
from importers.explaining import Explanations
from importers.faults import Fault
from importers.preparing import Prepared, prepare
from importers.records import Shape
from importers.returned import told_again
from importers.rows import Header, read, read_header
from importers.runs import Claim
from importers.unread import unread_columns
from importers.values import Terms

BATCH = 5_000  # records


@dataclass(frozen=True)
class Source:
    """An open file. Its parts block, so they are used in threads, by one at a time."""

    connection: psycopg.Connection
    batches: Iterator[Prepared]
    explanations: Explanations
    header: Header
    warnings: list[Fault]  # about the file as a whole

    def close(self) -> None:
        self.connection.close()


def open_source(url: str, held: Claim, terms: Terms, size: int = BATCH) -> Source:
    """Opens the file of a run; raises Unreadable when it does not fit the job."""
    options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    connection = psycopg.connect(plain_url(url), autocommit=True, connect_timeout=10, options=options)
    try:
        return _source(connection, held, terms, size)
    except BaseException:
        connection.close()
        raise


def _source(connection: psycopg.Connection, held: Claim, terms: Terms, size: int) -> Source:
    action = ACTIONS[held.action]
    header = read_header(chunks_from(connection, held.file_id), held.delimiter, held.header_line)
    # Jobs of earlier versions name columns at the end of the header that have no name.
    positions = [(position, entry["field"]) for position, entry in enumerate(held.mapping, 1)]
    assignments = [Assignment(field, position=position) for position, field in positions if field or position <= len(header.columns)]
    mapping = resolve_mapping(header.columns, action.fields, assignments)
    conversion = Conversion(header.columns, action.fields, mapping, terms)
    start = header.end if held.start.offset == 0 else held.start
    content = chunks_from(connection, held.file_id, start.offset)
    shape = Shape(held.delimiter, len(header.columns), conversion.stands)
    batches = read(content, header.columns, shape, start=start, size=size)
    keys = [mapping.sources[name] for name in action.match_key if name in mapping.sources]
    batches = told_again(batches, header.columns, keys)
    prepared = prepare(batches, action, conversion, held.read)
    explanations = Explanations(header.columns, mapping, action.findings)
    return Source(connection, prepared, explanations, header, unread_columns(header.columns, action.fields, mapping))
