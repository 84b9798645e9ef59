"""Encodings and delimiters by content, and recoding to UTF-8."""

import codecs
import csv
import gzip
import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.dialects import detect
from importers.errors import BadSetting, Unreadable
from importers.recoding import Recoder, recode
from tests.reading import IMPORTS, chunks, kept

RUSSIAN = "email,имя\nanna@example.com,Анна\n"


@pytest.mark.parametrize(
    ("folder", "encoding", "delimiter"),
    [("plain", "utf-8", ","), ("excel", "utf-8", ","), ("semicolon", "utf-8", ";"), ("tsv", "utf-8", "\t"), ("utf16", "utf-16-le", ",")],
)
def test_each_sample_is_recognised_and_kept_with_the_same_cells(folder: str, encoding: str, delimiter: str) -> None:
    content = next((IMPORTS / folder).glob("users.*")).read_bytes()
    plain = (IMPORTS / "plain" / "users.csv").read_bytes().decode()

    text, dialect = kept(content)

    assert (dialect.encoding, dialect.delimiter, dialect.guessed) == (encoding, delimiter, False)
    assert table(text.decode(), delimiter) == table(plain, ",")


def table(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (RUSSIAN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + RUSSIAN.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + RUSSIAN.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + RUSSIAN.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + RUSSIAN.encode("utf-32-le"), "utf-32-le"),
        (RUSSIAN.encode("utf-16-le"), "utf-16-le"),
        (RUSSIAN.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_unicode_is_found_whatever_encoding_is_given(content: bytes, encoding: str) -> None:
    for given_encoding in (None, "windows-1251"):
        text, dialect = kept(content, encoding=given_encoding)

        assert (text.decode(), dialect.encoding, dialect.guessed) == (RUSSIAN, encoding, False)


def test_a_given_encoding_is_taken_where_the_file_is_not_unicode() -> None:
    text, dialect = kept(RUSSIAN.encode("windows-1251"), encoding="Windows-1251")

    assert (text.decode(), dialect.encoding, dialect.guessed) == (RUSSIAN, "windows-1251", False)


def test_without_a_given_encoding_windows_1252_is_stated_as_a_guess() -> None:
    text, dialect = kept("email,name\nzoe@example.com,Zoë – 5 €\n".encode("windows-1252"))

    assert (text.decode(), dialect.encoding, dialect.guessed) == ("email,name\nzoe@example.com,Zoë – 5 €\n", "windows-1252", True)


@pytest.mark.parametrize(
    ("given_encoding", "stated", "guessed"),
    [(None, "windows-1252", True), ("iso-8859-15", "iso-8859-15", False), ("utf-8", "utf-8", False)],
)
def test_an_encoding_that_shows_late_in_the_file_is_settled_there(given_encoding: str | None, stated: str, guessed: bool) -> None:
    head = b"email,name\n" + b"ann@example.com,Ann\n" * 5_000
    content = head + "zoe@example.com,Zoë\n".encode("utf-8" if stated == "utf-8" else stated)

    text, dialect = kept(content, encoding=given_encoding)

    assert text.decode() == head.decode() + "zoe@example.com,Zoë\n"
    assert (dialect.encoding, dialect.guessed) == (stated, guessed)


def test_a_late_utf8_character_wins_over_a_given_encoding() -> None:
    content = b"email,name\n" + b"ann@example.com,Ann\n" * 5_000 + "zoe@example.com,Zoë\n".encode()

    text, dialect = kept(content, encoding="windows-1252")

    assert (text, dialect.encoding) == (content, "utf-8")


def test_a_character_cut_off_by_the_end_of_the_head_is_fine() -> None:
    head = "email,имя\nanna@example.com,Анна".encode()[:-1]

    assert detect(head, complete=False).encoding == "utf-8"
    with pytest.raises(Unreadable, match="0xD0 at position 36 is not utf-8"):
        detect(head, complete=True)


def test_one_broken_byte_does_not_turn_utf8_into_a_guess() -> None:
    content = RUSSIAN.encode() + b"bo@example.com,B\xff\n"

    with pytest.raises(Unreadable, match=f"0xFF at position {len(content) - 2} is not utf-8"):
        detect(content, complete=True)
    with pytest.raises(Unreadable, match="0xFF at position 70,055 is not utf-8"):
        kept(b"a" * 70_000 + content)


def test_stateful_encodings_of_ascii_bytes_are_taken_when_given() -> None:
    text, dialect = kept("email,name\nh@example.com,浩\n".encode("iso-2022-jp"), encoding="iso-2022-jp")

    assert (text.decode(), dialect.encoding) == ("email,name\nh@example.com,浩\n", "iso-2022-jp")


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\0"), min_size=1),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    chunk=st.integers(1, 9),
)
def test_unicode_survives_recoding_in_chunks_of_any_size(text: str, encoding: str, chunk: int) -> None:
    content = f"é,{text}\n".encode(encoding)
    recoder = Recoder(detect(content, complete=True))

    assert b"".join(recode(chunks(content, chunk), recoder)).decode() == f"é,{text}\n"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_that_cuts_records_alike_is_found(delimiter: str) -> None:
    lines = [["email", "name", "note"], ["ann@example.com", "Ann", '"a, b; c | d\te\nf"'], ["bo@example.com", "Bo, Jr; x|y", ""]]
    content = "\r\n".join(delimiter.join(line) for line in lines if delimiter not in line[1]).encode()

    assert detect(content, complete=True).delimiter == delimiter


def test_a_single_column_is_read_by_comma_and_a_given_delimiter_is_taken() -> None:
    assert detect(b"email\nann@example.com\n", complete=True).delimiter == ","
    assert detect(b"a,b;c\n1,2;3\n", complete=True, delimiter=";").delimiter == ";"


def test_the_hint_that_spreadsheets_write_names_the_delimiter() -> None:
    assert detect(b"sep=;\r\na,b,c\r\n1,2,3\r\n", complete=True).delimiter == ";"


@pytest.mark.parametrize("settings", [{"delimiter": ":"}, {"encoding": "klingon"}, {"encoding": "base64"}, {"encoding": "idna"}])
def test_unknown_settings_are_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(BadSetting, match=next(iter(settings.values()))):
        detect(b"a,b\n", complete=True, **settings)


def _zip(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \r\n\r\n", "empty"),
        (_zip("[Content_Types].xml"), r"Excel workbook \(\.xlsx\).*save the sheet as CSV"),
        (_zip("clients.csv"), "ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old Excel workbook \(\.xls\)"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG image"),
        (b"%PDF-1.7 ...", "PDF document"),
        (gzip.compress(b"a,b\n"), "gzip archive"),
        (bytes(range(32)) * 40, "binary data"),
        (bytes(range(256)) * 4, "binary data"),
        (b"email\nzo\x81\n", "0x81 at position 8 is not UTF-8 or windows-1252"),
    ],
)
def test_what_is_no_text_is_refused_with_what_it_looks_like(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        detect(content, complete=True)


def test_a_few_zeros_are_left_to_their_records() -> None:
    assert detect(b"email,name\nann@example.com,A\0nn\n", complete=True).encoding == "utf-8"


def test_bytes_that_do_not_fit_the_encoding_are_refused_with_their_position() -> None:
    content = "é,b\n".encode() + b"x" * 70_000 + b"\xff\n"

    with pytest.raises(Unreadable, match=r"0xFF at position 70,005 is not utf-8"):
        kept(content)


@pytest.mark.parametrize("content", [codecs.BOM_UTF16_LE + "a,b\nc".encode("utf-16-le")[:-1], "é,b\n".encode() + b"x" * 70_000 + b"\xc3"])
def test_a_character_cut_off_by_the_end_of_the_file_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        kept(content)
