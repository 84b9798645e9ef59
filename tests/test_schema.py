"""The schema as a whole: names, descriptions, scalars, indexes behind filters and orders, the prepared tabs."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLScalarType, parse, validate
from graphql.type import is_specified_scalar_type
from sqlalchemy import Index, UniqueConstraint

from graph.kit.declared import Declared, declared_of
from graph.kit.registry import NAMES
from graph.schema import schema
from loaders.filters import ColumnFilter
from loaders.orders import OrderTerm, order_expression
from loaders.selection import attribute
from models.base import caseless, never_null
from web.page import tabs

core = schema._schema


def elements() -> Iterator[tuple[str, Any]]:
    """Every type, field, argument and enum value, by its dotted name."""
    for name, kind in core.type_map.items():
        if name.startswith("__") or (isinstance(kind, GraphQLScalarType) and is_specified_scalar_type(kind)):
            continue
        yield name, kind
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                yield from ((f"{name}.{field_name}({argument})", each) for argument, each in field.args.items())
        elif isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{field_name}", field) for field_name, field in kind.fields.items())
        elif isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value_name}", value) for value_name, value in kind.values.items())


def test_everything_is_described_in_ascii_names() -> None:
    assert [name for name, element in elements() if not (element.description or "").strip()] == []
    assert [name for name, _ in elements() if not name.isascii()] == []


def test_lists_are_described_in_words_and_not_by_names_of_types() -> None:
    described = {name: element.description for name, element in elements()}

    assert described["Query.clients"] == described["ClientConnection"] == "A page of clients."
    assert described["Query.countries"] == "All countries."
    assert described["IbPartnerEdge"] == "One IB partner and its place in a list."
    assert described["AccountTypeFilter"].startswith("How an account type is compared")
    rows_of_a_type = re.compile(rf"\b({'|'.join(core.type_map)}) rows\b")
    assert [name for name, text in described.items() if rows_of_a_type.search(text)] == []


def test_every_scalar_says_what_specifies_it() -> None:
    own = [each for _, each in elements() if isinstance(each, GraphQLScalarType)]

    assert {each.name for each in own} == {"BigInt", "Date", "DateTime", "Decimal", "JSON", "Upload"}
    assert [each.name for each in own if not each.specified_by_url] == []


def declared_types() -> list[Declared]:
    return list({id(each): declared_of(each) for each in NAMES.values() if hasattr(each, "__declared__")}.values())


def indexed(model: Any) -> set[str]:
    """The first expression of each index of a table, and each column that is unique or a primary key."""
    table = model.__table__
    found = {str(index.expressions[0]) for index in table.indexes if isinstance(index, Index)}
    unique = [next(iter(each.columns)) for each in table.constraints if isinstance(each, UniqueConstraint)]
    keys = [next(iter(table.primary_key.columns))]
    own = {f"{table.name}.{each.key}" for each in [*unique, *keys, *(column for column in table.columns if column.unique or column.index)]}
    return found | own | {each.replace(f"{table.name}.", "") for each in found}


# Small tables are read whole in no time; an index on them would never be used.
CONFIGURATION = {"Product", "ProductCurrency", "Country", "Tag", "User"}


@pytest.mark.parametrize("declared", [each for each in declared_types() if each.filters is not None], ids=lambda each: each.name)
def test_what_can_be_filtered_is_indexed(declared: Declared) -> None:
    assert declared.filters is not None
    for name, field in declared.filters.fields.items():
        if not isinstance(field, ColumnFilter):
            continue
        model = field.path[-1].target if field.path else declared.model
        column = attribute(model, field.column)
        if model.__name__ in CONFIGURATION or name in {"archived", "status"}:
            continue
        forms = {str(expression) for expression in (column.expression, caseless(column), never_null(column))}
        assert forms & indexed(model), f"{declared.name}.{name}"


@pytest.mark.parametrize("declared", [each for each in declared_types() if each.orders], ids=lambda each: each.name)
def test_what_can_be_sorted_is_indexed_and_never_null(declared: Declared) -> None:
    for column in declared.orders.values():
        expression = order_expression(declared.model, OrderTerm(column))
        assert not getattr(expression, "nullable", False), f"{declared.name}.{column}"
        if declared.name not in CONFIGURATION:
            assert str(expression) in indexed(declared.model), f"{declared.name}.{column}"


def test_the_prepared_tabs_are_valid() -> None:
    prepared = tabs()

    assert len(prepared) == 5
    for tab in prepared:
        assert validate(core, parse(tab.query)) == [], tab.title
        if tab.variables:
            json.loads(tab.variables)
