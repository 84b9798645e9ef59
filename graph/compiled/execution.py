"""A plan carried out: one statement for each level, on one connection and one snapshot."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from graphql.execution.values import VariableValues
from sqlalchemy import Select
from strawberry.utils.str_converters import to_camel_case

from graph.compiled.below import Below
from graph.compiled.calling import Caller
from graph.compiled.code import Code
from graph.compiled.connections import Finished, Found, Rows, connection_object
from graph.compiled.outputs import Arguments, Connection, Plan, RootField, Unplanned
from graph.compiled.pages import arguments_of, cut, shape_of, values_of, with_slots
from graph.context import Context
from graph.kit.declared import BoundedRoot, Declared, IdRoot, LookupRoot, PagesRoot
from graph.kit.ids import decode_id
from graph.kit.lookups import ID_LIMIT, key_reader, listing_of, node_type
from loaders import levels
from loaders.configuration import Configuration
from loaders.pages import page_of
from loaders.selection import primary_key
from loaders.templates import Template, run
from models.access import Viewer

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
        key, values = shape_of(wanted), values_of(wanted)
        rows: Rows = []
        total = None
        if connection.has_rows:

            def page() -> Select[Any]:
                return levels.page_level(self._viewer, code.level.source, listing, with_slots(wanted))

            rows = await self._fetch(code.template(key, page), values)
        if connection.has_count:

            def count() -> Select[Any]:
                return levels.count_level(self._viewer, listing, with_slots(wanted))

            ((total,),) = await self._fetch(code.template(("count", key[-1]), count), values)
        kept = cut(rows, wanted)
        made = [make(kept) for make in self._finished(code, await self._below(code, kept))]
        return connection_object(connection, Found(wanted, code.marks, kept, made, len(rows) > wanted.size, total))

    async def _lookup(self, code: Code, columns: Mapping[str, str], given: dict[str, Any]) -> Any:
        """The row and what is asked below it, by one statement."""
        wanted = [(column, given[camel]) for name, column in columns.items() if given.get(camel := to_camel_case(name)) is not None]
        if len(wanted) != 1:
            raise Unplanned
        ((column, value),) = wanted
        below = self._asked_below(code)

        def row() -> Select[Any]:
            inner = [each for number, one in enumerate(below) for each in one.of_row(str(number))]
            return levels.row_level(self._viewer, code.level.source, column, inner)

        key = ("row", column, *(each.key for each in below))
        values = {"key": value, **{str(number): each.values for number, each in enumerate(below)}}
        rows = await self._fetch(code.template(key, row), values)
        if not rows:
            return None
        cells = iter(rows[0][code.marks :])
        shown = []
        for each in below:
            parent = rows[0][each.child.ref.index]
            found = {parent: next(cells) if each.has_rows else []}
            shown.append(await self._shown(each, found, dict(next(cells)) if each.has_count else {}))
        return self._finished(code, shown)[0](rows)[0]

    async def _bounded(self, code: Code, order: str, flags: dict[str, Any]) -> list[Any]:
        build = partial(levels.bounded_level, self._viewer, code.level.source, order, list(flags))
        rows = await self._fetch(code.template(("bounded", tuple(flags)), build), {"flags": flags})
        return self._finished(code, await self._below(code, rows))[0](rows)

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
        made = self._finished(code, await self._below(code, rows))[0](rows)
        return {(declared.name, keys[row[0]]): each for row, each in zip(rows, made, strict=True)}

    def _finished(self, code: Code, below: Sequence[Mapping[Any, Any]]) -> Finished:
        """The functions that make a level's objects, given what each child has for its rows."""
        level = code.level
        memories = [each.shown(self._configuration, self._caller) for each in code.memories]
        calls = [self._caller.bound(each, refs) for each, refs in zip(level.calls, level.call_refs, strict=True)]
        return [partial(made, m=memories, k=below, c=calls) for made in code.shapes]

    def _asked_below(self, code: Code) -> list[Below]:
        pairs = zip(code.level.children, code.children, strict=True)
        return [Below(child, inner, self._viewer, self.arguments(child.arguments)) for child, inner in pairs]

    async def _below(self, code: Code, rows: Rows) -> list[dict[Any, Any]]:
        """What each child of a level has for its rows, by one statement for all of them."""
        return [await self._child(each, rows) for each in self._asked_below(code)]

    async def _child(self, below: Below, rows: Rows) -> dict[Any, Any]:
        place = below.child.ref.index
        found: dict[Any, Any] = {row[place]: [] for row in rows if row[place] is not None}
        if not found:
            return {}
        values = {**below.values, "keys": list(found)}
        keys = levels.keys_given(below.child.relation)
        totals: dict[Any, int] = {}
        if below.has_rows:
            for row in await self._fetch(below.code.template(below.key, partial(below.rows, keys)), values):
                found[row[0]].append(row)
        if below.has_count:
            totals = dict(await self._fetch(below.code.template(("count", below.key), partial(below.counts, keys)), values))
        return await self._shown(below, found, totals)

    async def _shown(self, below: Below, found: dict[Any, Any], totals: Mapping[Any, int]) -> dict[Any, Any]:
        kept = below.kept(found)
        flat = [row for rows in kept.values() for row in rows]
        made = [make(flat) for make in self._finished(below.code, await self._below(below.code, flat))]
        return below.shown(made, found, kept, totals)

    async def _fetch(self, kept: Template, values: Mapping[str, Any]) -> Rows:
        found = kept.values(values)
        self.statements.append((kept.text, found))
        return await run(self._connection, kept.text, found)
