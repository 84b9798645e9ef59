"""A guessed encoding put to question: the first cell that it may have garbled, and how that reads in the likely ones."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from importers.faults import shown

LIKELY = (
    *("windows-1252", "windows-1251", "windows-1250", "windows-1253", "windows-1254", "windows-1255", "windows-1256"),
    *("koi8-r", "shift_jis", "gb18030", "big5", "euc-kr"),
)
READINGS = 6

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A cell that holds characters beyond ASCII, and its line."""

    line: int
    cell: str


def first_doubt(chunk: bytes, delimiter: str) -> Doubt | None:
    """The first such cell in a part of a kept file, with the lines counted from the part's first."""
    found = _BEYOND_ASCII.search(chunk)
    if found is None:
        return None
    start = max(chunk.rfind(end, 0, found.start()) for end in (b"\n", b"\r")) + 1
    text = re.split(rb"[\r\n]", chunk[start:], maxsplit=1)[0].decode(errors="ignore")
    cells = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    cell = next((cell for cell in cells if not cell.isascii()), text)
    return Doubt(lines_in(chunk[:start]) + 1, cell[:200])


def lines_in(chunk: bytes) -> int:
    """How many lines end in a part of a file."""
    return chunk.count(b"\n") or chunk.count(b"\r")


def question(encoding: str, doubt: Doubt | None) -> str:
    """What is said of a file whose encoding was guessed."""
    told = "The file is not UTF-8 and does not tell its encoding, and nothing is imported on a guess; "
    if doubt is None:
        return f"{told}name the encoding that it is in, as in windows-1252."
    readings = [f"{shown(text)} in {name}" for name, text in _readings(doubt.cell, encoding)]
    return f"{told}name the encoding in which a cell of line {doubt.line:,} reads right: {', '.join(readings)}."


def _readings(cell: str, guess: str) -> Iterator[tuple[str, str]]:
    """The cell in likely encodings, as far as it is text in them and reads otherwise than before."""
    content = cell.encode(guess, errors="replace")
    known: set[str] = set()
    for encoding in LIKELY:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in known and len(known) < READINGS and all(unicodedata.category(each)[0] in "LMNPSZ" for each in text):
            known.add(text)
            yield encoding, text
