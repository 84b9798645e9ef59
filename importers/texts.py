"""Trimmed and normalised text, without what spreadsheets and other programs put around it."""

import re
import unicodedata

FORMULA_STARTS = "=+-@\t\r"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What stands where a character was lost when a text was recoded.
LOST = "\ufffd"

_MARK = "\ufeff"  # a byte order mark in the middle, where files were joined
_NOWHERE = "\u200b\u2060\u00ad" + _MARK  # invisible, and no part of any word
# Directions and invisible operators: they mean something between letters only.
_AROUND = "\u200e\u200f" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2060, 0x206A)]))
# Looked for one by one: in a text of western letters, none but the soft hyphen takes any time.
_INVISIBLE = _NOWHERE + _AROUND
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _INVISIBLE
_WITHOUT = dict.fromkeys(map(ord, _NOWHERE))
# With one of these a cell begins, or it is as it looks.
_SPECIAL = "'=\\"
# The way to have a spreadsheet take digits for text: `="0123"`.
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
# How dumps of databases write that there is nothing.
_NOTHING = "\\N"

_CONTROL_BYTES = bytes(byte for byte in [*range(0x20), 0x7F] if byte not in b"\t\r\n")
# In UTF-8 the control characters above ASCII are C2 80 to C2 9F; a literal first byte makes the search fast.
_HIGH_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_GUARDED = re.compile(rb"'[=+\-@\t\r]")
_LOST_BYTES = LOST.encode()


def tidy(cell: str) -> str:
    """A cell's text: trimmed, NFC, without invisible characters around it, the apostrophe that guards a formula, or `="` and `"`."""
    text = cell.strip()
    if text.isascii() and text[:1] not in _SPECIAL:
        return text
    text = cell.translate(_WITHOUT).lstrip(_BLANK)
    while text[:1] == "'" and text[1:2] and text[1] in FORMULA_STARTS:
        text = text[1:].lstrip(_BLANK)
    text = text.rstrip(_BLANK)
    if quoted := _TEXT_FORMULA.fullmatch(text):
        text = quoted[1].replace('""', '"').strip(_BLANK)
    return "" if text == _NOTHING else unicodedata.normalize("NFC", text)


def is_plain(content: bytes, text: str) -> bool:
    """Whether `str.strip` does to every cell of a text what `tidy` does."""
    # To look for one byte is ten times as fast as for two.
    if (b"=" in content and b'="' in content) or (b"\\" in content and b"\\N" in content) or _GUARDED.search(content):
        return False
    return text.isascii() or (not any(map(text.__contains__, _INVISIBLE)) and unicodedata.is_normalized("NFC", text))


def has_control(content: bytes) -> bool:
    """Whether UTF-8 bytes hold a control character other than TAB, LF and CR, or the mark of a character that was lost."""
    if len(content.translate(None, _CONTROL_BYTES)) != len(content):
        return True
    return _HIGH_CONTROL.search(content) is not None or (_LOST_BYTES[:1] in content and _LOST_BYTES in content)


def without_mark(line: str) -> str:
    """A line without invisible characters before it, such as the mark of a file that was joined on: they would hide a quote."""
    return line.lstrip(_INVISIBLE)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(tuple(FORMULA_STARTS)) else cell
