"""Trimmed and normalised text, and the apostrophe that keeps a spreadsheet from running a cell as a formula."""

import re
import unicodedata

FORMULA_STARTS = "=+-@\t\r"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_MARK = "\ufeff"  # a byte order mark in the middle, where files were joined
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _MARK
_CONTROL_BYTES = bytes(byte for byte in [*range(0x20), 0x7F] if byte not in b"\t\r\n")
# In UTF-8 the control characters above ASCII are C2 80 to C2 9F; a literal first byte makes the search fast.
_HIGH_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_GUARDED = re.compile(rb"'[=+\-@\t\r]")


def tidy(cell: str) -> str:
    """A cell's text: trimmed, NFC, without the apostrophe that guards a formula."""
    text = cell.strip()
    if text.isascii() and text[:1] != "'":
        return text
    text = cell.lstrip(_BLANK)
    while text[:1] == "'" and text[1:2] and text[1] in FORMULA_STARTS:
        text = text[1:].lstrip(_BLANK)
    return unicodedata.normalize("NFC", text.rstrip(_BLANK))


def is_plain(content: bytes, text: str) -> bool:
    """Whether `str.strip` does to every cell of a text what `tidy` does."""
    if _GUARDED.search(content):
        return False
    return text.isascii() or (_MARK not in text and unicodedata.is_normalized("NFC", text))


def has_control(content: bytes) -> bool:
    """Whether UTF-8 bytes hold a control character other than TAB, LF and CR."""
    return len(content.translate(None, _CONTROL_BYTES)) != len(content) or _HIGH_CONTROL.search(content) is not None


def without_mark(line: str) -> str:
    """A line without the byte order mark of a file that was joined on, which would hide a quote."""
    return line.lstrip(_MARK)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(tuple(FORMULA_STARTS)) else cell
