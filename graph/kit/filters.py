"""Filter and order inputs, generated from what a type says it can be filtered and sorted by."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING
from functools import partial
from typing import Any

import strawberry
from strawberry.types.base import has_object_definition
from strawberry.utils.str_converters import to_camel_case

from graph.kit.registry import NAMES, LazyField, lazy
from graph.kit.types import OrderDirection, documented, scalar_of
from graph.kit.words import plural, with_article
from loaders.filters import ColumnFilter, FilterField, FilterFields, RelationFilter
from loaders.orders import OrderTerm
from loaders.relations import relation
from models.base import Described

OPERATORS = {
    "eq": "Equal to this value.",
    "ne": "Not equal to this value; rows without a value count as different.",
    "in": "Equal to one of these values.",
    "notIn": "Equal to none of these values; rows without a value count.",
    "gt": "Greater than this value.",
    "gte": "Greater than or equal to this value.",
    "lt": "Less than this value.",
    "lte": "Less than or equal to this value.",
    "contains": "Contains this text, without regard to case.",
    "startsWith": "Starts with this text, without regard to case.",
    "ieq": "Equal to this text without regard to case.",
    "isNull": "true for rows without a value, false for rows with one.",
}
LISTS = {"in", "notIn"}
EQUALITY = ("eq", "ne", "in", "notIn")
COMPARISON = ("gt", "gte", "lt", "lte")
BY_KIND: Mapping[str, Sequence[str]] = {
    "str": (*EQUALITY, "contains", "startsWith", "ieq", "isNull"),
    "int": (*EQUALITY, *COMPARISON, "isNull"),
    "Decimal": ("eq", "ne", "in", *COMPARISON, "isNull"),
    "date": ("eq", *COMPARISON, "isNull"),
    "datetime": ("eq", *COMPARISON, "isNull"),
    "bool": ("eq", "isNull"),
    "enum": EQUALITY,
}
TITLES = {"str": "String", "int": "Int", "Decimal": "Decimal", "date": "Date", "datetime": "DateTime", "bool": "Boolean"}


def path(*steps: Any) -> ColumnFilter:
    """Filters by a column of a related row: `country_code=path(Client.country, Country.alpha2_code)`."""
    *relations, last = steps
    return ColumnFilter(last.key, tuple(relation(step) for step in relations))


def through(step: Any) -> RelationFilter:
    """Filters by a related row's own filter: `client=through(Account.client)`."""
    found = relation(step)
    return RelationFilter(found, partial(_fields_of, found.target.__name__))


def filter_fields(model: Any, names: Sequence[str], others: Mapping[str, FilterField]) -> FilterFields:
    """What a type can be filtered by, in the words of the loaders."""
    fields: dict[str, FilterField] = {to_camel_case(name): ColumnFilter(name) for name in names}
    return FilterFields(model, fields | {to_camel_case(name): declared for name, declared in others.items()})


def _fields_of(type_name: str) -> FilterFields:
    found: FilterFields = NAMES[type_name].__declared__.filters
    return found


def filter_input(type_name: str, declared: FilterFields) -> None:
    """`ClientFilter`: each field with its operators, and `and`, `or`, `not`."""
    own = f"{type_name}Filter"
    members: dict[str, tuple[Any, str]] = {
        "and": (f"list[{own}] | None", "Fulfils all of these."),
        "or": (f"list[{own}] | None", "Fulfils at least one of these."),
        "not": (f"{own} | None", "Does not fulfil this."),
    }
    for name, each in declared.fields.items():
        if isinstance(each, RelationFilter):
            members[name] = (f"{each.relation.target.__name__}Filter | None", f"By the {name} that the row belongs to.")
        else:
            end = each.path[-1].target if each.path else declared.model
            members[name] = (f"{operators_of(scalar_of(getattr(end, each.column).type))} | None", f"By `{name}`.")
    made_input(own, f"Which {plural(type_name)} are wanted; fields side by side must all be fulfilled.", members)


def operators_of(scalar: Any) -> str:
    """The name of the operators' input for a scalar or enum, `StringFilter` or `ClientStatusFilter`, made on first use."""
    kind = "enum" if isinstance(scalar, type) and issubclass(scalar, Described) else scalar.__name__
    title = scalar.__name__ if kind == "enum" else TITLES[kind]
    name = f"{title}Filter"
    if name not in NAMES:
        NAMES[scalar.__name__] = scalar
        members = {operator: (_operand(operator, scalar.__name__), OPERATORS[operator]) for operator in BY_KIND[kind]}
        made_input(name, f"How {with_article(title)} is compared; operators side by side must all be fulfilled.", members)
    return name


def _operand(operator: str, scalar: str) -> str:
    if operator in LISTS:
        return f"list[{scalar}] | None"
    return "bool | None" if operator == "isNull" else f"{scalar} | None"


def order_inputs(type_name: str, names: Sequence[str]) -> Mapping[str, str]:
    """Makes `ClientOrder` and its enum `ClientOrderField`; answers the column of each enum value."""
    members = {name.upper(): (name, f"By {name.replace('_', ' ')}.") for name in names}
    fields: Any = Described(f"{type_name}OrderField", members)  # type: ignore[arg-type]
    fields.__doc__ = f"What {plural(type_name)} can be sorted by."
    documented(fields)
    NAMES[fields.__name__] = fields
    NAMES["OrderDirection"] = OrderDirection
    made_input(
        f"{type_name}Order",
        f"One step of an order of {plural(type_name)}.",
        {"field": (fields.__name__, "What to sort by."), "direction": ("OrderDirection", "Which end comes first.")},
        defaults={"direction": OrderDirection.ASC},
    )
    return {name.upper(): name for name in names}


def made_input(name: str, description: str, members: Mapping[str, tuple[Any, str]], defaults: Mapping[str, Any] | None = None) -> None:
    """An input type from its members: name in the API -> (annotation, description)."""
    body: dict[str, Any] = {"__module__": __name__}
    for member, (annotation, text) in members.items():
        default = (defaults or {}).get(member, strawberry.UNSET if annotation.endswith("None") else MISSING)
        # The underscore keeps words such as `and` and `in` from being Python's.
        body[f"{member}_"] = LazyField(graphql_name=member, description=text, type_annotation=lazy(annotation), default=default)
    NAMES[name] = strawberry.input(type(name, (), body), name=name, description=description)


def plain(value: Any) -> Any:
    """An input object as plain data by the names of the API; what was left out is absent."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if has_object_definition(value):
        return {
            each.graphql_name: plain(given)
            for each in value.__strawberry_definition__.fields
            if (given := getattr(value, each.python_name)) is not strawberry.UNSET
        }
    return value


def order_terms(wanted: Sequence[Any] | None, columns: Mapping[str, str]) -> list[OrderTerm]:
    return [OrderTerm(columns[each.field_.name], each.direction_ is OrderDirection.DESC) for each in wanted or ()]
