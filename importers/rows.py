"""Records of a kept file in batches, each with its physical line and its row as a spreadsheet counts them.

A record is blank, and ignored, when all its cells are: spreadsheets end a sheet with `,,,`. A record may be wider than the header
only by empty cells, which spreadsheets leave at the end.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

from importers.dialects import is_hint
from importers.errors import Unreadable
from importers.faults import Code, Fault
from importers.lines import CELL_LIMIT
from importers.records import Shape
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


def read_header(chunks: Iterable[bytes], delimiter: str) -> Header:
    """The header of a kept file: its first record that is not blank."""
    for stretch in stretches(chunks, Shape(delimiter, sys.maxsize), Position()):
        for index, cells in enumerate(stretch.parsed.cells):
            if index in stretch.parsed.faults:
                raise Unreadable(f"The header in line {stretch.line_of(index)} cannot be read: {stretch.parsed.faults[index].message}")
            names = [tidy(CONTROL.sub(" ", cell)) for cell in cells]
            if any(names) and not is_hint(delimiter.join(cells)):
                return Header(names, stretch.line_of(index), stretch.after(index))
    raise Unreadable("The file has no header; upload one whose first line names the columns.")


def read(chunks: Iterable[bytes], columns: Sequence[str], *, delimiter: str, start: Position, size: int = 5_000) -> Iterator[Batch]:
    """Batches of up to `size` records, blank ones counted, from chunks that begin at `start`."""
    batch = Batch(start)
    for stretch in stretches(chunks, Shape(delimiter, len(columns)), start):
        first, total = 0, len(stretch.parsed.cells)
        while first < total:
            last = min(total, first + start.row + size - batch.end.row)
            _add(batch, columns, stretch, slice(first, last))
            first = last
            batch.end = stretch.after(last - 1)
            if batch.end.row - start.row == size or batch.end.offset - start.offset >= BATCH_BYTES:
                yield batch
                start = batch.end
                batch = Batch(start)
    if batch.end != start:
        yield batch


def _add(batch: Batch, columns: Sequence[str], stretch: Stretch, part: slice) -> None:
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
            fault = faults.get(index)
            if not fault and _is_blank(row):
                kept[index] = False
            elif fault := fault or _misfit(row, columns):
                kept[index] = False
                batch.rejected.append(Rejected(lines[index], rows[index], [_cleaned(cell) for cell in row], fault))
            else:
                del row[width:]
        cells, lines, rows = list(compress(cells, kept)), list(compress(lines, kept)), list(compress(rows, kept))
    if stretch.suspect:
        _inspect(batch, columns, cells)
    batch.plain = batch.plain and stretch.block.plain
    batch.cells += cells
    batch.lines += lines
    batch.rows += rows


def _is_blank(cells: list[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _misfit(cells: list[str], columns: Sequence[str]) -> Fault | None:
    if len(cells) == len(columns) or (len(cells) > len(columns) and _is_blank(cells[len(columns) :])):
        return None
    return width_fault(len(cells), len(columns))


def width_fault(found: int, wanted: int) -> Fault:
    return Fault(
        Code.WRONG_FIELD_COUNT,
        f"The record has {found:,} cells where the header has {wanted:,}; "
        "add or remove delimiters, and put double quotes around a cell that holds one.",
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
