"""Records of a kept file in batches, each with its physical line and its row as a spreadsheet counts them.

A record is blank, and ignored, when all its cells are: spreadsheets end a sheet with `,,,`. A record may be wider than the header
only by empty cells, which spreadsheets leave at the end; they leave them out there, too, so that a shorter one is as wide as the
header, unless it was torn by a line break.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice

from importers.dialects import is_hint
from importers.errors import BadSetting, Unreadable
from importers.faults import Code, Fault
from importers.headers import LOOKED_AT, Vocabulary, header_among, likeness
from importers.lines import CELL_LIMIT
from importers.records import PIECES, Shape
from importers.stretches import Position, Stretch, stretches
from importers.texts import CONTROL, LOST, tidy

BATCH_BYTES = 4_194_304  # a batch of long records ends before it has its number of records


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a file's columns, the line that they stand in, and where the records start."""

    columns: list[str]
    line: int
    end: Position


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record whose cells cannot be told apart, or are not as many as the header's."""

    line: int
    row: int
    cells: list[str]
    fault: Fault


@dataclass(slots=True)
class Batch:
    """Records in file order as parallel lists, without blank and rejected ones; reading goes on at `end`."""

    end: Position
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    faults: dict[int, list[Fault]] = field(default_factory=dict)  # by index in `cells`
    rejected: list[Rejected] = field(default_factory=list)
    plain: bool = True  # trimming makes every cell tidy


def read_header(chunks: Iterable[bytes], delimiter: str, line: int | None = None) -> Header:
    """The header of a kept file: its first record that is not blank, or the one that starts at a line."""
    for header, fault in _first_records(chunks, delimiter):
        if line is not None and header.line < line:
            continue
        if line is not None and header.line > line:
            raise BadSetting(f"No record starts at line {line:,} that could be the header; the next one starts at line {header.line:,}.")
        if fault:
            raise Unreadable(f"The header in line {header.line:,} cannot be read: {fault.message}")
        return header
    if line is not None:
        raise BadSetting(f"The file has no line {line:,} that could be the header.")
    raise Unreadable("The file has no header; upload one whose first line names the columns.")


def find_header(beginning: bytes, delimiter: str, vocabularies: Sequence[Vocabulary]) -> Header:
    """The header of a file by its beginning, below titles if there are any."""
    readable = [header for header, fault in islice(_first_records([beginning], delimiter), LOOKED_AT) if not fault]
    index = header_among([header.columns for header in readable], vocabularies)
    return readable[index] if index else read_header([beginning], delimiter)


def header_like(beginning: bytes, delimiter: str, words: Vocabulary) -> int | None:
    """The line of the first record that has the name of a required column, and may be the header."""
    headers = (header for header, _ in islice(_first_records([beginning], delimiter), LOOKED_AT))
    return next((header.line for header in headers if likeness(header.columns, [words]).required), None)


def _first_records(chunks: Iterable[bytes], delimiter: str) -> Iterator[tuple[Header, Fault | None]]:
    """The records from which the header is chosen, as far as they are not blank, with the fault of one that cannot be read."""
    for stretch in stretches(chunks, Shape(delimiter, sys.maxsize), Position()):
        for index, cells in enumerate(stretch.parsed.cells):
            names = [tidy(CONTROL.sub(" ", cell)) for cell in cells]
            while names and not names[-1]:  # what has no name, at the end, is no column
                names.pop()
            if names and not is_hint(delimiter.join(cells)):
                yield Header(names, stretch.line_of(index), stretch.after(index)), stretch.parsed.faults.get(index)


def read(chunks: Iterable[bytes], columns: Sequence[str], shape: Shape, *, start: Position, size: int = 5_000) -> Iterator[Batch]:
    """Batches of about `size` records, blank ones counted, from chunks that begin at `start`."""
    batch = Batch(start)
    for stretch in stretches(chunks, shape, start):
        first, total = 0, len(stretch.parsed.cells)
        while first < total:
            last = _whole(stretch, shape, min(total, first + start.row + size - batch.end.row))
            _add(batch, columns, shape, stretch, slice(first, last))
            first = last
            batch.end = stretch.after(last - 1)
            if batch.end.row - start.row >= size or batch.end.offset - start.offset >= BATCH_BYTES:
                yield batch
                start = batch.end
                batch = Batch(start)
    if batch.end != start:
        yield batch


def _whole(stretch: Stretch, shape: Shape, last: int) -> int:
    """Where a batch ends that would end at a place, but for what may belong to the record before it."""
    further = 0
    for cells in stretch.parsed.cells[last : last + PIECES]:
        if not shape.continues(cells):
            break
        further += 1
    return last + further


def _add(batch: Batch, columns: Sequence[str], shape: Shape, stretch: Stretch, part: slice) -> None:
    """Takes over a part of a stretch, without what is blank or rejected."""
    parsed = stretch.parsed
    cells = parsed.cells[part]
    base = stretch.start.line
    lines = [stretch.line_of(part.start), *(base + end for end in parsed.ends[part.start : part.stop - 1])]
    rows = list(range(stretch.start.row + part.start, stretch.start.row + part.stop))
    faults = {index - part.start: fault for index, fault in parsed.faults.items() if part.start <= index < part.stop}
    width = len(columns)
    unusual = [index for index, row in enumerate(cells) if len(row) != width or not row[0] or row[0].isspace()]
    if faults or unusual:
        kept = [True] * len(cells)
        for index in sorted({*faults, *unusual}):
            row = cells[index]
            if index not in faults and _is_blank(row):
                kept[index] = False
                continue
            if index not in faults and (pieces := shape.torn(cells, index)) > 1:
                faults = dict.fromkeys(range(index, index + pieces), _torn(lines[index], lines[index + pieces - 1])) | faults
            if fault := faults.get(index) or _too_wide(row, columns):
                kept[index] = False
                batch.rejected.append(Rejected(lines[index], rows[index], [_cleaned(cell) for cell in row], fault))
            else:
                row[width:] = [""] * (width - len(row))
        cells, lines, rows = list(compress(cells, kept)), list(compress(lines, kept)), list(compress(rows, kept))
    if stretch.suspect:
        _inspect(batch, columns, cells)
    batch.plain = batch.plain and stretch.block.plain
    batch.cells += cells
    batch.lines += lines
    batch.rows += rows


def _is_blank(cells: list[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _too_wide(cells: list[str], columns: Sequence[str]) -> Fault | None:
    if _is_blank(cells[len(columns) :]):
        return None
    return Fault(
        Code.WRONG_FIELD_COUNT,
        f"The record has {len(cells):,} cells where the header has {len(columns):,}; "
        "remove delimiters, and put double quotes around a cell that holds one.",
    )


def _torn(first: int, last: int) -> Fault:
    return Fault(
        Code.WRONG_FIELD_COUNT,
        f"The lines {first:,} to {last:,} look like one record that was torn by a line break; "
        "join them, or put double quotes around the cell that holds the break.",
    )


def _inspect(batch: Batch, columns: Sequence[str], cells: list[list[str]]) -> None:
    """Notes cells that cannot be stored as they are, and leaves in their place what can."""
    for index, row in enumerate(cells, len(batch.cells)):
        faults = [
            fault for number, cell in enumerate(row) if (fault := _unstorable(cell, columns[number] or f"column {number + 1}")) is not None
        ]
        if faults:
            batch.faults[index] = faults
            row[:] = map(_cleaned, row)


def _unstorable(cell: str, column: str) -> Fault | None:
    if len(cell) > CELL_LIMIT:
        return Fault(Code.VALUE_TOO_LONG, f"The cell has {len(cell):,} characters; shorten it to {CELL_LIMIT:,}.", column)
    if control := CONTROL.search(cell):
        return Fault(Code.INVALID_TEXT, f"The cell holds the control character U+{ord(control[0]):04X}; remove it.", column)
    if LOST in cell:
        return Fault(Code.INVALID_TEXT, f"The cell holds {LOST} where a character was lost; write the right one in its place.", column)
    return None


def _cleaned(cell: str) -> str:
    """A cell that can be stored; cut so that it is still too long, and no half of it is taken for the whole when read again."""
    return CONTROL.sub(LOST, cell[: CELL_LIMIT + 1])
