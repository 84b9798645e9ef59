"""Batches of records made ready for `stage`: what takes processor time, and no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from importers.actions.action import Action
from importers.conversion import Conversion, Converted
from importers.faults import Fault
from importers.rows import Batch
from importers.stage import Staged
from importers.stretches import Position


@dataclass(frozen=True, slots=True)
class Prepared:
    """Consecutive records as parallel lists; `staged` has the columns of `stage`, faults and warnings are by number of the record."""

    end: Position
    first: int
    staged: list[Staged]
    lines: list[int]
    cells: list[list[str]]
    faults: dict[int, list[Fault]]
    warnings: dict[int, list[Fault]]

    def part(self, start: int, stop: int) -> "Prepared":
        """Some of the records."""
        records = slice(start, stop)
        first, numbers = self.first + start, range(self.first + start, self.first + stop)
        warnings = {number: self.warnings[number] for number in numbers if number in self.warnings}
        return Prepared(self.end, first, self.staged[records], self.lines[records], self.cells[records], self.faults, warnings)


def prepare(batches: Iterator[Batch], action: Action, conversion: Conversion, read: int) -> Iterator[Prepared]:
    """The batches of a run that has read some records before."""
    for batch in batches:
        prepared = _prepared(batch, action, conversion.values(batch), read + 1)
        read += len(prepared.staged)
        yield prepared


def _prepared(batch: Batch, action: Action, converted: Converted, first: int) -> Prepared:
    count = len(batch.cells)
    numbers: Sequence[int] = range(first, first + count)
    if batch.rejected:
        order = {row: number for number, row in enumerate(sorted([*batch.rows, *map(attrgetter("row"), batch.rejected)]), first)}
        numbers = [order[row] for row in batch.rows]
    faults = {numbers[index]: found for index, found in converted.faults.items()}
    warnings = {numbers[index]: found for index, found in converted.warnings.items()}
    faulty = list(map(faults.__contains__, numbers))
    keys = _keys(action, converted, faulty)
    blank = [None] * count
    columns = [converted.values.get(field.name, blank) for field in action.fields]
    staged: list[Staged] = list(zip(numbers, keys, faulty, _repeated(keys), *columns, strict=True))
    if not batch.rejected:
        return Prepared(batch.end, first, staged, batch.lines, batch.cells, faults, warnings)
    records = dict(zip(numbers, zip(staged, batch.lines, batch.cells, strict=True), strict=True))
    nothing = (None,) * len(columns)
    for record in batch.rejected:
        number = order[record.row]
        faults[number] = [record.fault]
        records[number] = ((number, None, True, False, *nothing), record.line, record.cells)
    in_order = [records[number] for number in sorted(records)]
    lines, cells = [line for _, line, _ in in_order], [cells for _, _, cells in in_order]
    return Prepared(batch.end, first, [staged for staged, _, _ in in_order], lines, cells, faults, warnings)


def _keys(action: Action, converted: Converted, faulty: Sequence[bool]) -> list[str | None]:
    """The match key of each record; None where it is missing or at fault."""
    required = {field.name for field in action.fields if field.required}
    blank = [None] * len(faulty)
    parts = [converted.values.get(name, blank) for name in action.match_key]
    needed = [name in required for name in action.match_key]
    if len(parts) == 1:
        return [None if part is None else action.key(part) for part in parts[0]]
    return [
        None if any(part is None and (fault or must) for part, must in zip(record, needed, strict=True)) else action.key(*record)
        for record, fault in zip(zip(*parts, strict=True), faulty, strict=True)
    ]


def _repeated(keys: Sequence[str | None]) -> list[bool]:
    """Which keys stand earlier in the list."""
    seen: set[str | None] = set()
    repeated = []
    for key in keys:
        repeated.append(key is not None and key in seen)
        seen.add(key)
    return repeated
