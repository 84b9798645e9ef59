"""Warnings about a file as a whole: columns that are not read, so that none is dropped without a word."""

from collections.abc import Sequence

from importers.columns import Field, Mapping, column_key, suggested_mapping
from importers.errors_file import OWN_COLUMNS
from importers.faults import Code, Fault, shown

LIMIT = 500  # warnings; a file of more columns than that is no table of clients

_WHOLE_NAMES = {"name", "fullname", "clientname", "customername"}


def unread_columns(header: Sequence[str], fields: Sequence[Field], mapping: Mapping) -> list[Fault]:
    """A warning for each column that no field is read from, but for those that a file of errors added."""
    read = set(mapping.sources.values())
    unread = [index for index in range(len(header)) if index not in read and column_key(header[index]) not in OWN_COLUMNS]
    warnings = [_warning(header, index, fields, mapping) for index in unread[:LIMIT]]
    if len(unread) > LIMIT:
        warnings.append(Fault(Code.COLUMN_NOT_READ, f"{len(unread) - LIMIT:,} further columns are not read."))
    return warnings


def _warning(header: Sequence[str], index: int, fields: Sequence[Field], mapping: Mapping) -> Fault:
    column = header[index]
    name = column or f"column {index + 1}"
    ((_, field),) = suggested_mapping([column], fields)
    if field is not None and field in mapping.sources:
        reason = f"as {field!r} is read from {shown(header[mapping.sources[field]])}; map this one to it if it is the right one"
    elif column_key(column) in _WHOLE_NAMES and any(field.name == "first_name" for field in fields):
        reason = "as it may hold first and last names together; split it in two, or map it to 'first_name' or 'last_name'"
    else:
        reason = "as no field is mapped to it; map it to one if it should be"
    return Fault(Code.COLUMN_NOT_READ, f"The column {shown(name)} is not read, {reason}.", name)
