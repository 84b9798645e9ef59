"""What cells are read as, and what is said of those that cannot be read."""

import csv
import itertools
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

import demo
from importers.countries import CountryNames, country_ids, country_key
from importers.country_names import OTHER_NAMES
from importers.dates import ISO, birth_date, calendar_date, parse_date_format
from importers.errors import BadSetting
from importers.faults import Code, Fault
from importers.fields import IMPORT_ACCOUNTS, IMPORT_IBS, IMPORT_USERS
from importers.figures import exact, integer
from importers.known import LIMIT, Known
from importers.texts import guarded, has_control, is_plain, tidy
from importers.values import Country
from tests.reading import IMPORTS, TERMS, converted

HEADER = "email,last_name,middle_name,first_name,date_of_birth,country,phone,address,city,postal_code,verification_level\n"


MIDNIGHTS = ["0:00", "00:00", "00:00:00", "0:00:00", "00:00:00.000", "12:00:00 AM", "12:00 AM", "12:00:00 a.m.", "12:00\u202fam"]


def code(value: object) -> str | None:
    return value.code if isinstance(value, Fault) else None


@pytest.mark.parametrize("folder", ["plain", "excel", "semicolon", "tsv", "utf16"])
def test_each_sample_has_the_faults_that_its_truth_names(folder: str) -> None:
    content = next((IMPORTS / folder).glob("users.*")).read_bytes()

    values, faults = converted(content, IMPORT_USERS)

    # The file's other fault, a repeated address, shows only when records are matched.
    assert faults == [
        (11, "INVALID_EMAIL"),
        (45, "UNKNOWN_VERIFICATION_LEVEL"),
        (68, "WRONG_FIELD_COUNT"),
        (79, "INVALID_DATE"),
        (79, "UNKNOWN_COUNTRY"),
    ]
    assert {len(column) for column in values.values()} == {59}


def test_a_record_becomes_values() -> None:
    row = 'Ann@Example.COM, Müller ,,Ann,1956-08-01,fra,01 42 68 53 65,"Building 7\nFloor 8",Paris,007,level  2\n'

    values, faults = converted((HEADER + row).encode(), IMPORT_USERS)

    assert faults == []
    assert {name: column[0] for name, column in values.items()} == {
        "email": "Ann@example.com",
        "last_name": "Müller",
        "middle_name": None,
        "first_name": "Ann",
        "date_of_birth": date(1956, 8, 1),
        "country": 2,
        "phone": "+33142685365",
        "address": "Building 7\nFloor 8",
        "city": "Paris",
        "postal_code": "007",
        "verification_level": 3,
    }


def test_a_record_with_several_faults_reports_each() -> None:
    row = f",{'x' * 101},,,1999-02-30,Narnia,030 901820,{'y' * 256},{'z' * 101},{'0' * 21},Level 99\n"

    values, faults = converted((HEADER + row + "ann@example.com" + "," * 10 + "\n").encode(), IMPORT_USERS)

    # The phone number cannot be judged without the country, whose fault is told.
    assert sorted(found for _, found in faults) == [
        "INVALID_DATE",
        "REQUIRED_MISSING",
        "UNKNOWN_COUNTRY",
        "UNKNOWN_VERIFICATION_LEVEL",
        "VALUE_TOO_LONG",
        "VALUE_TOO_LONG",
        "VALUE_TOO_LONG",
        "VALUE_TOO_LONG",
    ]
    assert {name: column for name, column in values.items() if name != "email"} == {
        field.name: [None, None] for field in IMPORT_USERS if field.name != "email"
    }
    assert values["email"] == [None, "ann@example.com"]


def test_a_control_character_is_told_once_and_beside_other_faults() -> None:
    _, faults = converted((HEADER + "ann\0@example.com,,,,1999-02-30,,,,,,\n").encode(), IMPORT_USERS)

    assert faults == [(2, "INVALID_DATE"), (2, "INVALID_TEXT")]


def test_accounts_and_partners_are_read() -> None:
    accounts, account_faults = converted(
        b"email,account_number,product_id,product_currency\na@b.de,0012,3,usd\nc@d.de,,two,\n", IMPORT_ACCOUNTS
    )
    partners, partner_faults = converted(b"IB Email,Client Email,IB Type ID\na@b.de,,1\na@b.de,x,99999999999\n", IMPORT_IBS)

    assert accounts == {
        "email": ["a@b.de", "c@d.de"],
        "account_number": ["0012", None],
        "product_id": [3, None],
        "product_currency": ["USD", None],
    }
    assert account_faults == [(3, "INVALID_NUMBER"), (3, "REQUIRED_MISSING")]
    assert partners == {"ib_email": ["a@b.de", "a@b.de"], "client_email": [None, None], "ib_type_id": [1, None]}
    assert partner_faults == [(3, "INVALID_EMAIL"), (3, "INVALID_NUMBER")]


def test_what_the_errors_file_guards_is_read_as_it_was() -> None:
    values, faults = converted((HEADER + "ann@example.com,'-Smith,'x,'=1,,DE,'+49 30 901820,,,,\n").encode(), IMPORT_USERS)

    assert faults == []
    assert [values[name][0] for name in ("last_name", "middle_name", "first_name", "phone")] == ["-Smith", "'x", "=1", "+4930901820"]


@given(text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'=+-@\t\r\n \u00a0\ufeff\u0301e"), max_size=8))
def test_tidy_text_is_trimmed_composed_and_unguarded_once(text: str) -> None:
    if is_plain(text.encode(), text):
        assert tidy(text) == text.strip()
    assert has_control(text.encode()) == any((each < " " and each not in "\t\r\n") or "\x7f" <= each < "\xa0" for each in text)
    assert tidy(guarded(text)) == tidy(text)
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_text_is_composed_and_trimmed_of_all_that_is_blank() -> None:
    assert tidy("\ufeff\u00a0 Zoe\u0308\u2003\n") == "Zoë"


INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\u00ad"


@pytest.mark.parametrize("mark", INVISIBLE)
def test_invisible_characters_are_trimmed_from_both_ends(mark: str) -> None:
    assert tidy(f"{mark} {mark}Ann Lee{mark}\t{mark}") == "Ann Lee"
    assert tidy(f"{mark}+49 30{mark}") == "+49 30"
    assert tidy(f" {mark} ") == ""


@pytest.mark.parametrize("mark", INVISIBLE)
def test_invisible_characters_hide_no_quote_and_no_name(mark: str) -> None:
    values, faults = converted(f'{mark}Email{mark},First{mark} name\n{mark}"ann@example.com",Ann{mark}\n'.encode(), IMPORT_USERS)

    assert (values["email"], faults) == (["ann@example.com"], [])


@pytest.mark.parametrize("mark", "\u200b\u2060\ufeff\u00ad")
def test_characters_that_are_no_part_of_a_word_stand_nowhere(mark: str) -> None:
    assert tidy(f"ann{mark}@exam{mark}ple.com") == "ann@example.com"


@pytest.mark.parametrize("text", ["می\u200cخواهم", "ක්\u200dෂ", "a\u200eb", "x\u2069y"])
def test_joiners_and_directions_within_a_text_stay(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="01067"', "01067"),
        (' ="01067" ', "01067"),
        ('\'="01067"', "01067"),
        ('=""', ""),
        ('=" a "', "a"),
        ('="a ""b"""', 'a "b"'),
        ('="a"b"', '="a"b"'),
        ('="a"&"b"', '="a"&"b"'),
        ("=A1", "=A1"),
        ('="a', '="a'),
        ('a="b"', 'a="b"'),
        ('="Zoe\u0308"', "Zoë"),
    ],
)
def test_a_formula_of_one_text_is_that_text(cell: str, text: str) -> None:
    assert tidy(cell) == text


@pytest.mark.parametrize(
    "written", ["", *(f" {time}" for time in MIDNIGHTS), *(f"T{time}" for time in MIDNIGHTS), "T00:00:00.000Z", " 00:00:00+00", ", 0:00"]
)
def test_a_date_at_midnight_is_a_date_in_every_format(written: str) -> None:
    assert calendar_date(f"1999-12-31{written}", ISO) == date(1999, 12, 31)
    assert calendar_date(f"31.12.1999{written}", parse_date_format("DD.MM.YYYY")) == date(1999, 12, 31)
    assert calendar_date(f"12/31/1999{written}", parse_date_format("MM/DD/YYYY")) == date(1999, 12, 31)


@pytest.mark.parametrize(
    "time", ["12:00", "12:00:00", "12:00:00 PM", "0:01", "00:00:01", "00:00:00.001", "1:00:00 AM", "24:00", "0:0", "0"]
)
def test_a_date_at_another_time_is_none(time: str) -> None:
    assert code(calendar_date(f"1999-12-31 {time}", ISO)) == "INVALID_DATE"


@pytest.mark.parametrize(
    "text", ["1999-12-31", "1999-12-31T00:00:00", "1999-12-31 00:00", "1999-12-31T00:00:00.000Z", "1999-12-31 00:00:00+00"]
)
def test_iso_dates_are_read(text: str) -> None:
    assert calendar_date(text, ISO) == date(1999, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "19991231",
        "1999-W52-5",
        "1999-365",
        "99-12-31",
        "1999-2-1",
        "31.12.1999",
        "1999/12/31",
        "1999-02-30",
        "1999-13-01",
        "0000-01-01",
        "1999-12-31T12:00:00",
        "1999-12-31T00:00:01",
        "1999-12-31x",
        "1999-12-3१",
        "today",
        "45000",
    ],
)
def test_nothing_else_is_taken_for_an_iso_date(text: str) -> None:
    assert code(calendar_date(text, ISO)) == "INVALID_DATE"


@pytest.mark.parametrize(
    ("written", "text", "read"),
    [
        ("DD.MM.YYYY", "03.02.2001", date(2001, 2, 3)),
        ("DD.MM.YYYY", "3.2.2001", date(2001, 2, 3)),
        ("dd/mm/yyyy", "03/02/2001", date(2001, 2, 3)),
        ("MM/DD/YYYY", "03/02/2001", date(2001, 3, 2)),
        ("MM/DD/YYYY", "3/2/2001 00:00", date(2001, 3, 2)),
        ("DDMMYYYY", "03022001", date(2001, 2, 3)),
        ("YYYY MM DD", "2001 02 03", date(2001, 2, 3)),
        ("DD. MM. YYYY", "3. 2. 2001", date(2001, 2, 3)),
        ("DD.MM.YYYY", "13.13.2001", None),
        ("DD.MM.YYYY", "2001-02-03", None),
        ("DD.MM.YYYY", "03.02.01", None),
        ("MM/DD/YYYY", "31/12/2001", None),
        ("DDMMYYYY", "3022001", None),
    ],
)
def test_dates_are_read_in_the_format_of_the_job_only(written: str, text: str, read: date | None) -> None:
    day = calendar_date(text, parse_date_format(written))

    assert (day if read else code(day)) == (read or "INVALID_DATE")


@pytest.mark.parametrize("text", ["", "DD.MM", "DD.MM.YY", "DD.MM.YYYY hh:mm", "DD.DD.YYYY", "%d.%m.%Y", "DD,MM,YYYY", "MM/YYYY/MM"])
def test_an_unknown_date_format_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadSetting, match="date format"):
        parse_date_format(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("1900-01-01", None), ("2026-11-20", None), ("1899-12-31", "INVALID_DATE"), ("2026-11-21", "INVALID_DATE"), ("x", "INVALID_DATE")],
)
def test_a_birth_date_is_from_1900_up_to_today(text: str, fault: str | None) -> None:
    assert code(birth_date(text, ISO, TERMS.today)) == fault


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("-7", -7), ("+7", 7), ("007", 7), ("2147483647", 2**31 - 1), ("-2147483648", -(2**31))]
)
def test_whole_numbers_are_read(text: str, number: int) -> None:
    assert integer(text) == number


@pytest.mark.parametrize(
    "text", ["1_000", "1,000", "1.0", "١٢", "１２", "two", "2147483648", "-2147483649", "9" * 5_000, "1e3", "0x10", "--1", "1 "]
)
def test_nothing_else_is_taken_for_a_whole_number(text: str) -> None:
    assert code(integer(text)) == "INVALID_NUMBER"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.10", "1.10"),
        ("-0.000000000000000001", "-0.000000000000000001"),
        ("+12", "12"),
        ("0" * 30 + "1", "1"),
        ("9" * 20 + "." + "9" * 18, "9" * 20 + "." + "9" * 18),
    ],
)
def test_decimals_are_exact(text: str, number: str) -> None:
    assert exact(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-inf",
        "1e999999",
        "1E3",
        "1_000.0",
        "1,5",
        "1.234,56",
        "٣.٥",
        "9" * 21,
        "0." + "1" * 19,
        ".",
        "1.",
        "",
        "$1",
        "1 000",
    ],
)
def test_nothing_else_is_taken_for_a_decimal(text: str) -> None:
    assert code(exact(text)) == "INVALID_NUMBER"


@pytest.mark.parametrize(
    "text",
    ["TR", "tr", "TUR", "792", "Turkey", "TÜRKİYE", "turkiye", "Türkiye", "Turkiye", "Republic of Türkiye", "republic of TURKIYE"],
)
def test_a_country_is_found_by_codes_and_names(text: str) -> None:
    assert TERMS.countries[country_key(text)] == 10


@pytest.mark.parametrize(
    ("text", "number"),
    [("8", None), ("4", 9), ("004", 9), ("76", 5), ("UK", 6), ("Great Britain", 6), ("The United Kingdom", 6), ("U.K.", 6)],
)
def test_lost_zeros_and_names_in_use_are_understood(text: str, number: int | None) -> None:
    assert TERMS.countries.get(country_key(text)) == number


COUNTRIES = {
    int(row["numeric_code"]): CountryNames(row["alpha2_code"], row["alpha3_code"], row["numeric_code"], row["country_name"])
    for row in csv.DictReader((Path(demo.__file__).parent / "countries.csv").read_text().splitlines())
}
IDS = country_ids(COUNTRIES)


@pytest.mark.parametrize(
    ("alpha2", "texts"),
    [
        ("KR", ["South Korea", "Republic of Korea", "Korea, Republic of", "Korea (the Republic of)", "Korea, Rep.", "S. Korea"]),
        ("KP", ["Korea (the Democratic People's Republic of)", "Korea, Dem. People's Rep.", "DPRK", "North Korea"]),
        ("US", ["USA", "U.S.A.", "U. S. A.", "United States of America (the)", "us", "the united states", "UNITED_STATES", "840"]),
        ("GB", ["UK", "England", "Scotland", "Great Britain", "United Kingdom of Great Britain and Northern Ireland (the)"]),
        ("CD", ["Congo, Dem. Rep.", "Congo (the Democratic Republic of the)", "Congo - Kinshasa", "DR Congo"]),
        ("CG", ["Congo, Rep.", "Congo (the)", "Republic of the Congo", "Congo-Brazzaville"]),
        ("CI", ["Ivory Coast", "COTE D'IVOIRE", "Côte d’Ivoire"]),
        ("VG", ["Virgin Islands (British)", "British Virgin Islands", "Virgin Islands, British", "BVI"]),
        ("VI", ["Virgin Islands (U.S.)", "United States Virgin Islands", "U.S. Virgin Islands"]),
        ("PS", ["Palestine, State of", "Palestine", "Occupied Palestinian Territory"]),
        ("HK", ["China, Hong Kong Special Administrative Region", "Hong Kong SAR China", "Hongkong"]),
        ("IE", ["Republic of Ireland", "Eire"]),
        ("SX", ["Sint Maarten (Dutch part)"]),
        ("MF", ["Saint Martin (French part)", "St. Martin"]),
        ("IR", ["Iran (Islamic Republic of)", "Iran, Islamic Rep."]),
        ("BQ", ["Bonaire, Sint Eustatius and Saba"]),
        ("TR", ["Turkey", "Türkiye", "TURKİYE"]),
        ("SZ", ["Swaziland", "Kingdom of Eswatini"]),
        ("CV", ["Cabo Verde"]),
        ("CZ", ["Czech Republic"]),
        ("MM", ["Burma"]),
        ("LC", ["Saint Lucia", "ST LUCIA"]),
        ("TT", ["Trinidad and Tobago"]),
        ("SH", ["Saint Helena, Ascension and Tristan da Cunha"]),
        ("AD", ["AND"]),
        ("IS", ["IS"]),
        ("ST", ["st", "Sao Tome and Principe"]),
        ("NA", ["NA"]),
        ("LA", ["Lao People's Democratic Republic (the)"]),
        ("MK", ["the former Yugoslav Republic of Macedonia"]),
        ("VA", ["Holy See (the)", "Holy See (Vatican City State)"]),
    ],
)
def test_a_country_is_found_as_iso_the_un_and_people_call_it(alpha2: str, texts: list[str]) -> None:
    assert {COUNTRIES[IDS[country_key(text)]].alpha2 for text in texts} == {alpha2}


def test_every_name_of_the_list_and_of_the_locale_data_finds_its_country() -> None:
    locale = Locale("en").territories
    names = {each.alpha2: [locale[each.alpha2], *OTHER_NAMES.get(each.alpha2, [])] for each in COUNTRIES.values()}

    lost = [(alpha2, name) for alpha2, all_ in names.items() for name in all_ if COUNTRIES[IDS[country_key(name)]].alpha2 != alpha2]

    assert (lost, OTHER_NAMES.keys() - names.keys()) == ([], set())


@pytest.mark.parametrize("text", ["Korea", "Virgin Islands", "Guiana", "Republic", "the", "Islands", "Yugoslavia", "Saint"])
def test_a_name_that_is_of_none_or_of_several_countries_is_not_guessed(text: str) -> None:
    assert country_key(text) not in IDS


def test_a_name_goes_to_the_country_that_the_database_calls_so() -> None:
    ids = country_ids({1: CountryNames("CG", "COG", "178", "Brazzaville"), 2: CountryNames("CD", "COD", "180", "Congo")})

    assert (ids[country_key("Congo")], ids[country_key("Congo-Brazzaville")], ids[country_key("Zaire")]) == (2, 1, 2)


def test_messages_name_the_value_cut_and_the_remedy() -> None:
    read = Country().reader(TERMS)

    short, long = read(["Atlantis", "A" * 200], {})

    assert short == Fault(Code.UNKNOWN_COUNTRY, "No country is called 'Atlantis'; use a two-letter code, as in 'DE'.")
    assert isinstance(long, Fault)
    assert long.message.startswith(f"No country is called '{'A' * 59}…';")


def test_answers_are_remembered_within_a_limit() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        return number

    known: Known[int, int] = Known(ask)

    for number in itertools.chain(range(LIMIT), [0, 1, LIMIT, 0]):
        assert known[number] == number

    assert asked[LIMIT:] == [LIMIT, 0]
    assert len(known) == LIMIT


def test_answers_for_long_cells_are_not_remembered() -> None:
    asked: list[str] = []

    def ask(text: str) -> int:
        asked.append(text)
        return len(text)

    known: Known[str, int] = Known(ask)

    assert [known[text] for text in ("DE", "DE", "x" * 301, "x" * 301)] == [2, 2, 301, 301]
    assert asked == ["DE", "x" * 301, "x" * 301]
