"""Which column is read into which field."""

import pytest

from importers.columns import Assignment, Mapping, resolve_mapping, suggested_mapping
from importers.errors import BadSetting
from importers.fields import IMPORT_ACCOUNTS, IMPORT_IBS, IMPORT_USERS
from tests.reading import IMPORTS

ACTIONS = {"users": IMPORT_USERS, "accounts": IMPORT_ACCOUNTS, "ibs": IMPORT_IBS}


@pytest.mark.parametrize("action", ACTIONS)
def test_the_columns_of_the_samples_are_the_fields_of_their_actions(action: str) -> None:
    fields = ACTIONS[action]
    header = (IMPORTS / "plain" / f"{action}.csv").read_text().splitlines()[0].split(",")

    mapping = resolve_mapping(header, fields)

    assert mapping == Mapping({field.name: index for index, field in enumerate(fields)}, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_no_two_fields_of_an_action_share_a_name(action: str) -> None:
    fields = ACTIONS[action]

    for field in fields:
        for spelling in (field.name, *field.aliases):
            assert suggested_mapping([spelling], fields) == [(spelling, field.name)]


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (" Date of Birth ", "date_of_birth"),
        ("DATE_OF-BIRTH", "date_of_birth"),
        ("dateOfBirth", "date_of_birth"),
        ("date\u00a0of  birth", "date_of_birth"),
        ("D.O.B", None),
        ("dob", "date_of_birth"),
        ("E-Mail", "email"),
        ("\ufeffemail", "email"),
        ("Surname", "last_name"),
        ("ZIP", "postal_code"),
        ("Mobile", "phone"),
        ("favourite colour", None),
        ("", None),
        ("Email *", "email"),
        ("* E-mail:", "email"),
        ("E\u2011mail\u00a0: ", "email"),
        ("Phone (mobile)", "phone"),
        ("Phone\u00a0[with code]*", "phone"),
        ("Address (street, number)", "address"),
        ("Date of birth（DD.MM.YYYY）", "date_of_birth"),
        ("(email)", None),
        ("***", None),
        ("Name", None),
        ("Full name", None),
    ],
)
def test_case_spaces_underscores_hyphens_stars_colons_and_remarks_make_no_difference(column: str, name: str | None) -> None:
    assert suggested_mapping([column], IMPORT_USERS) == [(column, name)]


def test_a_fields_own_name_goes_before_an_alias_and_the_rest_is_ignored() -> None:
    header = ["Mobile", "Email", "Phone", "Notes", ""]

    assert suggested_mapping(header, IMPORT_USERS) == [
        ("Mobile", None),
        ("Email", "email"),
        ("Phone", "phone"),
        ("Notes", None),
        ("", None),
    ]
    assert resolve_mapping(header, IMPORT_USERS) == Mapping({"email": 1, "phone": 2}, ["Mobile", "Notes"])


def test_of_columns_that_differ_by_their_remarks_none_is_chosen() -> None:
    header = ["Email (work)", "Phone (home)", "Phone (mobile)", "City (of birth)", "City"]

    assert resolve_mapping(header, IMPORT_USERS).sources == {"email": 0, "city": 4}
    assert resolve_mapping(header, IMPORT_USERS, [Assignment("phone", column="phone (MOBILE)")]).sources["phone"] == 2
    with pytest.raises(BadSetting, match=r"'Phone' appears 2 times; map it by its position, one of 2, 3"):
        resolve_mapping(header, IMPORT_USERS, [Assignment("phone", column="Phone")])
    with pytest.raises(BadSetting, match="No column is mapped to the required field 'email'"):
        resolve_mapping(["Email (work)", "Email (home)"], IMPORT_USERS)


def test_assignments_override_names_and_skip_columns() -> None:
    header = ["Email", "Phone", "Mobile", "City", "Remark"]
    given = [Assignment("phone", column="mobile"), Assignment(None, column="City"), Assignment("last_name", position=5)]

    assert resolve_mapping(header, IMPORT_USERS, given) == Mapping({"email": 0, "phone": 2, "last_name": 4}, ["Phone", "City"])


def test_columns_of_one_name_must_be_told_apart_by_position() -> None:
    header = ["Email", "Note", "note", "E-mail", "EMAIL"]

    with pytest.raises(BadSetting, match=r"'Email' appears 3 times, at the positions 1, 4, 5"):
        resolve_mapping(header, IMPORT_USERS)
    with pytest.raises(BadSetting, match=r"'email' appears 2 times; map it by its position, one of 1, 5"):
        resolve_mapping([*header[:3], "Mail", "EMAIL"], IMPORT_USERS, [Assignment("email", column="email")])

    assert resolve_mapping(header, IMPORT_USERS, [Assignment("email", position=5)]) == Mapping(
        {"email": 4}, ["Email", "Note", "note", "E-mail"]
    )
    assert resolve_mapping(header, IMPORT_USERS, [Assignment(None, position=1), Assignment(None, position=4)]).sources == {"email": 4}
    assert resolve_mapping(header, IMPORT_USERS, [Assignment("email", column="EMAIL")]).sources == {"email": 4}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([Assignment("email", column="Adress")], "no column 'Adress'; the file has 'Email', 'Name'"),
        ([Assignment("email", position=3)], "no column at position 3; the file has 2 columns"),
        ([Assignment("email", position=0)], "no column at position 0"),
        ([Assignment("mail", column="Email")], "no field 'mail'; use one of address, city"),
        ([Assignment("email", column="Email"), Assignment("email", column="Name")], "field 'email' is mapped more than once"),
        ([Assignment("email", column="Email"), Assignment("city", position=1)], "column 'Email' is mapped more than once"),
        ([Assignment(None, column="Email")], "No column is mapped to the required field 'email'"),
        ([Assignment("email")], "no column ''"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_by_name(given: list[Assignment], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        resolve_mapping(["Email", "Name"], IMPORT_USERS, given)


def test_all_problems_of_a_mapping_are_told_at_once() -> None:
    with pytest.raises(BadSetting) as refusal:
        resolve_mapping(["number", "currency"], IMPORT_ACCOUNTS, [Assignment("colour", position=2), Assignment("product_id", position=9)])

    for said in ("'colour'", "position 9", "required field 'email'", "required field 'product_id'"):
        assert said in str(refusal.value)
