"""Phone numbers are read as phonenumbers reads them."""

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from importers.faults import Fault, Warned
from importers.phones import phone, plain

EXAMPLES = [
    (region, number)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
    if (number := phonenumbers.example_number_for_type(region, kind))
]
INTERNATIONAL = [(None, phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)) for _, number in EXAMPLES]
NATIONAL = [(region, phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)) for region, number in EXAMPLES]


def by_library(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


@pytest.mark.parametrize(("examples", "usual"), [(INTERNATIONAL, 0.7), (NATIONAL, 0.5)])
def test_examples_of_all_regions_are_read_as_the_library_does_and_most_at_once(
    examples: list[tuple[str | None, str]], usual: float
) -> None:
    for region, text in examples:
        assert phone(text, region) == by_library(text, region)

    assert sum(plain(text, region) is not None for region, text in examples) > usual * len(examples)


@pytest.mark.parametrize("examples", [INTERNATIONAL, NATIONAL])
def test_numbers_made_from_the_examples_are_read_as_the_library_does(examples: list[tuple[str | None, str]]) -> None:
    answered = 0
    for region, example in examples:
        for place in range(1, len(example)):
            before, after = example[:place], example[place:]
            for text in (
                f"{before}0{after[1:]}",
                f"{before}7{after[1:]}",
                f"{before}1{after}",
                before + after[1:],
                f"{before} - ({after}",
                after,
            ):
                if answer := plain(text, region):
                    answered += 1
                    assert answer == by_library(text, region)

    assert answered > 5_000


@pytest.mark.parametrize(
    ("text", "region", "kept", "code"),
    [
        ("+49 30 901820 ext. 12", None, "+4930901820", "PHONE_EXTENSION_DROPPED"),
        ("030 901820 x12", "DE", "+4930901820", "PHONE_EXTENSION_DROPPED"),
        ("tel:+1-416-555-0123;ext=7", None, "+14165550123", "PHONE_EXTENSION_DROPPED"),
        ("+1 800 FLOWERS", None, "+18003569377", "PHONE_LETTERS_READ"),
    ],
)
def test_what_of_a_number_is_not_kept_or_not_as_it_was_is_told(text: str, region: str | None, kept: str, code: str) -> None:
    found = phone(text, region)

    assert isinstance(found, Warned)
    assert (found.value, found.warning.code) == (kept, code)
    assert repr(text) in found.warning.message


@pytest.mark.parametrize(
    ("text", "region", "read"),
    [
        ("+49 30 901820", None, "+4930901820"),
        ("+49 (0)30 901820", None, "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("0049 30 901820", "FR", "+4930901820"),
        ("49 30 901820", "DE", "+4930901820"),
        ("+49 30 901820", "FR", "+4930901820"),
        ("(020) 7946-0123", "GB", "+442079460123"),
        ("+1 416 555 0123", None, "+14165550123"),
        ("+39 06 1234 5678", None, "+390612345678"),
        ("tel:+33-1-42-68-53-65", None, "+33142685365"),
        ("+٤٩ 30 901820", None, "+4930901820"),
        ("+54 9 11 2345 6789", None, "+5491123456789"),
    ],
)
def test_a_number_is_read_to_e164(text: str, region: str | None, read: str) -> None:
    assert phone(text, region) == read


@pytest.mark.parametrize(
    ("text", "region", "said"),
    [
        ("030 901820", None, "lacks the calling code"),
        ("12", "DE", "no valid phone number"),
        ("+49 30", "DE", "no valid phone number"),
        ("+999 123 456 789", None, "no valid phone number"),
        ("call me", "DE", "no valid phone number"),
        ("+", None, "no valid phone number"),
        ("+49 30 901820 / +49 30 901821", None, "no valid phone number"),
        ("+" + "1" * 300, None, "no valid phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_the_remedy(text: str, region: str | None, said: str) -> None:
    fault = phone(text, region)

    assert isinstance(fault, Fault)
    assert (fault.code, said in fault.message, "'+49 30 901820'" in fault.message) == ("INVALID_PHONE", True, True)
