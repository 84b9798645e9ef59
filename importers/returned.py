"""Records of a file of errors that came back as they were: faults that the cells alone no longer show are told again.

In that file each cell is quoted as it should be, each record has as many cells as the header, and the first of two records with one key
is missing. So a record that `error_codes` says is broken in such a way counts as mended once what was broken is gone, or the codes are.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from importers.columns import column_key
from importers.errors_file import ERRORS
from importers.faults import Code, Fault, shown
from importers.records import QUOTE
from importers.rows import Batch, Rejected
from importers.texts import tidy

_TORN = re.compile(r"The lines [0-9,]+ to [0-9,]+ look like one record that was torn[^.]*\.")


def told_again(batches: Iterable[Batch], header: Sequence[str], keys: Sequence[int]) -> Iterator[Batch]:
    """The batches with such faults; `keys` are the columns of the match key."""
    names = [column_key(column) for column in header]
    if not all(column_key(added) in names for added in ERRORS.columns):
        yield from batches
        return
    codes, messages = (names.index(column_key(added)) for added in ERRORS.columns)
    for batch in batches:
        told = [(index, row[codes], tidy(row[messages])) for index, row in enumerate(batch.cells) if row[codes]]
        broken: dict[int, Fault] = {}
        for index, code, message in told:
            cells = batch.cells[index]
            own = [cell for place, cell in enumerate(cells) if place not in (codes, messages)]
            if fault := _broken(own, code, message):
                broken[index] = fault
            elif Code.DUPLICATE_IN_FILE in code and keys and all(shown(tidy(cells[key])) in message for key in keys):
                batch.faults[index] = [*batch.faults.get(index, []), _duplicate([cells[key] for key in keys], header[keys[0]])]
        if broken:
            _reject(batch, broken)
        yield batch


def _duplicate(key: Sequence[str], column: str) -> Fault:
    values = ", ".join(shown(tidy(cell)) for cell in key)
    return Fault(Code.DUPLICATE_IN_FILE, f"{values}: the first record counts; to take this one, empty its {ERRORS.columns[0]}.", column)


def _broken(cells: Sequence[str], codes: str, message: str) -> Fault | None:
    """The fault of a record whose cells could not be told apart, and have not been mended since."""
    if Code.INVALID_TEXT in codes and QUOTE.message in message and any(cell.lstrip().startswith('"') for cell in cells):
        return QUOTE
    torn = _TORN.search(message) if Code.WRONG_FIELD_COUNT in codes else None
    return Fault(Code.WRONG_FIELD_COUNT, torn[0]) if torn and not any(map(tidy, cells[-1:])) else None


def _reject(batch: Batch, broken: dict[int, Fault]) -> None:
    """Moves records to those that are not read."""
    kept = [index for index in range(len(batch.cells)) if index not in broken]
    batch.rejected += [Rejected(batch.lines[index], batch.rows[index], batch.cells[index], fault) for index, fault in broken.items()]
    places = {index: place for place, index in enumerate(kept)}
    batch.faults = {places[index]: faults for index, faults in batch.faults.items() if index in places}
    batch.cells = [batch.cells[index] for index in kept]
    batch.lines = [batch.lines[index] for index in kept]
    batch.rows = [batch.rows[index] for index in kept]
