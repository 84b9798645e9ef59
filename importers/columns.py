"""Columns of a file and the fields they are read into."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from importers.errors import BadSetting
from importers.faults import shown
from importers.texts import tidy
from importers.values import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """Something that an action reads from a record; `name` is what mappings call it."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user's word on one column, named or numbered from 1: the field it is read into, or None to skip it."""

    field: str | None
    column: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where each mapped field is read from, as an index of the header, and the columns that are not read."""

    sources: dict[str, int]
    ignored: list[str]


_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>")
_MARKS = " *:"  # around a name: of a column that must be filled in, of a label


def column_key(name: str) -> str:
    """What is equal for spellings of one name: `Date of Birth`, `date_of-birth`, `DateOfBirth`, `Date of birth *:`."""
    plain = unicodedata.normalize("NFKC", tidy(name)).casefold()
    return re.sub(r"[\s_\-\u2010-\u2015]+", "", plain.strip(_MARKS) or plain)


def remarkless_key(name: str) -> str:
    """The key of a name without remarks in brackets: `Phone (mobile)` is `Phone`; a name that is nothing but a remark keeps it."""
    return column_key(_REMARK.sub(" ", unicodedata.normalize("NFKC", name))) or column_key(name)


def suggested_mapping(header: Sequence[str], fields: Sequence[Field]) -> list[tuple[str, str | None]]:
    """Each column with the field that its name suggests, if any; a field's own name goes before its aliases."""
    names = {index: name for name, index in _suggested(header, fields, set(range(len(header)))).items()}
    return [(column, names.get(index)) for index, column in enumerate(header)]


def resolve_mapping(header: Sequence[str], fields: Sequence[Field], given: Iterable[Assignment] = ()) -> Mapping:
    """The mapping by a user's assignments and, for columns and fields that these leave open, by the columns' names."""
    problems: list[str] = []
    assigned = _assigned(header, {field.name for field in fields}, given, problems)
    chosen = {name: index for index, name in assigned.items() if name is not None}
    free = set(range(len(header))) - set(assigned)
    suggested = _suggested(header, [field for field in fields if field.name not in chosen], free)
    for name, index in suggested.items():
        alike = [other for other in sorted(free) if column_key(header[other]) == column_key(header[index])]
        if len(alike) > 1:
            problems.append(
                f"The column {shown(header[index])} appears {len(alike)} times, at the positions {_numbers(alike)}; "
                f"map {name!r} by the position of one, or skip the others by theirs."
            )
    sources = suggested | chosen
    for field in fields:
        if field.required and field.name not in sources:
            problems.append(
                f"No column is mapped to the required field {field.name!r}; name a column so, or map one of "
                f"{', '.join(shown(column) for column in header)}."
            )
    if problems:
        raise BadSetting(" ".join(problems))
    read = set(sources.values())
    return Mapping(sources, [column for index, column in enumerate(header) if column and index not in read])


def _assigned(header: Sequence[str], names: set[str], given: Iterable[Assignment], problems: list[str]) -> dict[int, str | None]:
    """The fields by index of the header, as far as assignments make sense."""
    assigned: dict[int, str | None] = {}
    for assignment in given:
        name = assignment.field
        index = _index(header, assignment, problems)
        if name is not None and name not in names:
            problems.append(f"There is no field {shown(name)}; use one of {', '.join(sorted(names))}.")
        elif name is not None and name in assigned.values():
            problems.append(f"The field {name!r} is mapped more than once; map one column to it.")
        elif index in assigned:
            problems.append(f"The column {shown(header[index])} is mapped more than once; map it to one field.")
        elif index is not None:
            assigned[index] = name
    return assigned


def _index(header: Sequence[str], assignment: Assignment, problems: list[str]) -> int | None:
    """The column that an assignment means."""
    column, position = assignment.column, assignment.position
    if position is not None:
        if 1 <= position <= len(header):
            return position - 1
        problems.append(f"There is no column at position {position}; the file has {len(header)} columns.")
        return None
    alike = _alike(header, column or "")
    if len(alike) == 1:
        return alike[0]
    if alike:
        problems.append(f"The column {shown(column or '')} appears {len(alike)} times; map it by its position, one of {_numbers(alike)}.")
    else:
        problems.append(f"There is no column {shown(column or '')}; the file has {', '.join(shown(name) for name in header)}.")
    return None


def _suggested(header: Sequence[str], fields: Sequence[Field], free: set[int]) -> dict[str, int]:
    sources: dict[str, int] = {}
    _claim({index: column_key(header[index]) for index in sorted(free)}, fields, sources)
    remarkless = {index: remarkless_key(header[index]) for index in sorted(free - set(sources.values()))}
    # Of `Phone (home)` and `Phone (work)` neither is the phone number more than the other.
    repeated = Counter(remarkless.values())
    _claim({index: key for index, key in remarkless.items() if repeated[key] == 1}, fields, sources)
    return sources


def _claim(keys: dict[int, str], fields: Sequence[Field], sources: dict[str, int]) -> None:
    """Adds the columns of fields that have none yet; each column is taken once."""
    for spellings in ([(field.name, (field.name,)) for field in fields], [(field.name, field.aliases) for field in fields]):
        for name, words in spellings:
            found = next((index for word in words for index, key in keys.items() if key == column_key(word)), None)
            if found is not None and name not in sources:
                sources[name] = found
                del keys[found]


def _alike(header: Sequence[str], column: str) -> list[int]:
    """The columns of a name: exactly so, or else but for case, spaces, `_` and `-`, or at last but for remarks."""
    exact = [index for index, name in enumerate(header) if name and name == column]
    alike = exact or [index for index, name in enumerate(header) if name and column_key(name) == column_key(column)]
    return alike or [index for index, name in enumerate(header) if name and remarkless_key(name) == column_key(column)]


def _numbers(indexes: list[int]) -> str:
    return ", ".join(str(index + 1) for index in indexes)
