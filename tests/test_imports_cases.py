"""Files as they lie on an operator's desk: what becomes of each, to the cell and the warning."""

from pathlib import Path
from typing import Any

import pytest

from importers.execution import run_to_end
from models.errors import Invalid
from tests.importing import ACCOUNTS, Importing

CASES = Path(__file__).parent / "data" / "cases"
HEAD = "email,first name,last name,city\n"


def case(name: str) -> bytes:
    return (CASES / f"{name}.csv").read_bytes()


async def clients(importing: Importing, *columns: str) -> list[tuple[Any, ...]]:
    names = ", ".join(columns)
    query = f"select {names} from client left join address using (client_id) order by email"  # noqa: S608 - names of ours
    return [tuple(row.values()) for row in await importing.rows(query)]


async def test_titles_above_the_header_are_passed_over(importing: Importing) -> None:
    outcome = await importing.run(case("titles-above-the-header"))

    assert (outcome.status, outcome.totals, outcome.warnings) == ("success", (2, 2, 0, 0, 0), [])
    assert await clients(importing, "email", "first_name", "client.city") == [
        ("ann@a01.example.com", "Ann", "Berlin"),
        ("bo@a01.example.com", "Bo", "Wien"),
    ]
    assert await importing.rows("select lines from import_log_batch") == [{"lines": [5, 6]}]
    assert await importing.rows("select columns from import_file") == [{"columns": ["Email", "First name", "City", "Country"]}]


async def test_blanks_before_an_opening_quote_do_not_count(importing: Importing) -> None:
    outcome = await importing.run(case("blanks-before-quotes"))

    assert (outcome.totals, outcome.warnings) == ((2, 2, 0, 0, 0), [])
    assert await clients(importing, "email", "first_name", "last_name", "address", "client.city") == [
        ("ann@a05.example.com", "Ann", "Lee", "Mill Street 1, Flat 2", "Leeds"),
        ("bo@a05.example.com", "Bo", "Ray", "High Street 3", "York"),
    ]


async def test_blanks_left_out_at_the_end_of_lines_are_blank(importing: Importing) -> None:
    outcome = await importing.run(case("blanks-left-out"))

    assert (outcome.totals, outcome.errors, outcome.warnings) == ((4, 4, 0, 0, 0), [], [])
    assert await clients(importing, "email", "first_name", "last_name", "client.city", "postcode") == [
        ("ann@a15.example.com", "Ann", "Lee", "Leeds", "LS1 4DY"),
        ("bo@a15.example.com", "Bo", None, None, None),
        ("cy@a15.example.com", "Cy", "Ray", "York", None),
        ("di@a15.example.com", None, "Dee", None, None),
    ]


@pytest.mark.parametrize("size", [1, 5_000])
async def test_a_line_that_was_torn_in_two_is_rejected_as_a_whole(importing: Importing, size: int) -> None:
    outcome = await importing.run(f"{HEAD}ann@example.com,Ann,O\nNeil,Leeds\nbo@example.com,Bo\n", size=size)

    assert (outcome.totals, outcome.errors) == ((3, 1, 0, 0, 2), [(2, "WRONG_FIELD_COUNT"), (3, "WRONG_FIELD_COUNT")])
    assert "The lines 2 to 3 look like one record" in outcome.messages[0][1]


async def test_the_delimiter_is_the_one_by_which_a_required_column_is_found(importing: Importing) -> None:
    outcome = await importing.run(case("uneven-semicolons"))

    assert (outcome.totals, outcome.warnings) == ((4, 4, 0, 0, 0), [(1, "Note", "COLUMN_NOT_READ")])
    assert (await clients(importing, "email", "first_name", "address", "client.city"))[:2] == [
        ("ann@a22.example.com", "Ann", "Mill Street, 1", "Leeds"),
        ("bo@a22.example.com", "Bo", "High Street, 3", "York"),
    ]


async def test_a_hint_for_spreadsheets_that_was_saved_as_a_cell_is_passed_over(importing: Importing) -> None:
    outcome = await importing.run(case("quoted-hint"))

    assert (outcome.totals, outcome.warnings) == ((1, 1, 0, 0, 0), [])
    assert await clients(importing, "email", "first_name", "client.city") == [("ann@a26c.example.com", "Ann", "Berlin")]


async def test_a_column_called_name_is_not_taken_for_the_first_name(importing: Importing) -> None:
    await importing.run(case("two-names"))

    outcome = await importing.run(case("one-name"))

    assert (outcome.status, outcome.totals) == ("success", (2, 1, 1, 0, 0))
    assert outcome.warnings == [(1, "Name", "COLUMN_NOT_READ")]
    assert await clients(importing, "email", "first_name", "last_name") == [
        ("ann@a42.example.com", "Ann", "Lee"),
        ("bo@a42.example.com", None, None),
    ]
    (warning,) = await importing.rows("select message from import_row_error")
    assert "may hold first and last names together" in warning["message"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lines-quoted-whole", "Each line of the file is quoted as a whole, with a comma between the cells"),
        ("web-page", r"The file looks like a web page \(HTML\): open it in a spreadsheet, save the sheet as CSV"),
    ],
)
async def test_a_file_that_is_no_table_is_refused_by_what_it_is(importing: Importing, name: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refusal:
        await importing.upload(case(name))

    assert refusal.value.field == ("input", "file")


async def test_quotes_escaped_by_backslashes_are_refused(importing: Importing) -> None:
    outcome = await importing.run(case("quotes-escaped-by-backslashes"))

    assert {line for line, _ in outcome.errors} >= {2, 4}
    assert ("di@a12.example.com", "Di") in await clients(importing, "email", "first_name")


async def test_digits_that_formulas_keep_are_read(importing: Importing) -> None:
    outcome = await importing.run(case("digits-kept-by-formulas"))

    assert (outcome.totals, outcome.warnings) == ((2, 2, 0, 0, 0), [])
    assert await clients(importing, "email", "postcode", "client.phone") == [
        ("ann@a06.example.com", "01067", "+4935112345678"),
        ("bo@a06.example.com", "01069", "+4935112345679"),
    ]


async def test_invisible_characters_around_cells_are_taken_off(importing: Importing) -> None:
    outcome = await importing.run(case("invisible-characters"))

    assert (outcome.totals, outcome.warnings) == ((2, 2, 0, 0, 0), [])
    assert await clients(importing, "email", "first_name", "client.phone") == [
        ("ann@a16.example.com", "Ann", "+4935112345678"),
        ("bo@a16.example.com", "Bo", "+4935112345679"),
    ]


async def test_numbers_that_a_spreadsheet_has_shortened_open_no_accounts(importing: Importing) -> None:
    await importing.run("email\nann@a06.example.com\nbo@a06.example.com\n")

    outcome = await importing.run(case("shortened-numbers"), ACCOUNTS)

    assert (outcome.totals, outcome.errors) == ((3, 0, 0, 0, 3), [(line, "SPREADSHEET_NUMBER") for line in (2, 3, 4)])


async def test_words_for_nothing_do_not_overwrite_good_values(importing: Importing) -> None:
    await importing.run(case("good-values"))

    rejected = await importing.run(case("words-for-nothing"))
    mended = case("words-for-nothing").replace(b"#N/A", b"")
    named = await importing.run(mended, blanks=["NULL"])
    stored = await clients(importing, "email", "first_name", "last_name", "client.city", "address")
    told = await importing.run(mended)

    assert (rejected.totals, rejected.errors) == ((1, 0, 0, 0, 1), [(2, "SPREADSHEET_ERROR")])
    assert (named.totals, named.warnings) == ((1, 0, 0, 1, 0), [])
    assert stored == [("ann@a19.example.com", "Ann", "Lee", "Leeds", "Mill Street 1")]
    assert (told.totals, told.warnings) == ((1, 0, 1, 0, 0), [(2, "last_name", "LOOKS_BLANK")])


async def test_countries_are_found_by_the_names_of_iso_the_un_and_of_people(importing: Importing) -> None:
    outcome = await importing.run(case("names-of-countries"))

    assert outcome.totals == (6, 6, 0, 0, 0)
    codes = await importing.rows("select alpha2_code from client join country using (country_id) order by email")
    assert [row["alpha2_code"] for row in codes] == ["VG", "PS", "HK", "IE", "GB", "SX"]


ANN = [("ann@example.com", "Ann", "Lee", "Leeds")]
ROW = "ann@example.com,Ann,Lee,Leeds"


@pytest.mark.parametrize(
    ("content", "warned"),
    [
        pytest.param("Email *;First name:;Last name (family);City [town]\n" + ROW.replace(",", ";"), [], id="marks and remarks"),
        pytest.param("Email\u00a0;First\u00a0name;Last name;City\n" + ROW.replace(",", ";"), [], id="no-break spaces"),
        pytest.param("Email,First name,Last name,City,,\n" + ROW, [], id="delimiters behind the header alone"),
        pytest.param("Email,First name,Last name,City,,\n" + ROW + ",,", [], id="delimiters behind all lines"),
        pytest.param("Clients\n\nPrinted today\nEmail,First name,Last name,City\n" + ROW, [], id="titles without delimiters"),
        pytest.param("Clients;;;\n2026;;;\nEmail;First name;Last name;City\n" + ROW.replace(",", ";"), [], id="two titles"),
        pytest.param("\ufeffsep=;\r\nEmail;First name;Last name;City\r\n" + ROW.replace(",", ";"), [], id="mark and hint"),
        pytest.param("sep=;\nEmail,First name,Last name,City\n" + ROW, [], id="a hint that is wrong"),
        pytest.param("sep=\t\nEmail\tFirst name\tLast name\tCity\n" + ROW.replace(",", "\t"), [], id="a tab as hint"),
        pytest.param('"Email"\t"First name"\t"Last name"\t"City"\n' + ROW.replace(",", "\t"), [], id="tabs and quotes"),
        pytest.param("Email,First name,Last name,City\r\n" + ROW + "\r\n\x1a", [], id="a mark of the end"),
        pytest.param("Email,First name,Last name,City\r\n" + ROW + "\x1a", [], id="a mark of the end in the last cell"),
        pytest.param("Email,First name,Last name,City\r\n\n" + ROW + "\r\r\n", [], id="mixed line ends"),
        pytest.param("Email|First name|Last name|City|Balance\n" + ROW.replace(",", "|") + "|1,5", ["Balance"], id="decimal commas"),
        pytest.param("Email;Balance;First name;Last name;City\nann@example.com;1,5;Ann;Lee;Leeds", ["Balance"], id="semicolons"),
    ],
)
async def test_variants_of_one_table_are_read_alike(importing: Importing, content: str, warned: list[str]) -> None:
    outcome = await importing.run(content)

    assert (outcome.status, outcome.totals, outcome.errors) == ("success", (1, 1, 0, 0, 0), [])
    assert [column for _, column, _ in outcome.warnings] == warned
    assert await clients(importing, "email", "first_name", "last_name", "client.city") == ANN


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
async def test_unicode_needs_no_name_of_its_encoding(importing: Importing, encoding: str) -> None:
    outcome = await importing.run((HEAD + "ann@example.com,Анна,Lee,Köln\r\n\x1a").encode(encoding))

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await clients(importing, "first_name", "client.city") == [("Анна", "Köln")]


async def test_the_line_of_the_header_may_be_named(importing: Importing) -> None:
    content = "email,first name\nold@example.com,Old\nEmail,City\nann@example.com,Leeds\n"

    outcome = await importing.run(content, header_line=3)

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await clients(importing, "email", "first_name", "client.city") == [("ann@example.com", None, "Leeds")]
    for line, said in ((2, "required field 'email'"), (9, "no line 9")):
        with pytest.raises(Invalid, match=said):
            await importing.queue(content, header_line=line)


async def test_a_line_that_looks_like_the_header_is_pointed_at(importing: Importing) -> None:
    content = "Konten;;;;\nKontonummer;Account number;Email;Kunde;Produkt\n1;2;ann@example.com;Ann;7\n"

    with pytest.raises(Invalid, match=r"required field 'product_id'.* Line 2 looks like the header; give it as the header's line\."):
        await importing.queue(content, ACCOUNTS)
    with pytest.raises(Invalid, match=r"required field 'product_id'.* 'Produkt'\.$"):
        await importing.queue(content, ACCOUNTS, header_line=2)


async def test_a_job_that_was_made_for_a_header_with_columns_without_names_still_runs(importing: Importing) -> None:
    run_id = await importing.queue("email,first name,,\nann@example.com,Ann\n")
    await importing.do("""update import_job set header_line = null, mapping = mapping || '[{"column": "", "field": null}]'""")

    await run_to_end(importing.url, run_id)

    assert (await importing.outcome(run_id)).totals == (1, 1, 0, 0, 0)
