"""Records of a file: cells, lines, faults, and going on from any batch."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importers.errors import Unreadable
from importers.lines import LINE_LIMIT
from importers.records import Shape, parse
from importers.rows import read, read_header
from importers.stretches import Position
from tests.reading import Record, batches, chunks, records

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\",\n\r\t;|' "), max_size=12)
DIRT = st.text(st.sampled_from('aé",\n\r \ufeff\u2028'), max_size=60)
AB = ["a", "b"]


def lines_and_cells(content: bytes, columns: list[str] = AB) -> list[tuple[int, list[str]]]:
    return [(record.line, record.cells) for record in records(batches(content, columns)) if not record.faults]


def faults(content: bytes, columns: list[str] = AB) -> list[tuple[int, list[tuple[str, str | None]]]]:
    return [(record.line, record.faults) for record in records(batches(content, columns)) if record.faults]


@given(
    table=st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    delimiter=st.sampled_from(",;\t|"),
    chunk=st.integers(1, 40),
)
def test_what_a_csv_writer_writes_is_read_with_its_cells_and_lines(table: list[list[str]], end: str, delimiter: str, chunk: int) -> None:
    table = [["#" + first, *rest] for first, *rest in table]  # no blank records
    text = io.StringIO(newline="")
    expected = []
    for number, row in enumerate(table):
        content = text.getvalue()
        expected.append((len(list(io.StringIO(content, newline=""))) + 1, number + 1, [cell.lstrip(" ") for cell in row]))
        # By its minimal quoting the writer leaves a CR or LF that is not of its own line end unquoted.
        quoting: Literal[0, 1] = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerow(row)

    found = list(read(chunks(text.getvalue().encode(), chunk), ["a", "b", "c"], Shape(delimiter, 3), start=Position()))

    # Blanks at the start of a cell do not count, as a quote may follow them.
    assert [(record.line, record.row, [cell.lstrip(" ") for cell in record.cells]) for record in records(found)] == expected
    assert not any(record.faults for record in records(found))


@given(text=DIRT, chunk=st.integers(1, 30), size=st.integers(1, 5))
@example(text='a,"b\n' * 20, chunk=7, size=2)
@example(text='x","y\n' * 40, chunk=11, size=3)
@example(text='a,"' + "b\n" * 40 + '",c\n', chunk=5, size=1)
def test_chunks_and_batches_of_any_size_make_no_difference(text: str, chunk: int, size: int) -> None:
    content = text.encode()
    whole = batches(content, AB)
    parts = batches(content, AB, chunk=chunk, size=size)

    assert records(parts) == records(whole)
    assert [part.end for part in parts[-1:]] == [part.end for part in whole[-1:]]
    for number, part in enumerate(parts):
        assert records(parts[: number + 1]) + records(batches(content, AB, start=part.end)) == records(whole)


@given(text=DIRT)
@example(text='x","y\n' * 40)
@example(text='a,"' + "b\n" * 40 + '",c\na,b\n')
def test_the_fast_way_finds_the_same_records_as_the_careful_one(text: str) -> None:
    lines = list(io.StringIO(text, newline=""))
    for final in (False, True):
        fast, careful = (parse(lines, Shape(",", 2), wary=wary, final=final) for wary in (0, len(lines)))

        assert (fast.cells, fast.ends, fast.faults) == (careful.cells, careful.ends, careful.faults)


@given(text=DIRT)
def test_every_line_belongs_to_one_record_or_is_blank(text: str) -> None:
    lines = list(io.StringIO(text, newline=""))
    parsed = parse(lines, Shape(",", 2), wary=0, final=True)

    assert parsed.used == len(lines)
    assert all(first < second for first, second in zip(parsed.ends, parsed.ends[1:], strict=False))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_of_each_kind_count_as_one_line(end: bytes) -> None:
    content = end.join([b"1,2", b'"3' + end + b'3",4', b"", b"5,6", b""])

    found = batches(content, AB)

    assert [(record.line, record.row, record.cells) for record in records(found)] == [
        (1, 1, ["1", "2"]),
        (2, 2, ["3" + end.decode() + "3", "4"]),
        (5, 4, ["5", "6"]),
    ]
    assert found[-1].end == Position(len(content), 6, 5)


def test_blank_records_are_ignored_but_counted_as_rows() -> None:
    found = batches(b"1,2\n\n,\n \t, \n3,4\n,,,\n", AB)

    assert records(found) == [Record(1, 1, ["1", "2"], []), Record(5, 5, ["3", "4"], [])]
    assert found[-1].end == Position(20, 7, 7)


def test_a_quote_that_is_never_closed_blames_its_line_and_reading_goes_on() -> None:
    content = b'1,2\n3,"4\n5,6\n7,8\n'

    assert lines_and_cells(content) == [(1, ["1", "2"]), (3, ["5", "6"]), (4, ["7", "8"])]
    assert faults(content) == [(2, [("INVALID_TEXT", None)])]


def test_a_quote_that_swallows_lines_up_to_the_next_blames_the_line_where_it_opened() -> None:
    content = b'1,2\n3,"4\n5,6\n7,"8 Main St, Apt 3"\n9,"two\nlines"\n'

    assert lines_and_cells(content) == [(1, ["1", "2"]), (3, ["5", "6"]), (4, ["7", "8 Main St, Apt 3"]), (5, ["9", "two\nlines"])]
    assert faults(content) == [(2, [("INVALID_TEXT", None)])]


def test_text_behind_a_closing_quote_is_a_fault_of_its_record_only() -> None:
    content = b'1,"Bo" Jr\n2,"Bo"\n'

    assert lines_and_cells(content) == [(2, ["2", "Bo"])]
    assert faults(content) == [(1, [("INVALID_TEXT", None)])]


def test_a_quote_within_an_unquoted_cell_is_text() -> None:
    assert lines_and_cells(b'1,5" pipe\n') == [(1, ["1", '5" pipe'])]


def test_an_open_quote_does_not_hide_the_lines_behind_it() -> None:
    content = b'1,"2\n' + b"3,4\n" * 200_000

    found = batches(content, AB)

    assert sum(len(batch.cells) for batch in found) == 200_000
    assert [(each.line, each.fault.code) for batch in found for each in batch.rejected] == [(1, "INVALID_TEXT")]


def test_lines_that_each_open_a_quote_are_not_read_over_and_over() -> None:
    content = b'x","y\n' * 30_000  # takes hours if each line is read to the end of the file

    found = batches(content, AB)

    assert sum(len(batch.rejected) for batch in found) == 30_000
    assert found[-1].end == Position(len(content), 30_001, 30_001)


def test_records_that_are_too_wide_are_rejected_unless_by_empty_cells_and_cells_left_out_at_the_end_are_blank() -> None:
    content = b"1,2,3\n4\n5,6,, \n7,8\n"

    assert lines_and_cells(content) == [(2, ["4", ""]), (3, ["5", "6"]), (4, ["7", "8"])]
    assert faults(content) == [(1, [("WRONG_FIELD_COUNT", None)])]
    assert [each.cells for each in batches(content, AB)[0].rejected] == [["1", "2", "3"]]


@pytest.mark.parametrize("chunk", [3, 7, 65_536])
@pytest.mark.parametrize("size", [1, 2, 5_000])
def test_a_record_torn_by_line_breaks_is_rejected_in_all_its_lines(chunk: int, size: int) -> None:
    columns = ["a", "b", "c", "d"]
    content = b"1,2,3\nx4,5\n" + b"1,2\n1,2,3\n" + b"1,2\nx2\nx,3,4\n" + b"1,2\nx3\n1,2,3\n\nx4,5\n" + b"1,2,3\n"

    found = records(batches(content, columns, chunk=chunk, size=size))

    torn = {record.line for record in found if record.faults}
    assert torn == {1, 2, 5, 6, 7}
    assert {code for record in found for code, _ in record.faults} == {"WRONG_FIELD_COUNT"}
    assert [record.cells for record in found if record.line in (3, 4, 8, 9)] == [
        ["1", "2", "", ""],
        ["1", "2", "3", ""],
        ["1", "2", "", ""],
        ["x3", "", "", ""],
    ]


@given(
    lines=st.lists(st.sampled_from(["1", "1,2", "1,2,3", "1,2,3,4", "x", "x,2", "x,2,3", "", '1,"2'])),
    chunk=st.integers(1, 30),
    size=st.integers(1, 5),
)
def test_torn_records_are_the_same_whatever_the_chunks_and_batches(lines: list[str], chunk: int, size: int) -> None:
    content, columns = "\n".join(lines).encode(), ["a", "b", "c", "d"]
    whole, parts = batches(content, columns), batches(content, columns, chunk=chunk, size=size)

    assert records(parts) == records(whole)
    for number, part in enumerate(parts):
        assert records(parts[: number + 1]) + records(batches(content, columns, start=part.end)) == records(whole)


def test_blanks_before_an_opening_quote_and_behind_a_closing_one_do_not_count() -> None:
    content = b'1, "2, ""3"""\n  "4",  "5\n6"\n"7" , "8 ""9"" x" \n'

    assert lines_and_cells(content) == [(1, ["1", '2, "3"']), (2, ["4", "5\n6"]), (4, ["7", '8 "9" x'])]
    assert faults(content) == []


def test_control_characters_are_faults_of_their_columns_and_leave_text_that_can_be_stored() -> None:
    content = '1\0,2\x9f\n3,4\n\x1f5,"6\t\n7"\n'.encode()

    assert [record for record in records(batches(content, AB)) if record.faults] == [
        Record(1, 1, ["1\ufffd", "2\ufffd"], [("INVALID_TEXT", "a"), ("INVALID_TEXT", "b")]),
        Record(3, 3, ["\ufffd5", "6\t\n7"], [("INVALID_TEXT", "a")]),
    ]
    assert lines_and_cells(content) == [(2, ["3", "4"])]


def test_a_control_character_in_a_rejected_record_does_not_reach_the_store() -> None:
    (rejected,) = batches(b"1,2,\x003\n", AB)[0].rejected

    assert rejected.cells == ["1", "2", "\ufffd3"]


@pytest.mark.parametrize(
    "cell", ["x" * 131_073, '"' + "x" * 60_000 + "\n" + "y" * 80_000 + '"', '"' + "thirty characters and a break\n" * 35_000 + '"']
)
def test_a_cell_over_the_limit_is_a_fault_of_its_record(cell: str) -> None:
    content = f"1,{cell}\n3,{'z' * 131_072}\n5,6\n".encode()

    first, *others = records(batches(content, AB, chunk=1_000))

    assert (first.line, first.cells[0], len(first.cells[1]), first.faults) == (1, "1", 131_073, [("VALUE_TOO_LONG", "b")])
    assert [(record.row, len(record.cells[1]), record.faults) for record in others] == [(2, 131_072, []), (3, 1, [])]


def test_a_line_over_all_limits_is_passed_over_in_constant_memory() -> None:
    def content() -> Iterator[bytes]:
        yield b"1,2\n3,"
        for _ in range(100):
            yield b"x" * 1_048_576
        yield b",4\r"
        yield b"\n5,6\r\n"

    tracemalloc.start()
    found = list(read(content(), AB, Shape(",", 2), start=Position()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(record.line, record.faults) for record in records(found)] == [(1, []), (2, [("VALUE_TOO_LONG", None)]), (3, [])]
    assert found[-1].end == Position(4 + 2 + 100 * 1_048_576 + 4 + 5, 4, 4)
    assert peak < 64 * 1_048_576


def test_a_quoted_cell_that_ends_only_behind_the_limit_is_taken_for_an_open_quote() -> None:
    content = b'1,"' + (b"x" * 999 + b"\n") * (LINE_LIMIT // 1_000 + 1) + b'",2\n'

    found = batches(content, AB)

    assert (found[0].rejected[0].line, found[0].rejected[0].fault.code) == (1, "INVALID_TEXT")


def test_long_records_end_a_batch_early() -> None:
    content = b'1,"' + b"x" * 100_000 + b'"\n'

    found = batches(content * 100, AB)

    assert max(len(batch.cells) for batch in found) < 50
    assert sum(len(batch.cells) for batch in found) == 100


def test_marks_where_files_were_joined_do_not_hide_a_quote() -> None:
    assert lines_and_cells('1,2\n\ufeff"3",4\n'.encode()) == [(1, ["1", "2"]), (2, ["3", "4"])]


def test_separators_that_python_takes_for_line_ends_are_text() -> None:
    content = "1,a\u2028b\n2,c\n".encode()

    assert lines_and_cells(content) == [(1, ["1", "a\u2028b"]), (2, ["2", "c"])]


def test_bytes_that_are_not_utf8_are_refused_with_their_position() -> None:
    with pytest.raises(Unreadable, match="0xFF at position 1,008"):
        list(read([b"5,6\n1,2\xff\n"], AB, Shape(",", 2), start=Position(1_001, 5, 5)))


def test_the_header_is_the_first_record_that_is_not_blank() -> None:
    header = read_header([b'sep=;\r\n;\r\n"E-mail";" Last\r\nname";\r\n1;2\r\n'], ";")

    assert header.columns == ["E-mail", "Last\r\nname"]
    assert header.end == Position(len(b'sep=;\r\n;\r\n"E-mail";" Last\r\nname";\r\n'), 5, 4)


@pytest.mark.parametrize(("content", "said"), [(b"", "no header"), (b"\n,,\n", "no header"), (b'\na,"b\n1,2\n', "header in line 2")])
def test_a_file_without_a_header_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_header([content], ",")


def test_a_header_without_records_is_no_fault() -> None:
    header = read_header([b"a,b"], ",")

    assert header.end == Position(3, 2, 2)
    assert batches(b"a,b", AB, start=header.end) == []
