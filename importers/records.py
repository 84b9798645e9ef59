"""Records out of physical lines, by the strict rules of CSV, going on after a broken quote.

A record depends on nothing but the lines from its first one on, so that reading can start at any record. Where a quote is never
closed, or is closed and followed by text, the first line is at fault, and the next record starts with the next line.
"""

import csv
import itertools
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from importers.faults import Code, Fault
from importers.lines import LINE_LIMIT

# The limit belongs to the whole process, and its default ends the reading of a file; here longer cells are faults of their records.
csv.field_size_limit(LINE_LIMIT + 1)

# Blanks before an opening quote, as some programs write after each delimiter, do not keep it from being one.
_RULES: dict[str, Any] = {"strict": True, "skipinitialspace": True}

_SPAN = 16  # lines; a longer record is looked at more closely
QUOTE = Fault(
    Code.INVALID_TEXT,
    "A cell that begins with a double quote has no closing one before the next delimiter; "
    'close it, and write each double quote within it twice, as in "the ""Mill""".',
)
_LONG = Fault(Code.VALUE_TOO_LONG, f"The line has more than {LINE_LIMIT:,} characters; shorten its cells.")


PIECES = 8  # lines over which a record may be torn


Stands = Callable[[Sequence[str]], bool]
"Tells whether cells can be a record of their own."


def anything(_: Sequence[str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Shape:
    """What the records of a file have in common."""

    delimiter: str
    width: int
    stands: Stands = anything

    def is_piece(self, cells: Sequence[str]) -> bool:
        """Whether cells may be a part of a torn record: they are fewer than the header's, and not all blank."""
        return len(cells) < self.width and any(cell and not cell.isspace() for cell in cells)

    def continues(self, cells: Sequence[str]) -> bool:
        """Whether cells may be what was torn from the line before."""
        return self.is_piece(cells) and not self.stands(cells)

    def torn(self, records: Sequence[Sequence[str]], index: int) -> int:
        """Of how many lines the record at an index is, that was torn by line breaks: short ones that fit together; 1 for a whole one."""
        if not self.is_piece(records[index]) or not self.stands(records[index]):
            return 1
        total = len(records[index])
        for pieces, cells in enumerate(records[index + 1 : index + PIECES], 2):
            total += len(cells) - 1
            if total > self.width or not self.continues(cells):
                return 1
            if total == self.width:
                return pieces
        return 1


@dataclass(slots=True)
class Parsed:
    """Records in order; `ends` counts the lines up to the end of each, `faults` are of those whose cells cannot be told apart."""

    cells: list[list[str]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)

    @property
    def used(self) -> int:
        """The lines that the records take."""
        return self.ends[-1] if self.ends else 0


def parse(lines: Sequence[str], shape: Shape, *, wary: int, final: bool) -> Parsed:
    """The records that end within lines; a last one that may go on is left out unless the lines are final.

    Up to `wary` records are read one by one: a first one that was left out before, or all where a cell may be over the limit.
    """
    parsed = Parsed()
    for _ in range(wary):
        if not _one(lines, shape, parsed, final=final):
            return parsed
    if not _all_at_once(lines, shape, parsed):
        while _one(lines, shape, parsed, final=final):
            pass
    return parsed


def _all_at_once(lines: Sequence[str], shape: Shape, parsed: Parsed) -> bool:
    """The fast way, which stops at anything unusual and says whether it came to the end."""
    first, known = parsed.used, len(parsed.ends)
    cells, ends = parsed.cells, parsed.ends
    reader = csv.reader(map(lines.__getitem__, range(first, len(lines))), delimiter=shape.delimiter, **_RULES)
    complete = True
    try:
        for row in reader:
            cells.append(row)
            ends.append(reader.line_num + first)
    except csv.Error:
        complete = False
    if parsed.used - first == len(ends) - known:
        return complete
    spans = map(operator.sub, itertools.islice(ends, known, None), itertools.chain([first], itertools.islice(ends, known, None)))
    long = next((index for index, span in enumerate(spans, known) if span > _SPAN), None)
    if long is None:
        return complete
    del cells[long:], ends[long:]
    return False


def _one(lines: Sequence[str], shape: Shape, parsed: Parsed, *, final: bool) -> bool:
    """Adds the next record, or says that there is none."""
    if parsed.used == len(lines):
        return False
    found = _record(lines, parsed.used, shape, final=final)
    if found is None:
        return False
    cells, end, fault = found
    if fault:
        parsed.faults[len(parsed.cells)] = fault
    parsed.cells.append(cells)
    parsed.ends.append(end)
    return True


def _record(lines: Sequence[str], start: int, shape: Shape, *, final: bool) -> tuple[list[str], int, Fault | None] | None:
    """The record that starts at a line, the line behind it and its fault; None when only further lines can tell."""
    if len(lines[start]) > LINE_LIMIT:
        return _leniently(lines[start][:LINE_LIMIT], shape), start + 1, _LONG
    span = _SPAN
    while True:
        window = lines[start : start + span]
        reader = csv.reader(window, delimiter=shape.delimiter, **_RULES)
        try:
            cells = next(reader)
        except csv.Error:
            whole = len(window) == span
            if _is_broken(window, shape, whole=whole):
                break
            if not whole:
                if final:
                    break
                return None
            span *= 2
        else:
            if sum(map(len, window[: reader.line_num])) > LINE_LIMIT:
                break
            return cells, start + reader.line_num, None
    closed = _without_blanks_behind_quotes(lines[start], shape)
    if closed is not None:
        return closed, start + 1, None
    return _leniently(lines[start], shape), start + 1, QUOTE


def _without_blanks_behind_quotes(line: str, shape: Shape) -> list[str] | None:
    """The cells of a line that is well written but for blanks between a closing quote and the delimiter."""
    closed = re.sub(f'" +(?=[{re.escape(shape.delimiter)}\r\n])', '"', line)
    if closed == line:
        return None
    try:
        return next(csv.reader([closed], delimiter=shape.delimiter, **_RULES))
    except csv.Error:
        return None


def _is_broken(window: Sequence[str], shape: Shape, *, whole: bool) -> bool:
    """Whether lines without the end of a record are no beginning of one, either."""
    if sum(map(len, window)) > LINE_LIMIT:
        return True
    try:
        cells = next(csv.reader([*window, '"'], delimiter=shape.delimiter, **_RULES))
    except csv.Error:
        return True  # the quote does not close it: it was closed before, and text follows
    # More cells than the header has, and still within a quote: without this rule, a file in which each line opens a quote
    # would be read to its end once per line. Judged at full windows only, so that the cut between blocks changes nothing.
    return whole and len(cells) > shape.width


def _leniently(line: str, shape: Shape) -> list[str]:
    """The cells of a broken line as well as they can be told, for whoever mends it; one whose quotes are broken as it stands there."""
    text, cells, start = line.rstrip("\r\n"), list[str](), 0
    cell = _cell(shape.delimiter)
    while start <= len(text) and (found := cell.match(text, start)):
        quoted, plain = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        start = found.end() + 1
    return cells


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    """A cell up to the next delimiter: quoted, or broken from the quote on that closes too early or never, or plain."""
    end = re.escape(delimiter)
    return re.compile(rf' *"((?:[^"]|"")*+)"(?={end}|\Z)| *("(?:[^"]|"")*+(?:"[^{end}]*)?|[^{end}]*)', re.DOTALL)
