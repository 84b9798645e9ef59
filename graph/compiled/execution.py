"""A plan carried out: one statement for each level, on one connection and one snapshot."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from graphql.execution.values import VariableValues
from strawberry.utils.str_converters import to_camel_case

from graph.compiled.assembly import Shape, shapes_of
from graph.compiled.calling import Caller
from graph.compiled.connections import Finished, Found, Rows, connection_object
from graph.compiled.memory import Kept
from graph.compiled.outputs import Arguments, Child, Connection, Level, Plan, RootField, Unplanned
from graph.context import Context
from graph.kit.connections import listing_below
from graph.kit.declared import BoundedRoot, Declared, IdRoot, LookupRoot, PagesRoot
from graph.kit.ids import decode_id
from graph.kit.lookups import ID_LIMIT, key_reader, listing_of, node_type
from graph.kit.types import OrderDirection
from loaders import levels
from loaders.configuration import Configuration
from loaders.orders import OrderTerm
from loaders.pages import Listing, Page, page_of
from loaders.selection import primary_key
from loaders.templates import Slot, Template, run, shape, slots, template
from models.access import Viewer

# Distinct statements kept for one level; a client that never repeats a shape must not fill the memory.
TEMPLATES = 256


class Code:
    """What is kept for a level: the functions that make its objects, and the text of its statements by shape."""

    def __init__(self, level: Level, first: int) -> None:
        self.level = level
        self.marks = level.source.close(first)
        self.written = shapes_of(level)
        self.shapes: list[Shape] = [made for _, made in self.written]
        self.memories = [Kept(each) for each in level.memories]
        self.children = [Code(child.level, 1) for child in level.children]
        self.templates: dict[Any, Template] = {}

    def template(self, key: Any, build: Callable[[], Any]) -> Template:
        found = self.templates.get(key)
        if found is None:
            if len(self.templates) >= TEMPLATES:
                self.templates.clear()
            found = self.templates[key] = template(build())
        return found


CodeOf = Callable[[RootField, Declared], Code]


class Carrying:
    """One operation under way."""

    def __init__(self, configuration: Configuration, context: Context, viewer: Viewer, variables: VariableValues, code_of: CodeOf) -> None:
        self._connection: Any = None
        self._viewer = viewer
        self._variables = variables
        self._caller = Caller(context, self.arguments)
        self._configuration = configuration
        self._code_of = code_of
        self.statements: list[tuple[str, list[Any]]] = []

    async def read(self, connection: Any, plan: Plan, codes: Mapping[str, Code]) -> dict[str, Any]:
        """The answer, on one connection; what takes several statements sees one snapshot."""
        self._connection = connection
        if plan.is_single:
            return await self.data(plan, codes)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await self.data(plan, codes)

    async def data(self, plan: Plan, codes: Mapping[str, Code]) -> dict[str, Any]:
        return {field.key: await self._root(field, codes.get(field.key)) for field in plan.fields}

    def arguments(self, arguments: Arguments | None) -> dict[str, Any]:
        return {} if arguments is None else arguments.read(self._variables)

    async def _root(self, field: RootField, code: Code | None) -> Any:
        if field.called is not None:
            return self._caller.alone(field.called)
        if field.root is None:
            return field.name
        given = self.arguments(field.arguments)
        match field.root:
            case PagesRoot(target) if code is not None and field.connection is not None:
                return await self._page(field.connection, code, target, given)
            case LookupRoot(target, columns) if code is not None:
                return await self._lookup(code, columns, given)
            case BoundedRoot(_, order, flags) if code is not None:
                return await self._bounded(
                    code, order, {flag: given[to_camel_case(flag)] for flag in flags if given.get(to_camel_case(flag)) is not None}
                )
            case IdRoot(target, argument):
                many = isinstance(given[argument], list)
                found = await self._by_ids(field, target, given[argument] if many else [given[argument]], argument)
                return found if many else found[0]
        raise Unplanned

    async def _page(self, connection: Connection, code: Code, target: Declared, given: dict[str, Any]) -> Any:
        listing = listing_of(target)
        wanted = page_of(listing, arguments_of(target, given))
        key = shape_of(wanted)
        rows: Rows = []
        total = None
        slotted = with_slots(wanted)
        if connection.has_rows:
            build = partial(levels.page_level, self._viewer, code.level.source, listing, slotted)
            rows = await self._fetch(code.template(key, build), values_of(wanted))
        if connection.has_count:
            counting = code.template(("count", key[-1]), partial(levels.count_level, self._viewer, listing, slotted))
            ((total,),) = await self._fetch(counting, values_of(wanted))
        kept = cut(rows, wanted)
        found = Found(wanted, code.marks, kept, len(rows) > wanted.size, total)
        return connection_object(connection, await self._finished(code, kept), found)

    async def _lookup(self, code: Code, columns: Mapping[str, str], given: dict[str, Any]) -> Any:
        wanted = [(column, given[camel]) for name, column in columns.items() if given.get(camel := to_camel_case(name)) is not None]
        if len(wanted) != 1:
            raise Unplanned
        ((column, value),) = wanted
        build = partial(levels.row_level, self._viewer, code.level.source, column)
        rows = await self._fetch(code.template(("row", column), build), {"key": value})
        (finished, *_) = await self._finished(code, rows)
        return finished(rows)[0] if rows else None

    async def _bounded(self, code: Code, order: str, flags: dict[str, Any]) -> list[Any]:
        build = partial(levels.bounded_level, self._viewer, code.level.source, order, list(flags))
        rows = await self._fetch(code.template(("bounded", tuple(flags)), build), {"flags": flags})
        (finished, *_) = await self._finished(code, rows)
        return finished(rows)

    async def _by_ids(self, field: RootField, target: Declared | None, ids: list[str], argument: str) -> list[Any]:
        if len(ids) > ID_LIMIT:
            raise Unplanned
        keys = [decode_id(each, argument=argument) for each in ids]
        if target is not None and any(name != target.name for name, _ in keys):
            raise Unplanned
        found: dict[tuple[str, Any], Any] = {}
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for name, text in keys:
            wanted[name].append(text)
        for name, texts in wanted.items():
            found.update(await self._of_type(field, node_type(name, argument), texts, argument))
        return [found.get(key) for key in keys]

    async def _of_type(self, field: RootField, declared: Declared, texts: list[str], argument: str) -> dict[tuple[str, Any], Any]:
        code = self._code_of(field, declared)
        read = key_reader(declared, argument)
        keys = {read(text): text for text in texts}
        build = partial(levels.rows_level, self._viewer, code.level.source, primary_key(declared.model))
        rows = await self._fetch(code.template("rows", build), {"keys": list(keys)})
        (finished, *_) = await self._finished(code, rows)
        return {(declared.name, keys[row[0]]): made for row, made in zip(rows, finished(rows), strict=True)}

    async def _finished(self, code: Code, rows: Rows) -> Finished:
        """The functions that make a level's objects, once all that belongs to its rows has been read."""
        level = code.level
        below = [await self._child(child, inner, rows) for child, inner in zip(level.children, code.children, strict=True)]
        memories = [each.shown(self._configuration, self._caller) for each in code.memories]
        calls = [self._caller.bound(each, refs) for each, refs in zip(level.calls, level.call_refs, strict=True)]
        return [partial(made, m=memories, k=below, c=calls) for made in code.shapes]

    async def _child(self, child: Child, code: Code, rows: Rows) -> dict[Any, Any]:
        place = child.ref.index
        keys = list(dict.fromkeys(row[place] for row in rows if row[place] is not None))
        if not keys:
            return {}
        if child.many is None or child.connection is None:
            return await self._lists(child, code, keys)
        given = self.arguments(child.arguments)
        target = code.level.declared
        named = arguments_of(target, given)
        listing = listing_below(child.many, target, named)
        wanted = page_of(listing, named)
        return await self._pages(child.connection, code, listing, wanted, keys)

    async def _lists(self, child: Child, code: Code, keys: list[Any]) -> dict[Any, Any]:
        build = partial(levels.lists_level, self._viewer, code.level.source, child.relation)
        rows = await self._fetch(code.template("lists", build), {"keys": keys})
        (finished, *_) = await self._finished(code, rows)
        found: dict[Any, list[Any]] = {key: [] for key in keys}
        for row, made in zip(rows, finished(rows), strict=True):
            found[row[0]].append(made)
        return found

    async def _pages(self, connection: Connection, code: Code, listing: Listing, wanted: Page, keys: list[Any]) -> dict[Any, Any]:
        values = {**values_of(wanted), "keys": keys, "equal": dict(listing.equal)}
        slotted = replace(listing, equal=tuple((name, Slot("equal", name)) for name, _ in listing.equal))
        key = (listing.name, tuple(name for name, _ in listing.equal), shape_of(wanted))
        found: dict[Any, list[Any]] = {each: [] for each in keys}
        totals: dict[Any, int] = {}
        page = with_slots(wanted)
        if connection.has_rows:
            build = partial(levels.pages_level, self._viewer, code.level.source, slotted, page)
            for row in await self._fetch(code.template(key, build), values):
                found[row[0]].append(row)
        if connection.has_count:
            counting = code.template(("count", key), partial(levels.counts_level, self._viewer, slotted, page))
            totals = dict(await self._fetch(counting, values))
        kept = {parent: cut(rows, wanted) for parent, rows in found.items()}
        finished = await self._finished(code, [row for rows in kept.values() for row in rows])
        return {
            parent: connection_object(
                connection, finished, Found(wanted, code.marks, rows, len(found[parent]) > wanted.size, totals.get(parent))
            )
            for parent, rows in kept.items()
        }

    async def _fetch(self, kept: Template, values: Mapping[str, Any]) -> Rows:
        found = kept.values(values)
        self.statements.append((kept.text, found))
        return await run(self._connection, kept.text, found)


def arguments_of(target: Declared, given: dict[str, Any]) -> dict[str, Any]:
    """A connection's arguments as the loaders name them."""
    order = [OrderTerm(target.orders[each["field"].name], each["direction"] is OrderDirection.DESC) for each in given.get("orderBy") or ()]
    return {**given, "order_by": order}


def with_slots(wanted: Page) -> Page:
    """The page with a slot in place of each value, for a statement that is kept."""
    return replace(
        wanted,
        after=None if wanted.after is None else tuple(slots(list(wanted.after), "after")),
        before=None if wanted.before is None else tuple(slots(list(wanted.before), "before")),
        filter=slots(wanted.filter, "filter"),
    )


def values_of(wanted: Page) -> dict[str, Any]:
    return {"after": wanted.after, "before": wanted.before, "filter": wanted.filter}


def shape_of(wanted: Page) -> tuple[Any, ...]:
    """What of a page shapes its statement; the filter's part comes last."""
    sides = (wanted.after is None, wanted.before is None)
    return (wanted.size, wanted.backward, wanted.offset, wanted.order, *sides, shape(wanted.filter))


def cut(rows: Rows, wanted: Page) -> Rows:
    """The rows of a page without the one that tells whether the list goes on, in the list's order."""
    kept = rows[: wanted.size]
    return kept[::-1] if wanted.backward else kept
