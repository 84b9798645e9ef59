"""Cells of which more is to be said than their field knows: what a spreadsheet shows for an error, and what seems to mean nothing."""

from dataclasses import replace

from importers.faults import Code, Fault, Warned, shown
from importers.spreadsheets import ERRORS, spreadsheet_error

# What programs and people write where there is nothing. It may be a name, so only the job can say.
_NOTHING = """
    NULL Null null (NULL) (null) <NULL> <null> [NULL] [null] N/A n/a N.A. n.a. N.A n.a NaN nan None nil undefined - -- --- – —
"""
LOOKS_BLANK = frozenset(_NOTHING.split())
ODD = ERRORS | LOOKS_BLANK


def remarked(cell: str, value: object) -> object:
    """A value as it is taken from a cell: a fault for an error of a spreadsheet, with a warning for what looks blank."""
    if cell in ERRORS:
        return spreadsheet_error(cell)
    if cell not in LOOKS_BLANK:
        return value
    remedy = f"If {shown(cell)} means that there is nothing, name it in the job's `blanks`."
    if isinstance(value, Fault):
        return replace(value, message=f"{value.message} {remedy}")
    kept = value.value if isinstance(value, Warned) else value
    return Warned(kept, Fault(Code.LOOKS_BLANK, f"{shown(cell)} is kept as it is. {remedy}"))
