"""Numbers in the plain forms only; `int` and `Decimal` take more than a file should hold."""

import re
from decimal import Decimal

from importers.faults import Code, Fault, shown
from importers.spreadsheets import shortened_number

INTEGER_LIMIT = 2**31

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_EXACT = re.compile(r"[+-]?(?:0*([0-9]{1,20})(?:\.([0-9]{1,18})0*)?)")


def integer(text: str) -> int | Fault:
    """A whole number of 32 bits."""
    if not _WHOLE.fullmatch(text):
        return shortened_number(text) or Fault(Code.INVALID_NUMBER, f"{shown(text)} is no whole number; use the digits 0 to 9 only.")
    number = int(text)
    if not -INTEGER_LIMIT <= number < INTEGER_LIMIT:
        return Fault(Code.INVALID_NUMBER, f"{shown(text)} is out of range; use a number from {-INTEGER_LIMIT} to {INTEGER_LIMIT - 1}.")
    return number


def exact(text: str) -> Decimal | Fault:
    """A decimal with up to 20 digits before the point and 18 after it, neither rounded nor grouped."""
    if not _EXACT.fullmatch(text):
        return shortened_number(text) or Fault(
            Code.INVALID_NUMBER,
            f"{shown(text)} is no number; write it as in '-1234.56', with up to 20 digits before the point and 18 after it.",
        )
    return Decimal(text)
