"""What spreadsheets and dumps make of values: shortened numbers, errors of formulas, ways to write nothing."""

import pytest

from importers.fields import IMPORT_ACCOUNTS, IMPORT_USERS
from tests.reading import converted

REST = [field.name for field in IMPORT_USERS[1:]]


def test_what_a_dump_writes_for_nothing_is_blank() -> None:
    nothing = ",".join(["\\N"] * len(REST))
    content = f"email,{','.join(REST)},note\nann@example.com,{nothing},\n \\N ,{nothing},x\n"

    values, faults = converted(content.encode(), IMPORT_USERS)

    assert [values[name] for name in REST] == [[None, None]] * len(REST)
    assert faults == [(3, "REQUIRED_MISSING")]


def test_more_than_that_is_text() -> None:
    values, faults = converted(b"email,city,address\nann@example.com,C:\\New,\\n\n", IMPORT_USERS)

    assert (values["city"], values["address"], faults) == (["C:\\New"], ["\\n"], [])


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#WERT!", "#ЗНАЧ!", "###"])
def test_an_error_of_a_formula_is_a_fault_in_every_column_that_is_read(error: str) -> None:
    records = f"ann@example.com,{','.join([error] * len(REST))},\n{error},,,,,,,,,,,\nbo@example.com,,,,,,,,,,,{error}\n"
    content = f"email,{','.join(REST)},note\n{records}"

    values, faults = converted(content.encode(), IMPORT_USERS)

    assert faults == [(2, "SPREADSHEET_ERROR")] * len(REST) + [(3, "SPREADSHEET_ERROR")]
    assert [values[name] for name in REST] == [[None] * 3] * len(REST)


def test_a_text_that_holds_more_than_an_error_is_a_text() -> None:
    values, faults = converted(b"email,address\nann@example.com,#12 Mill Street\nbo@example.com,Room #N/A\n", IMPORT_USERS)

    assert (values["address"], faults) == (["#12 Mill Street", "Room #N/A"], [])


@pytest.mark.parametrize("text", ["1.00023E+11", "1,00023E+11", "1E+11", "1.00023e+11", "-1.5E-07", "1.00023E11"])
def test_a_shortened_number_is_a_fault_where_digits_count(text: str) -> None:
    users, user_faults = converted(f'email,phone,postal code,city\nann@example.com,"{text}","{text}","{text}"\n'.encode(), IMPORT_USERS)
    _, account_faults = converted(f'email,account number,product id\nann@example.com,"{text}","{text}"\n'.encode(), IMPORT_ACCOUNTS)

    assert user_faults + account_faults == [(2, "SPREADSHEET_NUMBER")] * 4
    assert users["city"] == [text]


@pytest.mark.parametrize("text", ["E11", "1E5", "12E", "A1.5E+10", "1.5E+10A", "EC1E 4PQ", "1.5"])
def test_a_code_of_letters_and_digits_is_no_shortened_number(text: str) -> None:
    values, faults = converted(f"email,postal code\nann@example.com,{text}\n".encode(), IMPORT_USERS)

    assert (values["postal_code"], faults) == ([text], [])


def test_a_character_that_was_lost_is_a_fault() -> None:
    _, faults = converted("email,first name\nann@example.com,Zo\ufffd\n".encode(), IMPORT_USERS)

    assert faults == [(2, "INVALID_TEXT")]
