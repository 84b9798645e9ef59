"""Filters: what can be asked of a row, as plain data, and the condition that it becomes.

A filter is a mapping as GraphQL gives it: `{"status": {"in": [ACTIVE]}, "or": [{"city": {"ieq": "Berlin"}}, ...]}`.
`not`, `ne` and `notIn` include rows that have no value.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Index, Text, and_, any_, bindparam, false, func, literal, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from loaders.relations import Relation
from loaders.selection import attribute
from loaders.templates import Slot
from models.access import Viewer, over_values
from models.base import Base, caseless, never_null
from models.errors import Invalid

Filter = Mapping[str, Any]
Expression = ColumnElement[Any] | InstrumentedAttribute[Any]
# Longer lists make statements that are slower than the page they filter.
LIST_LIMIT = 1000
SIZE_LIMIT = 200
DEPTH_LIMIT = 8


@dataclass(frozen=True)
class ColumnFilter:
    """Filters by an attribute of the model, or by one at the end of a path of relations."""

    column: str
    path: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class RelationFilter:
    """Filters by a row that this one belongs to, with that type's own filter."""

    relation: Relation
    # Asked for when needed, as the other type may be declared later.
    fields: "Callable[[], FilterFields]"


FilterField = ColumnFilter | RelationFilter


@dataclass(frozen=True)
class FilterFields:
    """What a type can be filtered by: its fields by their names in the API."""

    model: type[Base]
    fields: Mapping[str, FilterField]


def condition(declared: FilterFields, wanted: Filter, viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a filter becomes. Raises Invalid for a value that no filter can have."""
    return _condition(declared, wanted, viewer)


def check_size(wanted: Filter) -> None:
    """Raises Invalid for a filter that nests too deep, has too many conditions, or compares with too many values."""
    if (depth := _depth(wanted)) > DEPTH_LIMIT:
        raise Invalid(f"The filter is {depth} levels deep; nest at most {DEPTH_LIMIT}.", field=("filter",))
    if (size := _size(wanted)) > SIZE_LIMIT:
        raise Invalid(f"The filter has {size} conditions; use at most {SIZE_LIMIT}, or `in` with a list.", field=("filter",))
    _check_lists("filter", wanted)


def _check_lists(name: str, part: Filter) -> None:
    for word, each in part.items():
        if isinstance(each, Mapping):
            _check_lists(word, each)
        elif isinstance(each, list) and len(each) > LIST_LIMIT:
            raise Invalid(f"{name}.{word} has {len(each)} values; give at most {LIST_LIMIT}.", field=("filter", name))
        elif isinstance(each, list):
            for one in each:
                if isinstance(one, Mapping):
                    _check_lists(word, one)


def _size(part: Any) -> int:
    """How many conditions a filter has, on all its levels; what is empty counts as one."""
    if isinstance(part, Mapping):
        return sum(_size(each) for each in part.values()) or 1
    return sum(_size(each) for each in part if isinstance(each, Mapping)) or 1 if isinstance(part, list) else 1


def _depth(part: Any) -> int:
    """How many objects stand in one another; the operators of a field are one."""
    if isinstance(part, Mapping):
        return 1 + max((_depth(each) for each in part.values()), default=0)
    return max((_depth(each) for each in part), default=0) if isinstance(part, list) else 0


def _condition(declared: FilterFields, wanted: Filter, viewer: Viewer) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    for name, value in wanted.items():
        if value is None:
            raise Invalid(f"The filter {name} is null; leave it out, or give it operators.", field=("filter", name))
        if name == "and":
            parts.extend(_condition(declared, each, viewer) for each in value)
        elif name == "or":
            parts.append(or_(false(), *(_condition(declared, each, viewer) for each in value)))
        elif name == "not":
            parts.append(_condition(declared, value, viewer).is_not(true()))
        else:
            parts.append(_field(declared, name, value, viewer))
    return and_(true(), *parts)


def _field(declared: FilterFields, name: str, value: Filter, viewer: Viewer) -> ColumnElement[bool]:
    field = declared.fields[name]
    if isinstance(field, RelationFilter):
        return _belongs(field.relation, _condition(field.fields(), value, viewer), viewer)
    for word, operand in value.items():
        if operand is None:
            raise Invalid(
                f"{name}.{word} is null, which matches nothing; use isNull: true for rows without a value.", field=("filter", name)
            )
    return and_(true(), *(_operator(declared.model, field, word, operand, viewer) for word, operand in value.items()))


def _operator(model: type[Base], field: ColumnFilter, word: str, operand: Any, viewer: Viewer) -> ColumnElement[bool]:
    if not field.path:
        return OPERATORS[word](attribute(model, field.column), operand)
    # Along a path, a negation is about all rows at its end: `tag: {ne: "vip"}` finds the clients without that tag.
    positive = NEGATIONS.get(word, word)
    negated = positive != word
    if word == "isNull":
        operand, negated = False, operand
    found = OPERATORS[positive](attribute(field.path[-1].target, field.column), operand)
    for step in reversed(field.path):
        found = _belongs(step, found, viewer)
    return found.is_not(true()) if negated else found


def _belongs(step: Relation, found: ColumnElement[bool], viewer: Viewer) -> ColumnElement[bool]:
    """Whether a row that fulfils a condition, and that the viewer may see, belongs to this one."""
    return attribute(step.parent, step.local).in_(step.select(viewer, step.remote).where(found))


def _equal(column: Expression, value: Any) -> ColumnElement[bool]:
    # The caseless index finds the few candidates, the comparison of the text itself decides.
    if has_caseless_index(column):
        return and_(_caseless_equal(column, value), column == value)
    filled = never_null(column)
    return column == value if filled is None else and_(column == value, filled == value)


def _one_of(column: Expression, values: list[Any]) -> ColumnElement[bool]:
    found = column == any_(bindparam(None, values, type_=ARRAY(column.type)))
    if has_caseless_index(column):
        given = func.unnest(bindparam(None, values, type_=ARRAY(Text))).table_valued("value").render_derived(name="given")
        # As an array, which PostgreSQL makes once, so that it can look each of them up in the index.
        return and_(caseless(column) == any_(func.array(over_values(given, caseless(given.c.value)).scalar_subquery())), found)
    filled = never_null(column)
    return found if filled is None else and_(found, filled == any_(bindparam(None, values, type_=ARRAY(filled.type))))


def _caseless_equal(column: Expression, value: str) -> ColumnElement[bool]:
    return caseless(column) == caseless(literal(value, Text))


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Expression, Any], ColumnElement[bool]]:
    def condition_of(column: Expression, value: Any) -> ColumnElement[bool]:
        plain: ColumnElement[bool] = compare(column, value)
        # Times and amounts that may be missing are indexed by the form in which they are sorted; the plain comparison still decides.
        filled = never_null(column)
        return plain if filled is None else and_(plain, compare(filled, value))

    return condition_of


def _like(column: Expression, before: str, value: Any) -> ColumnElement[bool]:
    def pattern(text: str) -> str:
        escaped = re.sub(r"([\\%_])", r"\\\1", text)
        return f"{before}{escaped}%"

    wanted = value.changed(pattern) if isinstance(value, Slot) else pattern(value)
    return caseless(column).like(func.lower(literal(wanted, Text)))


OPERATORS: Mapping[str, Callable[[Expression, Any], ColumnElement[bool]]] = {
    "eq": _equal,
    "ne": lambda column, value: column.is_distinct_from(value),
    "in": _one_of,
    "notIn": lambda column, values: (column == any_(bindparam(None, values, type_=ARRAY(column.type)))).is_not(true()),
    "gt": _compared(operator.gt),
    "gte": _compared(operator.ge),
    "lt": _compared(operator.lt),
    "lte": _compared(operator.le),
    "ieq": _caseless_equal,
    "startsWith": lambda column, value: _like(column, "", value),
    "contains": lambda column, value: _like(column, "%", value),
    "isNull": lambda column, value: column.is_(None) if value else column.is_not(None),
}
NEGATIONS = {"ne": "eq", "notIn": "in"}


@cache
def has_caseless_index(column: Expression) -> bool:
    """Whether the column's table has an index on its caseless form."""
    wanted = str(caseless(column))
    table = getattr(column, "table", None)
    return any(wanted.endswith(_first_expression(index)) for index in getattr(table, "indexes", ()))


def _first_expression(index: Index) -> str:
    return str(index.expressions[0])
