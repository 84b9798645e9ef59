"""The errored records of a run as CSV, ready to be mended in a spreadsheet and uploaded again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from importers.columns import column_key
from importers.faults import Fault
from importers.texts import guarded

_CHUNK = 65_536  # characters


@dataclass(frozen=True, slots=True)
class Added:
    """What such a file is called, and the columns that it has besides the source's."""

    name: str
    columns: tuple[str, str]


ERRORS = Added("errors", ("error_codes", "error_messages"))
WARNINGS = Added("warnings", ("warning_codes", "warning_messages"))
OWN_COLUMNS = frozenset(column_key(name) for added in (ERRORS, WARNINGS) for name in added.columns)


@dataclass(frozen=True, slots=True)
class Errored:
    """A record as it was read, and all that is wrong with it."""

    cells: Sequence[str]
    faults: Sequence[Fault]


def errors_csv(columns: Sequence[str], records: Iterable[Errored], added: Added = ERRORS) -> Iterator[bytes]:
    """UTF-8 chunks: the source's columns and two more, a line per record.

    Cells beyond the header, which are a fault of their record, stand behind the added columns. Columns that an earlier file of
    errors added give way to the new ones.
    """
    text = io.StringIO("\ufeff", newline="")  # the mark tells spreadsheets that it is UTF-8
    text.seek(0, io.SEEK_END)
    write = csv.writer(text).writerow
    kept = [index for index, column in enumerate(columns) if column_key(column) not in OWN_COLUMNS]
    write([*(guarded(columns[index]) for index in kept), *added.columns])
    for record in records:
        cells = [*record.cells, *[""] * (len(columns) - len(record.cells))]
        codes = ";".join(fault.code for fault in record.faults)
        messages = " ".join(f"{fault.column}: {fault.message}" if fault.column else fault.message for fault in record.faults)
        write([guarded(cell) for cell in (*(cells[index] for index in kept), codes, messages, *cells[len(columns) :])])
        if text.tell() > _CHUNK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
