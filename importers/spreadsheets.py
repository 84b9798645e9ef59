"""What spreadsheets make of values: shortened numbers, and errors of formulas in the place of results."""

import re

from importers.faults import Code, Fault, shown

# `1.00023E+11`, with a decimal comma in some countries, without the plus sign in some programs.
_SHORTENED = r"[+-]?[0-9]+(?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}"
_CELL = re.compile(_SHORTENED)
_LINE = re.compile(rf"^{_SHORTENED}$", re.MULTILINE)

# As spreadsheets show them in English, German, French, Spanish, Italian, Portuguese, Polish and Russian; `###` is a column too narrow.
_ERRORS = """
    #N/A #REF! #VALUE! #NAME? #DIV/0! #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! #GETTING_DATA #ERROR!
    #n/a #ref! #value! #name? #div/0! #num! #null!
    #NV #BEZUG! #WERT! #ZAHL! #VALEUR! #NOM? #NOMBRE! #NUL! #N/D #¡REF! #¡VALOR! #¿NOMBRE? #¡DIV/0! #¡NUM! #¡NULO!
    #RIF! #VALORE! #NOME? #NULLO! #VALOR! #NÚM! #NULO! #N/D! #ADR! #ARG! #NAZWA? #DZIEL/0! #LICZBA! #ZERO!
    #Н/Д #ССЫЛКА! #ЗНАЧ! #ИМЯ? #ДЕЛ/0! #ЧИСЛО! #ПУСТО!
    Err:501 Err:502 Err:503 Err:504 Err:508 Err:509 Err:511 Err:520 Err:522 Err:523 ###
"""
ERRORS = frozenset(_ERRORS.split())


def spreadsheet_error(text: str) -> Fault:
    """The fault of a cell that holds one of ERRORS."""
    return Fault(
        Code.SPREADSHEET_ERROR,
        f"{shown(text)} is what a spreadsheet shows where a formula fails; mend the formula and export the sheet again, or empty the cell.",
    )


def shortened_number(text: str) -> Fault | None:
    """The fault of a number whose digits are gone: `1.00023E+11`."""
    if not _CELL.fullmatch(text):
        return None
    return Fault(
        Code.SPREADSHEET_NUMBER,
        f"{shown(text)} is a number that a spreadsheet has shortened, and its last digits are gone; "
        "give the column the format Text in the spreadsheet, fill in the whole numbers and export it again.",
    )


def holds_shortened(cells: list[str]) -> bool:
    """Whether one of some cells may be a shortened number: a quick look at all at once."""
    return _LINE.search("\n".join(cells)) is not None
