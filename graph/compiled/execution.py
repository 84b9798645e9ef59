"""A plan carried out: one statement for each level, on one connection and one snapshot."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from graphql import FieldNode
from graphql.execution.values import VariableValues
from strawberry.utils.str_converters import to_camel_case

from graph.compiled.below import Below
from graph.compiled.calling import Caller, over_rows, shown
from graph.compiled.code import Code
from graph.compiled.connections import Found, Rows, connection_object
from graph.compiled.outputs import Arguments, Called, Connection, Plan, Reference, RootField, Unplanned
from graph.compiled.pages import arguments_of, asked, cut
from graph.context import Context
from graph.kit.declared import BoundedRoot, Declared, IdRoot, LookupRoot, PagesRoot, declared_of
from graph.kit.ids import decode_id
from graph.kit.lookups import ID_LIMIT, key_reader, listing_of, node_type
from graph.kit.registry import NAMES
from loaders import levels
from loaders.configuration import Configuration
from loaders.levels import Ref
from loaders.selection import primary_key
from loaders.templates import Statement, Template, run
from models.access import Viewer

CodeOf = Callable[[str, list[FieldNode], Declared], Code]
"The code for a type that is known no sooner than its row: by the key of what names it, with what is asked of it."


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
            return await self._alone(field.called, field.references)
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
        """A page, its count, or both by one statement."""
        page = code.read(given, lambda: asked(listing_of(target), arguments_of(target, given)))
        wanted, has_rows, has_count = page.wanted, connection.has_rows, connection.has_count

        def build() -> Statement:
            if not has_rows:
                return levels.count_level(self._viewer, *page.slotted())
            level = levels.counted_page_level if has_count else levels.page_level
            return level(self._viewer, code.level.source, *page.slotted())

        rows = await self._fetch(code.template(page.key, build), page.values) if has_rows or has_count else []
        total = rows[0][-1] if has_count else None
        # The last mark is a key: without it, there is a number and no row.
        if not has_rows or (has_count and rows[0][code.marks + len(wanted.order) - 1] is None):
            rows = []
        kept = cut(rows, wanted)
        made = await self._made(code, kept, await self._below(code, kept))
        return connection_object(connection, Found(wanted, code.marks, kept, made, len(rows) > wanted.size, total))

    async def _lookup(self, code: Code, columns: Mapping[str, str], given: dict[str, Any]) -> Any:
        """The row and what is asked below it, by one statement."""
        wanted = [(column, given[camel]) for name, column in columns.items() if given.get(camel := to_camel_case(name)) is not None]
        if len(wanted) != 1:
            raise Unplanned
        ((column, value),) = wanted
        below = self._asked_below(code)

        def row() -> Statement:
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
        return (await self._made(code, rows, shown))[0][0]

    async def _bounded(self, code: Code, order: str, flags: dict[str, Any]) -> list[Any]:
        build = partial(levels.bounded_level, self._viewer, code.level.source, order, list(flags))
        rows = await self._fetch(code.template(("bounded", tuple(flags)), build), {"flags": flags})
        return (await self._made(code, rows, await self._below(code, rows)))[0]

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
            declared = node_type(name, argument)
            read = key_reader(declared, argument)
            by_key = {read(text): text for text in texts}
            rows = await self._by_keys(self._code_of(field.key, field.nodes, declared), list(by_key))
            found.update({(name, by_key[key]): made for key, made in rows.items()})
        return [found.get(key) for key in keys]

    async def _by_keys(self, code: Code, keys: list[Any]) -> dict[Any, Any]:
        """Rows of one type by their primary keys."""
        build = partial(levels.rows_level, self._viewer, code.level.source, primary_key(code.level.declared.model))
        rows = await self._fetch(code.template("rows", build), {"keys": keys})
        (made, *_) = await self._made(code, rows, await self._below(code, rows))
        return {row[0]: each for row, each in zip(rows, made, strict=True)}

    async def _alone(self, called: Called, references: Mapping[str, Reference]) -> Any:
        """What a function answers that belongs to no row; rows may stand in it."""
        value = self._caller.answer(called)
        made = shown(value, called.shown)
        if made is not None:
            for key, reference in references.items():
                named = reference.points(value)
                made[key] = None if named is None else (await self._named(reference, {named})).get(named)
        return made

    async def _named(self, reference: Reference, named: Iterable[tuple[str, Any]]) -> dict[tuple[str, Any], Any]:
        """The rows that a reference names, by their types and keys; one statement for each type."""
        wanted: defaultdict[str, list[Any]] = defaultdict(list)
        for name, key in named:
            wanted[name].append(key)
        found: dict[tuple[str, Any], Any] = {}
        for name, keys in wanted.items():
            rows = await self._by_keys(self._code_of(reference.key, reference.nodes, declared_of(NAMES[name])), keys)
            found.update({(name, key): made for key, made in rows.items()})
        return found

    async def _made(self, code: Code, rows: Rows, below: Sequence[Mapping[Any, Any]]) -> list[list[Any]]:
        """The objects of a level's rows, in each of its shapes, given what each child has for them."""
        memories = [each.shown(self._configuration, self._caller) for each in code.memories]
        pairs = zip(code.level.calls, code.level.call_refs, strict=True)
        calls = [await self._function(called, refs, rows) for called, refs in pairs]
        return [make(rows, memories, below, calls) for make in code.shapes]

    async def _function(self, called: Called | Reference, refs: Mapping[str, Ref], rows: Rows) -> Callable[[Any], Any]:
        """What makes a value of a row."""
        if isinstance(called, Called):
            return self._caller.bound(called, refs)
        points = over_rows(called.points, called.declared, refs)
        found = await self._named(called, {named for named in map(points, rows) if named is not None})
        return lambda row: found.get(points(row))

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
        relation = below.child.relation
        totals: dict[Any, int] = {}
        if below.has_rows:
            kept = below.code.template(below.key, lambda: below.rows(levels.keys_given(relation)))
            for row in await self._fetch(kept, values):
                found[row[0]].append(row)
        if below.has_count:
            counting = below.code.template(("count", below.key), lambda: below.counts(levels.keys_given(relation)))
            totals = dict(await self._fetch(counting, values))
        return await self._shown(below, found, totals)

    async def _shown(self, below: Below, found: dict[Any, Any], totals: Mapping[Any, int]) -> dict[Any, Any]:
        kept = below.kept(found)
        flat = [row for rows in kept.values() for row in rows]
        made = await self._made(below.code, flat, await self._below(below.code, flat))
        return below.shown(made, found, kept, totals)

    async def _fetch(self, kept: Template, values: Mapping[str, Any]) -> Rows:
        found = kept.values(values)
        self.statements.append((kept.text, found))
        return await run(self._connection, kept.text, found)
