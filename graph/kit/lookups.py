"""Root fields: one row by a number or code, a page of rows, a bounded list, and any row by its global id."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from graph.context import Info
from graph.kit.connections import connection_of, list_arguments
from graph.kit.declared import BoundedRoot, Declared, IdRoot, LookupRoot, PagesRoot, declared_of
from graph.kit.ids import decode_id
from graph.kit.registry import NAMES, lazy, optional
from graph.kit.resolvers import argument, field, gradually, instance, selection
from graph.kit.types import Node, scalar_of
from graph.kit.walk import Walk
from graph.kit.words import plural, singular
from loaders.pages import Listing
from loaders.rows import listing, rows_by
from loaders.selection import Selection, attribute, primary_key, primary_keys, row_key
from models.errors import Invalid

ID_LIMIT = 500


def lookups(type_: type, *keys: str, **named: str) -> tuple[Any, Any]:
    """The root fields for one row and for pages of rows: `client, clients = lookups(Client)`."""
    return lookup(type_, *keys, **named), pages(type_)


def lookup(type_: type, *keys: str, **named: str) -> Any:
    """The root field for one row by its primary key, or by one of several columns: `lookup(Country, code="alpha2_code")`."""
    declared = declared_of(type_)
    columns: Mapping[str, str] = named or {key: key for key in keys or (primary_key(declared.model),)}

    def arguments() -> list[Any]:
        kinds = {name: scalar_of(attribute(declared.model, column).type).__name__ for name, column in columns.items()}
        default = None if len(columns) > 1 else strawberry.UNSET
        return [
            argument(name, optional(kind, len(columns) > 1), f"By {columns[name].replace('_', ' ')}.", default)
            for name, kind in kinds.items()
        ]

    async def resolve(_source: Any, info: Info, given: dict[str, Any]) -> Any:
        wanted = {columns[name]: value for name, value in given.items() if value is not None}
        if len(wanted) != 1:
            names = tuple(to_camel_case(name) for name in columns)
            raise Invalid(f"Give exactly one of {', '.join(names)}.", field=names)
        ((column, value),) = wanted.items()
        record = await rows_by(info.context.reads, selection(info, declared, column), column).load(value)
        return None if record is None else instance(declared.type, record)

    description = f"One {singular(declared.name)}, or null when there is none that you may see."
    return field(lazy(f"{declared.name} | None"), description, resolve, arguments, LookupRoot(declared, columns))


def pages(type_: type) -> Any:
    """The root field for pages of rows."""
    declared = declared_of(type_)
    listing_ = listing_of(declared)

    async def resolve(_source: Any, info: Info, given: dict[str, Any]) -> Any:
        return await connection_of(info, declared, listing_, given)

    return field(
        lazy(f"{declared.list_name}Connection"),
        f"A page of {plural(declared.name)}.",
        resolve,
        lambda: list_arguments(declared, offset=True),
        PagesRoot(declared),
    )


def listing_of(declared: Declared) -> Listing:
    return Listing(declared.name, declared.model, declared.filters, declared.default_order)


def bounded(type_: type, order: str, *flags: str, bound: int = 100) -> Any:
    """The root field for all rows of a small table, up to a bound: `tags = bounded(Tag, "name", bound=500)`."""
    declared = declared_of(type_)

    def arguments() -> list[Any]:
        return [argument(flag, "bool | None", f"Only rows whose {flag.replace('_', ' ')} is this.", None) for flag in flags]

    async def resolve(_source: Any, info: Info, given: dict[str, Any]) -> Any:
        equal = {name: value for name, value in given.items() if value is not None}
        records = await listing(info.context.reads, selection(info, declared), order, equal)
        return gradually(info, [instance(declared.type, record) for record in records])

    root = BoundedRoot(declared, order, flags, bound)
    return field(lazy(f"list[{declared.name}]"), f"All {plural(declared.name)}.", resolve, arguments, root)


def by_id(type_: type) -> Any:
    """The root field for one row by its global id."""
    declared = declared_of(type_)

    async def resolve(_source: Any, info: Info, given: dict[str, Any]) -> Any:
        if decode_id(given["id"], argument="id")[0] != declared.name:
            raise Invalid(f"id: {given['id'][:60]!r} is not the id of a {declared.name}.", field=("id",))
        return await find_one(info, given["id"])

    description = f"One {singular(declared.name)}, or null when there is none that you may see."
    return field(lazy(f"{declared.name} | None"), description, resolve, id_argument, IdRoot(declared, "id"))


def id_argument() -> list[Any]:
    return [argument("id", "ID", "The object's `id`.")]


async def find(info: Info, ids: list[str], argument_name: str) -> list[Any]:
    """What each of some global ids names, in their order; one statement per type.

    Null stands for an object that there is not, and Invalid, which is an error at its place, for a text that is no id.
    """
    if len(ids) > ID_LIMIT:
        raise Invalid(f"{argument_name} has {len(ids)} ids; ask for at most {ID_LIMIT} at once.", field=(argument_name,))
    found: dict[str, Any] = {}
    by_type: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for each in ids:
        try:
            declared, key = read_id(each, argument_name)
            by_type[declared.name][each] = key
        except Invalid as problem:
            found[each] = problem
    walk, nodes = Walk(info._raw_info), info._raw_info.field_nodes
    for name, keys in by_type.items():
        declared = declared_of(NAMES[name])
        loader = rows_by(info.context.reads, Selection.of(declared.model, declared.needs(walk, nodes)), row_key(declared.model))
        for each, record in zip(keys, await loader.load_many(list(keys.values())), strict=True):
            found[each] = None if record is None else instance(declared.type, record)
    return [found[each] for each in ids]


async def find_one(info: Info, global_id: str) -> Any:
    """The object with a global id, null when there is none; raises Invalid for a text that is no id."""
    (found,) = await find(info, [global_id], "id")
    if isinstance(found, Invalid):
        raise found
    return found


def read_id(global_id: str, argument_name: str) -> tuple[Declared, Any]:
    """The type that an id names, and the key of its row. Raises Invalid when there can be no such id."""
    name, text = decode_id(global_id, argument=argument_name)
    declared = node_type(name, argument_name)
    return declared, key_reader(declared, argument_name)(text)


def node_type(name: str, argument_name: str) -> Declared:
    declared: Declared | None = getattr(NAMES.get(name), "__declared__", None)
    if declared is None or not declared.is_node or declared.name != name:
        raise Invalid(
            f"{argument_name}: no type is called {name[:60]!r}; use the `id` of an object as this API gave it.", field=(argument_name,)
        )
    return declared


def key_reader(declared: Declared, argument_name: str) -> Any:
    """Reads the key in an id as the primary key's type wants it."""
    keys = primary_keys(declared.model)
    kind = attribute(declared.model, keys[0]).type.python_type

    def read(text: str) -> Any:
        if kind is str:
            return text
        parts = text.split(".") if len(keys) > 1 else [text]
        if len(parts) != len(keys) or not all(map(_is_number, parts)):
            raise Invalid(
                f"{argument_name}: {text[:60]!r} is not a number of a {declared.name}; use an `id` as this API gave it.",
                field=(argument_name,),
            )
        return ".".join(str(int(part)) for part in parts) if len(keys) > 1 else int(text)

    return read


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31


async def _node(_source: Any, info: Info, given: dict[str, Any]) -> Any:
    return await find_one(info, given["id"])


async def _nodes(_source: Any, info: Info, given: dict[str, Any]) -> list[Any]:
    return await find(info, given["ids"], "ids")


NAMES["Node"] = Node
node = field(
    lazy("Node | None"),
    "Any object by its id, or null when there is none that you may see.",
    _node,
    id_argument,
    IdRoot(None, "id"),
)
nodes = field(
    lazy("list[Node | None]"),
    "Objects by their ids, in the same order, null for each that there is not; a text that is no id is an error at its place.",
    _nodes,
    lambda: [argument("ids", "list[ID]", "The objects' ids, at most 500.")],
    IdRoot(None, "ids"),
)
