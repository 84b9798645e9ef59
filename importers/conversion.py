"""Batches of records become columns of values, with the faults of each record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import NoneType

from importers.columns import Field, Mapping
from importers.faults import Code, Fault, Warned
from importers.remarks import ODD, remarked
from importers.rows import Batch
from importers.texts import tidy
from importers.values import ColumnReader, Terms, Values


@dataclass(frozen=True, slots=True)
class Converted:
    """Values by field, each list as long as the batch, with faults and warnings by index; a value at fault, or of a blank cell, is None."""

    values: dict[str, Values]
    faults: dict[int, list[Fault]]
    warnings: dict[int, list[Fault]]


@dataclass(frozen=True, slots=True)
class _Source:
    field: Field
    index: int
    column: str
    read: ColumnReader


class Conversion:
    """What turns the batches of one file into values; a thread needs one of its own, as it remembers answers."""

    def __init__(self, header: Sequence[str], fields: Sequence[Field], mapping: Mapping, terms: Terms) -> None:
        self._width = len(header)
        self._blanks = terms.blanks
        mapped = [field for field in fields if field.name in mapping.sources]
        # A field that needs others is read behind all that need none.
        self._sources = [
            _Source(field, index, header[index] or f"column {index + 1}", field.kind.reader(terms))
            for field in sorted(mapped, key=lambda field: len(field.kind.beside))
            for index in [mapping.sources[field.name]]
        ]

    def stands(self, cells: Sequence[str]) -> bool:
        """Whether cells can be a record of their own: all that is required is there, and can be read."""
        return all(
            source.index < len(cells) and type(source.read([tidy(cells[source.index])], {})[0]) not in (Fault, NoneType)
            for source in self._sources
            if source.field.required
        )

    def values(self, batch: Batch) -> Converted:
        """The values of a batch's records, field by field."""
        # Twice as fast as `zip(*batch.cells)`, which visits the records once per column.
        cells = list(map(str.strip if batch.plain else tidy, chain.from_iterable(batch.cells)))
        if self._blanks:
            cells = ["" if cell in self._blanks else cell for cell in cells]
        is_odd = not ODD.isdisjoint(cells)
        values: dict[str, Values] = {}
        warnings: dict[int, list[Fault]] = {}
        faults = {index: list(known) for index, known in batch.faults.items()}
        for source in self._sources:
            column = cells[source.index :: self._width]
            read = values[source.field.name] = source.read(column, values)
            if is_odd:
                read[:] = map(remarked, column, read)
            _collect_warnings(read, source.column, warnings)
            if source.field.required and "" in column:
                missing = Fault(Code.REQUIRED_MISSING, f"The cell is empty, and {source.field.name!r} is required; fill it in.")
                read[:] = [value if cell else missing for cell, value in zip(column, read, strict=True)]
        for source in self._sources:
            _collect_faults(values[source.field.name], source.column, faults)
        return Converted(values, faults, warnings)


def _collect_warnings(values: Values, column: str, warnings: dict[int, list[Fault]]) -> None:
    """Leaves the values alone in a column; fields that are read beside it see no warnings."""
    if Warned not in set(map(type, values)):
        return
    for index, value in enumerate(values):
        if isinstance(value, Warned):
            values[index] = value.value
            warnings.setdefault(index, []).append(replace(value.warning, column=column))


def _collect_faults(values: Values, column: str, faults: dict[int, list[Fault]]) -> None:
    """Moves the faults out of a column."""
    if Fault not in set(map(type, values)):
        return
    for index, value in enumerate(values):
        if isinstance(value, Fault):
            values[index] = None
            known = faults.setdefault(index, [])
            # A cell that cannot be stored has been replaced; what is wrong with the replacement says nothing.
            if all(fault.column != column for fault in known):
                known.append(replace(value, column=column))
