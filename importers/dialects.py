"""How a file is written: its encoding and delimiter, found by content."""

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from importers.errors import BadSetting, Unreadable
from importers.headers import LOOKED_AT, Vocabulary, likeness

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}
HEAD = 65_536  # bytes that are looked at
GUESS = "windows-1252"

# The marks of UTF-32 begin with those of UTF-16, so they come first.
_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
_SPREADSHEET = "save the sheet as CSV (UTF-8) and upload that; workbooks are not read yet"
_KINDS = [
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", _SPREADSHEET),
    (b"\x89PNG", "a PNG image", "upload a CSV or TSV file"),
    (b"\xff\xd8\xff", "a JPEG image", "upload a CSV or TSV file"),
    (b"%PDF", "a PDF document", "upload a CSV or TSV file"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and upload the CSV or TSV file in it"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV and upload that"),
    (b"PAR1", "a Parquet file", "export it as CSV and upload that"),
]
_WIDE = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_NOT_FOR_FILES = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"}
# A line that spreadsheets write before the header; programs that do not know it quote it and add delimiters.
_HINT = re.compile(r'"?sep=(.)"?[\s,;|]*', re.IGNORECASE)
_MARKUP = [
    (re.compile(r"<(!doctype html|html|head|body|table|meta|style)\b", re.IGNORECASE), "a web page (HTML)"),
    (re.compile(r"<\?xml|<[a-z]+:?[a-z]*[\s>]", re.IGNORECASE), "an XML document"),
    (re.compile(r"mime-version:", re.IGNORECASE), "a saved web page (MHTML)"),
    (re.compile(r"\{\\rtf"), "a rich text document (RTF)"),
    (re.compile(r"\[?\s*\{\s*\""), "JSON"),
]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written; `guessed` says that nothing in it or about it proves the encoding."""

    encoding: str
    delimiter: str
    guessed: bool = False
    mark: bytes = b""
    settled: bool = True  # false when the head is ASCII only, so that what follows decides
    given: str | None = None


def detect(
    head: bytes,
    *,
    complete: bool,
    delimiter: str | None = None,
    encoding: str | None = None,
    vocabularies: Sequence[Vocabulary] = (),
) -> Dialect:
    """The dialect of a file by its first bytes, and the names that its header may have; `complete` says that there are no more."""
    given = _known(encoding) if encoding else None
    if delimiter is not None and delimiter not in DELIMITERS:
        raise BadSetting(f"The delimiter {delimiter!r} is not supported; use one of {', '.join(DELIMITERS.values())}.")
    head, complete = head[:HEAD], complete and len(head) <= HEAD
    _refuse_other_formats(head)
    found = _encoding(head, complete=complete, given=given)
    content = head[len(found.mark) :]
    try:
        text = decoded(content, found.encoding, complete=complete)
    except UnicodeDecodeError as error:
        _refuse_binary(content.decode("latin-1"))
        tried = f"UTF-8 or {GUESS}" if found.guessed else found.encoding
        raise Unreadable(misfit(content[error.start], len(found.mark) + error.start, tried)) from error
    _refuse_binary(text)
    if not text.strip("\ufeff \t\r\n"):
        raise Unreadable("The file is empty; upload one with a header line and a line for each record.")
    _refuse_markup(text)
    delimiter = delimiter or _delimiter(text, vocabularies, complete=complete)
    return Dialect(found.encoding, delimiter, found.guessed, found.mark, found.settled, given)


def is_hint(line: str) -> bool:
    """Whether a line only tells spreadsheets the delimiter: `sep=;`."""
    return _HINT.fullmatch(line) is not None


def decoded(content: bytes, encoding: str, *, complete: bool) -> str:
    """The text of bytes, whose last character may be cut off unless they are complete."""
    return codecs.getincrementaldecoder(encoding)().decode(content, complete)


def narrow_encoding(content: bytes, given: str | None, *, complete: bool) -> tuple[str, bool]:
    """The encoding of bytes that are not ASCII only, and whether it is a guess."""
    try:
        decoded(content, "utf-8", complete=complete)
    except UnicodeDecodeError:
        if given:
            return given, False
        text = content.decode(errors="replace")
        # Other encodings hardly ever look like UTF-8 beyond ASCII: such a file is UTF-8, but for a few broken bytes.
        damaged = sum(1 for character in text if character > "\x7f") > 2 * text.count("\ufffd")
        return ("utf-8", False) if damaged else (GUESS, True)
    return "utf-8", False


def misfit(byte: int, position: int, encoding: str) -> str:
    """What is said of a byte that does not fit the file's encoding."""
    return f"The byte 0x{byte:02X} at position {position:,} is not {encoding}; save the file as UTF-8, or name the encoding that it is in."


def _known(encoding: str) -> str:
    name = encoding.strip().lower()
    try:
        canonical = codecs.lookup(name).name
        "a".encode(name)
    except (LookupError, UnicodeError, ValueError):
        canonical = "undefined"
    if canonical.replace("-", "_") in {known.replace("-", "_") for known in _NOT_FOR_FILES}:
        raise BadSetting(f"The encoding {encoding!r} is unknown; use a name such as 'utf-8', 'windows-1252', 'windows-1251' or 'utf-16'.")
    return {"utf-8-sig": "utf-8"}.get(canonical) or _WIDE.get(canonical) or (canonical if canonical.startswith("utf-") else name)


def _refuse_other_formats(head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"xl/" in head:
            raise Unreadable(f"The file looks like an Excel workbook (.xlsx): {_SPREADSHEET}.")
        raise Unreadable("The file looks like a ZIP archive: unpack it and upload the CSV or TSV file in it.")
    for magic, name, remedy in _KINDS:
        if head.startswith(magic):
            raise Unreadable(f"The file looks like {name}: {remedy}.")


def _refuse_binary(text: str) -> None:
    odd = sum(1 for character in text if character < " " and character not in "\t\r\n")
    # A few stray control characters are faults of their records; a file full of them is no text.
    if odd > 16 and odd * 20 > len(text):
        raise Unreadable("The file looks like binary data, not text: upload a CSV or TSV file.")


def _refuse_markup(text: str) -> None:
    beginning = text[:1_000].lstrip("\ufeff \t\r\n")
    name = next((name for pattern, name in _MARKUP if pattern.match(beginning)), None)
    if name:
        raise Unreadable(f"The file looks like {name}: open it in a spreadsheet, save the sheet as CSV (UTF-8) and upload that.")


def _encoding(head: bytes, *, complete: bool, given: str | None) -> Dialect:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Dialect(name, "", mark=mark)
    if wide := _wide_by_zeros(head):
        return Dialect(wide, "")
    if head.isascii():
        # Escape sequences are ASCII too: ISO-2022 and the like cannot be told from UTF-8 by looking.
        escaped = given is not None and (given.startswith(("iso-2022", "iso2022", "hz")))
        return Dialect(given if given and escaped else "utf-8", "", settled=escaped or complete)
    encoding, guessed = narrow_encoding(head, given, complete=complete)
    # UTF-32, and UTF-16 of little ASCII, may be valid UTF-8 that holds zeros.
    is_wide = encoding == "utf-8" and given is not None and given.startswith(("utf-16", "utf-32")) and 0 in head
    return Dialect(given if given and is_wide else encoding, "", guessed)


def _wide_by_zeros(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its ASCII characters is zero."""
    even, odd, pairs = head[0::2].count(0), head[1::2].count(0), len(head) // 2
    if odd * 10 > pairs and even * 10 < odd:
        return "utf-16-le"
    if even * 10 > pairs and odd * 10 < even:
        return "utf-16-be"
    return None


def _delimiter(text: str, vocabularies: Sequence[Vocabulary], *, complete: bool) -> str:
    """The delimiter by which most names of columns are found, a required one among them; else the hinted one, or the most even one."""
    lines = list(io.StringIO(text.lstrip("\ufeff"), newline=""))
    if not complete and len(lines) > 1:
        lines.pop()  # may be cut off
    hint = _HINT.fullmatch(lines[0])
    tables = {delimiter: _table(lines, delimiter) for delimiter in DELIMITERS}
    names = {delimiter: _names_found(table, vocabularies) for delimiter, table in tables.items()}
    if not any(names.values()):
        _refuse_lines_quoted_whole(tables[","], vocabularies)
    return max(
        DELIMITERS,
        key=lambda delimiter: (names[delimiter], hint is not None and hint[1] == delimiter, _consistency(tables[delimiter])),
    )


def _table(lines: list[str], delimiter: str) -> list[list[str]]:
    """The records that are not blank, without blank cells at their ends, as far as they can be read."""
    table = []
    with contextlib.suppress(csv.Error):
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            while row and not row[-1].strip():
                row.pop()
            if any(row):
                table.append(row)
    return table


def _names_found(table: list[list[str]], vocabularies: Sequence[Vocabulary]) -> int:
    """How many names of columns the record has that is most like a header; 0 when it lacks all required ones."""
    found = [likeness(row, vocabularies) for row in table[:LOOKED_AT]]
    return max((each.known for each in found if each.required), default=0)


def _consistency(table: list[list[str]]) -> tuple[float, int]:
    """The share of records that fit the first, and its width; the better delimiter has the greater pair."""
    if not table or len(table[0]) < 2:
        return (0.0, 0)
    width = len(table[0])
    return (sum(1 for row in table if 1 < len(row) <= width) / len(table), width)


def _refuse_lines_quoted_whole(table: list[list[str]], vocabularies: Sequence[Vocabulary]) -> None:
    """A sheet of which only the first column is filled, with whole lines of another file."""
    lines = [row[0] for row in table[:LOOKED_AT] if len(row) == 1]
    for delimiter, name in DELIMITERS.items():
        if any(len(row) > 1 and likeness(row, vocabularies).required for row in _table(lines, delimiter)):
            raise Unreadable(
                f"Each line of the file is quoted as a whole, with a {name} between the cells: in a spreadsheet, split the first column "
                f"into columns at each {name}, save the sheet as CSV (UTF-8) and upload that."
            )
