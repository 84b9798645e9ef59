"""A plan carried out: one statement for each root field, on one connection and one snapshot."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from graphql import FieldNode
from graphql.execution.values import VariableValues
from strawberry.utils.str_converters import to_camel_case

from graph.compiled.branches import Branch, Find, find_page, grown, statement_of
from graph.compiled.budget import SLICE, Budget
from graph.compiled.calling import Caller, over_rows, shown
from graph.compiled.code import Code
from graph.compiled.connections import Found, Rows, connection_object
from graph.compiled.outputs import Arguments, Called, Connection, Plan, Reference, RootField, Unplanned
from graph.compiled.pages import cut
from graph.context import Context
from graph.events import Event
from graph.kit.declared import BoundedRoot, Declared, EventRoot, IdRoot, LookupRoot, PagesRoot, declared_of
from graph.kit.lookups import ID_LIMIT, read_id
from graph.kit.registry import NAMES
from loaders import levels
from loaders.configuration import Configuration
from loaders.selection import primary_key, row_key
from loaders.sources import Ref
from loaders.templates import Template, run
from models.access import Viewer

CodeOf = Callable[[str, list[FieldNode], Declared], Code]
"The code for a type that is known no sooner than its row: by the key of what names it, with what is asked of it."


class Carrying:
    """One operation under way."""

    def __init__(  # noqa: PLR0913, PLR0917 - what an operation has, each once
        self,
        configuration: Configuration,
        context: Context,
        viewer: Viewer,
        variables: VariableValues,
        code_of: CodeOf,
        budget: Budget,
    ) -> None:
        self._connection: Any = None
        self._budget = budget
        self._viewer = viewer
        self._variables = variables
        # Not a method: with the caller that holds it, it would leave a cycle of each operation for the garbage collector.
        self.arguments = partial(arguments_of, variables)
        self._caller = Caller(context, self.arguments)
        self._configuration = configuration
        self._code_of = code_of
        # What is told, in a subscription.
        self.event: Event | None = None
        self.statements: list[tuple[str, list[Any]]] = []

    async def read(self, connection: Any, plan: Plan, codes: Mapping[str, Code]) -> dict[str, Any]:
        """The answer, on one connection; what takes several statements sees one snapshot."""
        self._connection = connection
        self.statements.clear()  # of an attempt whose connection was lost
        if plan.is_single:
            return await self.data(plan, codes)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await self.data(plan, codes)

    async def data(self, plan: Plan, codes: Mapping[str, Code]) -> dict[str, Any]:
        return {field.key: await self._root(field, codes.get(field.key)) for field in plan.fields}

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
            case BoundedRoot(_, order, flags, _) if code is not None:
                return await self._bounded(
                    code, order, {flag: given[to_camel_case(flag)] for flag in flags if given.get(to_camel_case(flag)) is not None}
                )
            case IdRoot(target, argument):
                many = isinstance(given[argument], list)
                found = await self._by_ids(field, target, given[argument] if many else [given[argument]], argument)
                return found if many else found[0]
            case EventRoot() if code is not None and self.event is not None:
                return await self._row_of(self.event, field, code)
        raise Unplanned

    async def _page(self, connection: Connection, code: Code, target: Declared, given: dict[str, Any]) -> Any:
        """A page, its count, or both."""
        find = code.read(given, lambda: find_page(code, target, given))
        if find.page is None:
            raise Unplanned
        wanted = find.page.wanted
        if not code.has_rows and not code.has_count:
            return connection_object(connection, Found(wanted, 0, [], [], more=False, total=None))
        root = grown(code, find, self.arguments)
        rows, parts = await self._rows(root)
        total = parts[1][0][code.count_place] if code.has_count else None
        kept = cut(rows, wanted)
        made = await self._made(code, kept, await self._below(root, rows, parts))
        return connection_object(connection, Found(wanted, root.marks, kept, made, len(rows) > wanted.size, total))

    async def _lookup(self, code: Code, columns: Mapping[str, str], given: dict[str, Any]) -> Any:
        wanted = [(column, given[camel]) for name, column in columns.items() if given.get(camel := to_camel_case(name)) is not None]
        if len(wanted) != 1:
            raise Unplanned
        ((column, value),) = wanted
        (made, _) = await self._single(code, column, value)
        return made[0] if made else None

    async def _row_of(self, event: Event, field: RootField, code: Code) -> Any:
        """The row that an event tells; whether it is told or ends the subscription when there is none, graphql-core says."""
        (made, rows) = await self._single(code, primary_key(code.level.declared.model), event.key)
        if not made:
            raise Unplanned
        event.is_last = field.is_last(rows[0])
        return made[0]

    async def _single(self, code: Code, column: str, value: Any) -> tuple[list[Any], Rows]:
        """The row whose column has a value."""
        source = code.level.source
        return await self._whole(code, Find(column, {"key": value}, lambda viewer, path, _: levels.row(viewer, source, column, path)))

    async def _bounded(self, code: Code, order: str, flags: dict[str, Any]) -> list[Any]:
        source = code.level.source
        find = Find(tuple(flags), {"flags": flags}, lambda viewer, path, _: levels.bounded(viewer, source, order, list(flags), path))
        (made, _) = await self._whole(code, find)
        return made

    async def _by_ids(self, field: RootField, target: Declared | None, ids: list[str], argument: str) -> list[Any]:
        if len(ids) > ID_LIMIT:
            raise Unplanned
        named = [read_id(each, argument) for each in ids]
        if target is not None and any(declared is not target for declared, _ in named):
            raise Unplanned
        found: dict[tuple[str, Any], Any] = {}
        wanted: defaultdict[str, list[Any]] = defaultdict(list)
        for declared, key in named:
            wanted[declared.name].append(key)
        for name, keys in wanted.items():
            rows = await self._by_keys(self._code_of(field.key, field.nodes, declared_of(NAMES[name])), list(dict.fromkeys(keys)))
            found.update({(name, key): made for key, made in rows.items()})
        return [found.get((declared.name, key)) for declared, key in named]

    async def _by_keys(self, code: Code, keys: list[Any]) -> dict[Any, Any]:
        """Rows of one type by their primary keys."""
        source = code.level.source
        key = row_key(code.level.declared.model)
        made, rows = await self._whole(code, Find("keys", {"keys": keys}, lambda viewer, path, _: levels.rows(viewer, source, key, path)))
        return {row[code.key_place]: each for row, each in zip(rows, made, strict=True)}

    async def _whole(self, code: Code, find: Find) -> tuple[list[Any], Rows]:
        """The objects of all rows that are found, and the rows."""
        root = grown(code, find, self.arguments)
        rows, parts = await self._rows(root)
        (made, *_) = await self._made(code, rows, await self._below(root, rows, parts))
        return made, rows

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
        memories = code.fragments.shown(self._configuration, self._caller)
        pairs = zip(code.level.calls, code.level.call_refs, strict=True)
        calls = [await self._function(called, refs, rows) for called, refs in pairs]
        if len(rows) <= SLICE:
            return [make(rows, memories, below, calls) for make in code.shapes]
        return await self._budget.made(rows, [partial(make, m=memories, k=below, c=calls) for make in code.shapes])

    async def _function(self, called: Called | Reference, refs: Mapping[str, Ref], rows: Rows) -> Callable[[Any], Any]:
        """What makes a value of a row."""
        if isinstance(called, Called):
            return self._caller.bound(called, refs)
        points = over_rows(called.points, called.declared, refs)
        found = await self._named(called, {named for named in map(points, rows) if named is not None})
        return lambda row: found.get(points(row))

    async def _rows(self, root: Branch) -> tuple[Rows, list[list[Any]]]:
        """The rows of a root level, and those of all levels by their tags."""
        branches = list(root.all())
        kept = root.code.template(tuple([each.find.key for each in branches]), lambda: statement_of(root, self._viewer))
        rows = await self._fetch(kept, {str(each.number): each.find.values for each in branches})
        if root.is_alone:
            return rows, []
        parts: list[list[Any]] = [[] for _ in range(2 * len(branches))]
        # They come tag by tag.
        for tag, tagged in groupby(rows, itemgetter(-1)):
            parts[tag] = list(tagged)
        return parts[0], parts

    async def _below(self, branch: Branch, rows: Rows, parts: list[list[Any]]) -> list[dict[Any, Any]]:
        """What each level below has for the rows of a level."""
        return [await self._child(each, rows, parts) for each in branch.below]

    async def _child(self, branch: Branch, above: Rows, parts: list[list[Any]]) -> dict[Any, Any]:
        code, child = branch.code, branch.child
        if child is None or not above:
            return {}
        place, key = child.ref.index, code.key_place
        rows, counts = parts[2 * branch.number], parts[2 * branch.number + 1]
        found: dict[Any, Any] = {row[place]: [] for row in above}
        for row in rows:
            found[row[key]].append(row)
        totals = {row[key]: row[code.count_place] for row in counts}
        kept = branch.kept(found)
        flat = [row for each in kept.values() for row in each]
        made = await self._made(code, flat, await self._below(branch, rows, parts))
        shown = branch.shown(made, found, kept, totals)
        return dict(shown) if len(flat) <= SLICE else await self._budget.by_parent(shown)

    async def _fetch(self, kept: Template, values: Mapping[str, Any]) -> Rows:
        found = kept.values(values)
        self.statements.append((kept.text, found))
        rows = await run(self._connection, kept.text, found, most=self._budget.most)
        self._budget.count(rows)
        return rows


def arguments_of(variables: VariableValues, arguments: Arguments | None) -> dict[str, Any]:
    return {} if arguments is None else arguments.read(variables)
