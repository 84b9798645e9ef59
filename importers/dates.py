"""Dates in the one format that a job names; never a guess between day and month."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from importers.errors import BadSetting
from importers.faults import Code, Fault, shown

_TOKENS = re.compile(r"YYYY|MM|DD|[-./ ]")
# Programs write a date as a date-time at midnight, each in its own way; any other time would be lost.
_MIDNIGHT = (
    r"(?:(?:[Tt]|,?[ \u00a0\u202f]+)"
    r"(?:0{1,2}[:.]00(?:[:.]00(?:[.,]0+)?)?|12[:.]00(?:[:.]00(?:[.,]0+)?)?[ \u00a0\u202f]*[Aa]\.?[Mm]\.?)"
    r"[ ]?(?:Z|z|UTC|GMT|[+]00(?::?00)?)?)?"
)


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How dates are written: `DD.MM.YYYY`."""

    text: str
    pattern: re.Pattern[str]


def parse_date_format(text: str) -> DateFormat:
    """The format of a text such as `DD.MM.YYYY`; day and month may have one digit where separators keep all apart."""
    name = text.strip().upper()
    tokens = _TOKENS.findall(name)
    if "".join(tokens) != name or sorted(token for token in tokens if token.isalpha()) != ["DD", "MM", "YYYY"]:
        raise BadSetting(
            f"The date format {shown(text)} is not understood; use DD, MM and YYYY once each, as in 'DD.MM.YYYY', "
            "with points, hyphens, slashes or spaces between."
        )
    apart = not any(first.isalpha() and second.isalpha() for first, second in pairwise(tokens))
    digits = "[0-9]{1,2}" if apart else "[0-9]{2}"
    parts = {"YYYY": "(?P<year>[0-9]{4})", "MM": f"(?P<month>{digits})", "DD": f"(?P<day>{digits})"}
    pattern = "".join(parts.get(token) or re.escape(token) for token in tokens)
    return DateFormat(name, re.compile(pattern + _MIDNIGHT))


ISO = DateFormat("YYYY-MM-DD", re.compile("(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})" + _MIDNIGHT))


def calendar_date(text: str, written: DateFormat) -> date | Fault:
    """The date that a text is in a format: `31.12.1999`."""
    found = written.pattern.fullmatch(text)
    if not found:
        return Fault(Code.INVALID_DATE, f"{shown(text)} is no date of the form {written.text}; write it so, or name its format in the job.")
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return Fault(Code.INVALID_DATE, f"{shown(text)} is not in the calendar; dates are read as {written.text}.")


def birth_date(text: str, written: DateFormat, today: date) -> date | Fault:
    """The date of birth of somebody alive: not before 1900, and not after today."""
    day = calendar_date(text, written)
    if isinstance(day, Fault) or date(1900, 1, 1) <= day <= today:
        return day
    return Fault(Code.INVALID_DATE, f"{shown(text)} cannot be a date of birth; it must be from 1900 up to today.")
