"""The CSV of errored records, to be mended and uploaded again."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from importers.errors_file import Errored, errors_csv
from importers.faults import Code, Fault
from importers.fields import IMPORT_USERS
from importers.texts import tidy
from tests.reading import converted

EMAIL = Fault(Code.INVALID_EMAIL, "It is no address.", "Email")
WIDTH = Fault(Code.WRONG_FIELD_COUNT, "It has 4 cells.")


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_each_record_has_its_cells_codes_and_messages() -> None:
    records = [Errored(["nobody", "Ann"], [EMAIL, WIDTH]), Errored(["x@example.com"], [WIDTH])]

    content = b"".join(errors_csv(["Email", "Name"], records))

    assert content.startswith(b"\xef\xbb\xbfEmail,Name,error_codes,error_messages\r\n")
    assert table(content) == [
        ["Email", "Name", "error_codes", "error_messages"],
        ["nobody", "Ann", "INVALID_EMAIL;WRONG_FIELD_COUNT", "Email: It is no address. It has 4 cells."],
        ["x@example.com", "", "WRONG_FIELD_COUNT", "It has 4 cells."],
    ]


def test_cells_beyond_the_header_are_kept_behind_the_messages() -> None:
    content = b"".join(errors_csv(["Email", "Name"], [Errored(["a", "b", "c", "=d"], [WIDTH])]))

    assert table(content)[1] == ["a", "b", "WRONG_FIELD_COUNT", "It has 4 cells.", "c", "'=d"]


def test_columns_of_an_earlier_errors_file_give_way() -> None:
    columns = ["Email", "error_codes", "error_messages", "City"]

    content = b"".join(errors_csv(columns, [Errored(["a", "OLD", "Old.", "Rome"], [EMAIL])]))

    assert table(content) == [
        ["Email", "City", "error_codes", "error_messages"],
        ["a", "Rome", "INVALID_EMAIL", "Email: It is no address."],
    ]


def test_no_cell_is_run_as_a_formula() -> None:
    cells = ["=1+1", "+49 30 901820", "-2", "@SUM(A1)", "\tx", "\rx", "plain", "a=b"]

    header, record = table(b"".join(errors_csv(["=cmd()", *"abcdefg"], [Errored(cells, [EMAIL])])))

    assert header[0] == "'=cmd()"
    assert record[:8] == ["'=1+1", "'+49 30 901820", "'-2", "'@SUM(A1)", "'\tx", "'\rx", "plain", "a=b"]


@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'=+-@\t\r\n\",")), min_size=2, max_size=2))
def test_cells_are_read_again_as_they_were(cells: list[str]) -> None:
    (_, record) = table(b"".join(errors_csv(["a", "b"], [Errored(cells, [EMAIL])])))

    assert [tidy(cell) for cell in record[:2]] == [tidy(cell) for cell in cells]


def test_a_mended_file_imports_without_a_fault() -> None:
    columns = ["Email", "Last name", "Phone number"]
    records = [Errored(["nobody", "-Smith", "+49 30 901820"], [EMAIL]), Errored(["bo@example.com", "Bo\nJr", "0"], [WIDTH])]
    content = b"".join(errors_csv(columns, records))

    mended = content.replace(b"nobody", b"ann@example.com").replace(b",0,", b",,")

    assert converted(mended, IMPORT_USERS) == (
        {"email": ["ann@example.com", "bo@example.com"], "last_name": ["-Smith", "Bo\nJr"], "phone": ["+4930901820", None]},
        [],
    )


def test_many_records_come_in_chunks() -> None:
    chunks = list(errors_csv(["Email"], (Errored(["x" * 1_000], [EMAIL]) for _ in range(1_000))))

    assert max(map(len, chunks)) < 100_000
    assert len(table(b"".join(chunks))) == 1_001
