"""What can be wrong with a record: codes, and faults that carry them."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What kind of fault a rejected record has, and of warnings, which reject nothing."""

    REQUIRED_MISSING = "REQUIRED_MISSING"
    INVALID_EMAIL = "INVALID_EMAIL"
    INVALID_DATE = "INVALID_DATE"
    INVALID_NUMBER = "INVALID_NUMBER"
    INVALID_PHONE = "INVALID_PHONE"
    INVALID_TEXT = "INVALID_TEXT"
    VALUE_TOO_LONG = "VALUE_TOO_LONG"
    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"
    UNKNOWN_VERIFICATION_LEVEL = "UNKNOWN_VERIFICATION_LEVEL"
    UNKNOWN_CLIENT = "UNKNOWN_CLIENT"
    UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
    CURRENCY_NOT_ENABLED = "CURRENCY_NOT_ENABLED"
    CURRENCY_REQUIRED = "CURRENCY_REQUIRED"
    ACCOUNT_OF_ANOTHER_CLIENT = "ACCOUNT_OF_ANOTHER_CLIENT"
    UNKNOWN_IB_TYPE = "UNKNOWN_IB_TYPE"
    SELF_REFERRAL = "SELF_REFERRAL"
    REFERRAL_CYCLE = "REFERRAL_CYCLE"
    ALREADY_REFERRED = "ALREADY_REFERRED"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_SERVER = "UNKNOWN_SERVER"
    WRONG_FIELD_COUNT = "WRONG_FIELD_COUNT"
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    SPREADSHEET_NUMBER = "SPREADSHEET_NUMBER"
    SPREADSHEET_ERROR = "SPREADSHEET_ERROR"
    COLUMN_NOT_READ = "COLUMN_NOT_READ"
    LOOKS_BLANK = "LOOKS_BLANK"
    PHONE_EXTENSION_DROPPED = "PHONE_EXTENSION_DROPPED"
    PHONE_LETTERS_READ = "PHONE_LETTERS_READ"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a record; `column` is its name in the file, if one column is at fault."""

    code: Code
    message: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """A value that is taken, and what may be wrong with it; readers of columns put it where the value would stand."""

    value: object
    warning: Fault


def shown(text: str) -> str:
    """A value as messages quote it: `'Atlantis'`, cut to 60 characters."""
    return repr(text if len(text) <= 60 else f"{text[:59]}…")
