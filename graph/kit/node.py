"""`@node` and `@part_of`: a graph class and its model become a GraphQL type."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast, get_args, get_origin

import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.utils.str_converters import to_camel_case

from graph.kit import resolvers
from graph.kit.connections import connection_types, list_arguments, many_resolver
from graph.kit.declared import Column, Computed, Declared, DeclaredField, Listed, Many, One, Part, Refers, Values, declared_of, renamed
from graph.kit.filters import filter_fields, filter_input, order_inputs
from graph.kit.registry import NAMES, lazy, optional
from graph.kit.types import Node, scalar_of
from loaders.filters import FilterField
from loaders.orders import OrderTerm
from loaders.selection import row_key

T = TypeVar("T", bound=type)


def node(
    model: Any,
    *,
    filters: Sequence[str] = (),
    filters_by: Mapping[str, FilterField] | None = None,
    orders: Sequence[str] = (),
    default_order: Sequence[OrderTerm] = (),
) -> Callable[[T], T]:
    """Makes a type with a global id, pages, filters and orders of a graph class and its model.

    `filters` and `orders` are columns; `filters_by` are names of filters along relations, see `path` and `through`.
    """

    def declare(body: T) -> T:
        if body.__name__ != model.__name__:
            raise TypeError(f"{body.__name__} must bear the name of its model, {model.__name__}, by which relations find it.")
        declared = _declare(body, model, is_node=True)
        if filters or filters_by:
            declared.filters = filter_fields(model, filters, filters_by or {})
            filter_input(declared.name, declared.filters)
        if orders:
            declared.orders = order_inputs(declared.name, orders)
        declared.default_order = tuple(default_order)
        connection_types(declared)
        return cast(T, declared.type)

    return declare


def part_of(model: Any, *, prefix: str = "") -> Callable[[T], T]:
    """Makes a type of some columns of a model's row, without an id of its own.

    Where the row has such columns several times, the type is declared with those of one `prefix`, and each `part` names its own.
    """

    def declare(body: T) -> T:
        return cast(T, _declare(body, model, is_node=False, prefix=prefix).type)

    return declare


def entry(model: Any, *, pages: str, default_order: Sequence[OrderTerm]) -> Callable[[T], T]:
    """Makes a node of a model under another name, in pages that `pages` names: `ImportError` for ImportErrorConnection."""

    def declare(body: T) -> T:
        declared = _declare(body, model, is_node=True)
        declared.list_name = pages
        declared.default_order = tuple(default_order)
        # Relations find it by its model.
        NAMES[model.__name__] = declared.type
        connection_types(declared)
        return cast(T, declared.type)

    return declare


def _declare(body: type, model: Any, *, is_node: bool, prefix: str = "") -> Declared:
    bodies = {name: each for name, each in body.__dict__.items() if isinstance(each, DeclaredField)}
    if prefix:
        bodies = {name: renamed(each, prefix, "") for name, each in bodies.items()}
    fields: dict[str, DeclaredField] = {**{name: Column(name) for name in body.__annotations__}, **bodies}
    names = {to_camel_case(name): each for name, each in fields.items()}
    declared = Declared(body.__name__, model, body, names, is_node, list_name=body.__name__)
    members: dict[str, Any] = {"__module__": body.__module__, "__declared__": declared}
    if is_node:
        key = row_key(model)
        declared.fields["id"] = Column(key)
        members["id"] = resolvers.field(lazy("ID"), "The opaque id, by which `node` finds it again.", resolvers.global_id(declared, key))
    for name, each in fields.items():
        members[name] = _field(model, name, each, prefix)
    bases = (Node,) if is_node else ()
    description = " ".join((body.__doc__ or model.__doc__ or "").split("\n\n")[0].split())
    declared.type = NAMES[declared.name] = strawberry.type(type(body.__name__, bases, members), description=description)
    return declared


def _field(model: Any, name: str, each: DeclaredField, prefix: str) -> Any:
    match each:
        case Column(column, nullable):
            found = getattr(model, prefix + column)
            annotation = optional(_spelled(found.type), _nullable(found) if nullable is None else nullable)
            return resolvers.field(lazy(annotation), found.property.doc, None if column == name else resolvers.attribute(column))
        case Values(column, type_):
            NAMES[type_.__name__] = type_
            return resolvers.field(lazy(f"list[{type_.__name__}]"), getattr(model, column).property.doc, resolvers.values(column, type_))
        case Part(type_, description, present):
            return resolvers.field(lazy(optional(type_.__name__, present is not None)), description, resolvers.part(each))
        case One(steps, description, nullable):
            return resolvers.field(lazy(optional(steps[-1].target.__name__, nullable)), description, resolvers.one(each))
        case Listed(relation, description):
            return resolvers.field(lazy(f"list[{relation.target.__name__}]"), description, resolvers.listed(each))
        case Many():
            return _connection(each)
        case Computed(field=field):
            return field
        case Refers(points=points, description=description):
            return resolvers.referred("Node", description)(points)


def _connection(each: Many) -> Any:
    target = each.relation.target.__name__
    # A node bears its model's name and may be declared later; an entry's pages have a name of their own and come first.
    pages = declared_of(NAMES[target]).list_name if target in NAMES else target

    def arguments() -> list[StrawberryArgument]:
        extras = [resolvers.argument(variant, "bool", text, False) for variant, (text, _) in each.variants.items()]
        extras += [resolvers.argument(name, "str | None", text, None) for name, text in each.by.items()]
        return [*list_arguments(declared_of(NAMES[target])), *extras]

    return resolvers.field(lazy(f"{pages}Connection"), each.description, many_resolver(each), arguments)


def _nullable(found: Any) -> bool:
    """Whether an attribute may be null; an expression that the model declares as one never is."""
    return bool(getattr(found.property.columns[0], "nullable", False))


def _spelled(kind: Any) -> str:
    """A column's type as an annotation, its names made known."""
    scalar = scalar_of(kind)
    if get_origin(scalar) is list:
        (item,) = get_args(scalar)
        NAMES[item.__name__] = item
        return f"list[{item.__name__}]"
    NAMES[scalar.__name__] = scalar
    return str(scalar.__name__)
