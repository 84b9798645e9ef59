"""Connections: pages of rows with cursors, as Relay describes them, with `nodes`, `totalCount` and `offset` besides."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import strawberry
from graphql import FieldNode
from strawberry.types.arguments import StrawberryArgument

from graph.context import Info
from graph.kit.declared import Declared, Many
from graph.kit.filters import order_terms, plain
from graph.kit.registry import NAMES, lazy
from graph.kit.resolvers import argument, attribute, declared_for, field, gradually, instance
from graph.kit.types import PageInfo
from graph.kit.walk import Walk
from graph.kit.words import plural, singular
from loaders.pages import Listing, Membership, Page, Slice, count, counts_of, equals, page, page_of, pages_of
from loaders.reading import Reads
from loaders.selection import Selection

NAMES["PageInfo"] = PageInfo


def connection_types(declared: Declared) -> None:
    """Makes `ClientConnection` and `ClientEdge` for `Client`."""
    name, row = declared.list_name, declared.name
    edge: dict[str, Any] = {
        "__module__": __name__,
        "cursor": field(lazy("str"), "The row's place in the list, for `after` and `before`.", attribute("cursor")),
        "node": field(lazy(row), "The row.", attribute("node")),
    }
    NAMES[f"{name}Edge"] = strawberry.type(type(f"{name}Edge", (), edge), description=f"One {singular(row)} and its place in a list.")
    connection: dict[str, Any] = {
        "__module__": __name__,
        "edges": field(lazy(f"list[{name}Edge]"), "The rows of the page with their cursors.", _edges),
        "nodes": field(lazy(f"list[{row}]"), "The rows of the page.", _nodes),
        "page_info": field(lazy("PageInfo"), "Where the page stands in the list.", _page_info),
        "total_count": field(lazy("int"), "The number of rows on all pages; counted only when asked for.", _total),
    }
    connection["__declared_rows__"] = declared
    NAMES[f"{name}Connection"] = strawberry.type(type(f"{name}Connection", (), connection), description=f"A page of {plural(row)}.")


def _rows(source: Any) -> list[Any]:
    return [instance(source.__declared_rows__.type, record) for record in source.slice.records]


def _nodes(source: Any, info: Info, _arguments: Mapping[str, Any]) -> Any:
    return gradually(info, _rows(source))


def _edges(source: Any, info: Info, _arguments: Mapping[str, Any]) -> Any:
    edge = NAMES[f"{source.__declared_rows__.list_name}Edge"]
    rows = zip(source.slice.cursors, _rows(source), strict=True)
    return gradually(info, [instance(edge, {"cursor": cursor, "node": row}) for cursor, row in rows])


def _page_info(source: Any, _info: Info, _arguments: Mapping[str, Any]) -> PageInfo:
    cursors = source.slice.cursors
    return PageInfo(
        has_next_page=source.slice.has_next,
        has_previous_page=source.slice.has_previous,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def _total(source: Any, _info: Info, _arguments: Mapping[str, Any]) -> Awaitable[int]:
    total: Awaitable[int] = source.count()
    return total


def list_arguments(declared: Declared, *, offset: bool = False) -> list[StrawberryArgument]:
    """first, last, after, before, and what the type can be filtered and sorted by."""
    arguments = [
        argument("first", "int | None", "The number of rows from the start, at most 500; 50 when neither first nor last is given.", None),
        argument("after", "str | None", "Only rows after this cursor.", None),
        argument("last", "int | None", "The number of rows from the end, at most 500.", None),
        argument("before", "str | None", "Only rows before this cursor.", None),
    ]
    if offset:
        arguments.append(
            argument("offset", "int | None", "The number of rows to leave out, at most 10000; for tables with page numbers.", None)
        )
    if declared.filters is not None:
        arguments.append(argument("filter", f"{declared.name}Filter | None", "Only rows that fulfil this.", None))
    if declared.orders:
        arguments.append(argument("order_by", f"list[{declared.name}Order] | None", "The order; the primary key always ends it.", None))
    return arguments


async def connection_of(info: Info, declared: Declared, listing: Listing, arguments: Mapping[str, Any], parent: Any = None) -> Any:
    """The connection that a field asks for: its page is read only when rows are asked for, its count only when that is."""
    reads = info.context.reads
    filter_ = plain(arguments.get("filter"))
    wanted = page_of(listing, {**arguments, "filter": filter_, "order_by": order_terms(arguments.get("order_by"), declared.orders)})
    columns = _columns(info, declared)
    found = None
    if columns is not None:
        found = await _read(reads, listing, Selection.of(declared.model, columns), wanted, parent)
    else:
        reads.viewer.require(declared.model.read_permission)

    async def total() -> int:
        if parent is None:
            return await count(reads, listing, wanted.filter)
        number: int = await counts_of(reads, listing, wanted.filter).load(parent)
        return number

    return instance(NAMES[f"{declared.list_name}Connection"], {"slice": found, "count": total})


async def _read(reads: Reads, listing: Listing, selection: Selection, wanted: Page, parent: Any) -> Slice:
    if parent is None:
        return await page(reads, listing, selection, wanted)
    found: Slice = await pages_of(reads, listing, selection, wanted).load(parent)
    await reads.give_way()
    return found


def _columns(info: Info, declared: Declared) -> set[str] | None:
    """The columns of the rows that a connection's field asks for; None when it asks for no rows at all."""
    walk, nodes = Walk(info._raw_info), info._raw_info.field_nodes
    asked = walk.below(nodes, f"{declared.list_name}Connection")
    if not {"edges", "nodes", "pageInfo"} & asked.keys():
        return None
    rows: list[FieldNode] = list(asked.get("nodes", []))
    rows += walk.below(asked.get("edges", []), f"{declared.list_name}Edge").get("node", [])
    return declared.needs(walk, rows)


def many_resolver(declared: Many) -> Callable[[Any, Info, dict[str, Any]], Awaitable[Any]]:
    """The connection of what belongs to a row."""

    async def resolve(source: Any, info: Info, arguments: dict[str, Any]) -> Any:
        target = declared_for(declared.relation.target)
        return await connection_of(
            info, target, listing_below(declared, target, arguments), arguments, getattr(source, declared.relation.local)
        )

    return resolve


def listing_below(declared: Many, target: Declared, arguments: Mapping[str, Any]) -> Listing:
    """The list that a relation's arguments choose."""
    membership: Membership = declared.membership or equals
    name = declared.relation.name
    for variant, (_, other) in declared.variants.items():
        if arguments.get(variant):
            membership, name = other, f"{name} {variant}"
    equal = {**declared.where, **{column: arguments[column] for column in declared.by if arguments.get(column) is not None}}
    return Listing(name, target.model, target.filters, target.default_order, declared.relation, membership, tuple(equal.items()))
