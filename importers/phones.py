"""Phone numbers in E.164: the rules of phonenumbers without its price for each."""

import re
from functools import lru_cache
from typing import NamedTuple

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberDesc,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

from importers.faults import Code, Fault, Warned, shown
from importers.spreadsheets import shortened_number

_PUNCTUATION = b" -.()"
_NEVER = "(?!)"


class _Region(NamedTuple):
    """How numbers are dialled within a region."""

    calling_code: str
    abroad: re.Pattern[str]  # what a number begins with that is dialled to another country
    prefix: re.Pattern[str]  # what stands before a number within the country only
    general: re.Pattern[str]


def phone(text: str, region: str | None) -> str | Warned | Fault:
    """A number in E.164: `+49 30 901820` or, with a region to call it from, `030 901820` are `+4930901820`.

    With a warning where something of the text is not in the number.
    """
    if usual := plain(text, region):
        return usual
    if shortened := shortened_number(text):
        return shortened
    try:
        number = parse(text, region)
    except NumberParseException:
        number = None
    if number is not None and is_valid_number(number):
        return _told(text, number)
    if region is None and not text.startswith("+"):
        return Fault(Code.INVALID_PHONE, f"{shown(text)} lacks the calling code: write it as in '+49 30 901820', or fill in the country.")
    return Fault(Code.INVALID_PHONE, f"{shown(text)} is no valid phone number; write it with the calling code, as in '+49 30 901820'.")


def _told(text: str, number: PhoneNumber) -> str | Warned:
    kept = format_number(number, PhoneNumberFormat.E164)
    if number.extension:
        message = f"{shown(text)} is kept as {kept}, without the extension {number.extension}; keep that elsewhere if it is needed."
        return Warned(kept, Fault(Code.PHONE_EXTENSION_DROPPED, message))
    if any(map(str.isalpha, text)) and sum(map(str.isdigit, text)) < len(str(number.national_number)):
        message = f"The letters of {shown(text)} are read as digits, {kept}; write the number in digits if that is wrong."
        return Warned(kept, Fault(Code.PHONE_LETTERS_READ, message))
    return kept


def plain(text: str, region: str | None) -> str | None:
    """The answer for a plain mobile or fixed-line number; None to ask the library."""
    if len(text) > 40 or not text.isascii():
        return None
    # Three times as fast as `str.translate`.
    number = text.encode().translate(None, _PUNCTUATION).decode()
    if number[:1] == "+":
        return _international(number)
    if region is None or not number.isdigit():
        return None
    return _national(number, region)


def _international(number: str) -> str | None:
    if not number[1:].isdigit():
        return None
    main = _main_region(number[1:4])
    if main is None:
        return None
    national = number[1 + len(main.calling_code) :]
    valid = _valid(main.calling_code, len(national))
    if valid is None or not valid.match(national):
        return None
    prefix = main.prefix.match(national)
    return None if prefix and (prefix.end() or prefix.lastindex) else number


def _national(number: str, region: str) -> str | None:
    own = _region(region)
    if own is None or own.abroad.match(number) or number.startswith(own.calling_code):
        return None
    prefix = own.prefix.match(number)
    if prefix:
        if prefix.re.groups:
            return None
        number = number[prefix.end() :]
    valid = _valid(own.calling_code, len(number))
    if valid is None or not valid.match(number) or not own.general.match(number):
        return None
    return f"+{own.calling_code}{number}"


@lru_cache(maxsize=1_000)
def _main_region(beginning: str) -> _Region | None:
    """The first region of the calling code with which three digits begin; no calling code is the beginning of another."""
    for digits in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(beginning[:digits] or "0"))
        if regions and not beginning.startswith("0"):
            return _region(regions[0])
    return None


@lru_cache(maxsize=300)
def _region(code: str) -> _Region | None:
    region = PhoneMetadata.metadata_for_region(code.upper(), None)
    if region is None or region.general_desc is None:
        return None
    return _Region(
        str(region.country_code),
        re.compile(region.international_prefix or _NEVER),
        re.compile(region.national_prefix_for_parsing or _NEVER),
        re.compile(rf"(?:{region.general_desc.national_number_pattern or _NEVER})\Z"),
    )


@lru_cache(maxsize=4_000)
def _valid(calling_code: str, length: int) -> re.Pattern[str] | None:
    """A pattern for the valid numbers of a length in the regions that share a calling code."""
    alternatives: list[str] = []
    taken: list[str] = []
    for code in COUNTRY_CODE_TO_REGION_CODE[int(calling_code)]:
        region = PhoneMetadata.metadata_for_region(code, None)
        if region is None:
            continue
        leading = region.leading_digits
        general = _pattern(region.general_desc, length)
        kinds = [kind for desc in (region.mobile, region.fixed_line) if (kind := _pattern(desc, length))]
        if general and kinds:
            others = f"(?!{'|'.join(taken)})" if taken else ""
            own = f"(?={leading})" if leading else ""
            alternatives.append(rf"{others}{own}(?=(?:{general})\Z)(?:{'|'.join(kinds)})\Z")
        if leading:
            # The library asks leading digits first: a number with these is this region's and no later one's, valid or not.
            taken.append(leading)
    return re.compile("|".join(alternatives)) if alternatives else None


def _pattern(desc: PhoneNumberDesc | None, length: int) -> str | None:
    """The pattern for a kind of number, if it can have the length."""
    if desc is None or (desc.possible_length and length not in desc.possible_length):
        return None
    return desc.national_number_pattern
