"""The levels below a root field as one operation asks for them: how their rows are found, where these stand, what is made of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graph.compiled.code import Code
from graph.compiled.connections import Found, Rows, connection_object
from graph.compiled.outputs import Arguments, Child
from graph.compiled.pages import Asked, arguments_of, asked, cut
from graph.kit.connections import listing_below
from graph.kit.declared import Declared
from graph.kit.lookups import listing_of
from loaders import levels
from loaders.levels import Above
from loaders.templates import Slot, Statement
from loaders.together import Part, together
from models.access import Viewer

ArgumentsOf = Callable[[Arguments | None], dict[str, Any]]


@dataclass(frozen=True)
class Find:
    """How the rows of a level are found: what shapes the statement, the values that it takes, and the statement itself.

    `rows` makes it for a viewer, with a place for the values, below the level above.
    """

    key: Any
    values: dict[str, Any]
    rows: Callable[[Viewer, str, Above | None], Statement]
    count: Callable[[Viewer, str, Above | None], Statement] | None = None
    # The page, and its statement when nothing is read together with it.
    page: Asked | None = None
    lean: Callable[[Viewer, str], Statement] | None = None


@dataclass
class Branch:
    """A level of an operation under way, with the levels below it; `number` is its place among all of a root field."""

    code: Code
    find: Find
    child: Child | None = None
    number: int = 0
    below: list["Branch"] = field(default_factory=list)
    # Where the marks of its rows begin.
    marks: int = 0

    @property
    def is_alone(self) -> bool:
        """Whether its rows are all that is read, by a statement without tags."""
        return self.find.lean is not None and not self.below and not self.code.has_count

    def all(self) -> Iterator["Branch"]:
        yield self
        for each in self.below:
            yield from each.all()

    def kept(self, rows: Mapping[Any, Rows]) -> Mapping[Any, Rows]:
        """The rows of each parent that are shown: not the one that tells whether the list goes on."""
        page = self.find.page
        if page is None or (not page.wanted.backward and all(len(each) <= page.wanted.size for each in rows.values())):
            return rows
        return {parent: cut(each, page.wanted) for parent, each in rows.items()}

    def shown(
        self, made: Sequence[list[Any]], rows: Mapping[Any, Rows], kept: Mapping[Any, Rows], totals: Mapping[Any, int]
    ) -> Iterator[tuple[Any, Any]]:
        """What each parent shows, from the objects that were made of the rows kept of all of them."""
        connection, page = self.code.connection, self.find.page
        start = 0
        for parent, each in kept.items():
            end = start + len(each)
            if connection is None or page is None:
                yield parent, made[0][start:end]
            elif connection.nodes is not None:
                yield parent, {key: made[shape][start:end] for key, shape in connection.nodes}
            else:
                objects = [some[start:end] for some in made]
                more = len(rows[parent]) > page.wanted.size
                yield parent, connection_object(connection, Found(page.wanted, self.marks, each, objects, more, totals.get(parent, 0)))
            start = end


def find_page(code: Code, target: Declared, given: dict[str, Any]) -> Find:
    """How a page of a list without parents is found."""
    source = code.level.source
    page = asked(listing_of(target), arguments_of(target, given))
    return Find(
        page.key,
        page.values,
        lambda viewer, path, _: levels.page(viewer, source, *page.slotted(path), numbered=True),
        lambda viewer, path, _: levels.count(viewer, *page.slotted(path)),
        page,
        lambda viewer, path: levels.page(viewer, source, *page.slotted(path), numbered=False),
    )


def grown(code: Code, find: Find, given: ArgumentsOf) -> Branch:
    """The branch of a root level with all that is below it."""
    root = _grown(code, find, None, given)
    place = len(code.slots.types)
    for number, branch in enumerate(root.all()):
        branch.number, branch.marks = number, place
        place += _marks(branch)
    return root


def _grown(code: Code, find: Find, child: Child | None, given: ArgumentsOf) -> Branch:
    branch = Branch(code, find, child)
    for each, inner in zip(code.level.children, code.children, strict=True):
        arguments = given(each.arguments)
        found = inner.read(arguments, partial(find_below, each, inner, arguments))
        branch.below.append(_grown(inner, found, each, given))
    return branch


def _marks(branch: Branch) -> int:
    """How many marks its rows bear."""
    page = branch.find.page
    return len(page.wanted.order) if page is not None and branch.code.level.source.is_marked else 0


def find_below(child: Child, code: Code, given: dict[str, Any]) -> Find:
    """How the rows of a child are found: the page that each parent has of a connection, or its whole list."""
    source, relation = code.level.source, child.relation
    if child.many is None:
        return Find("list", {}, lambda viewer, _path, above: levels.lists(viewer, source, relation, _known(above)))
    named = arguments_of(code.level.declared, given)
    page = asked(listing_below(child.many, code.level.declared, named), named)
    return Find(
        page.key,
        page.values,
        lambda viewer, path, above: levels.pages(viewer, source, *page.slotted(path), _known(above)),
        lambda viewer, path, above: levels.counts(viewer, *page.slotted(path), _known(above)),
        page,
    )


def statement_of(root: Branch, viewer: Viewer) -> Statement:
    """The one statement of a root field."""
    if root.is_alone and root.find.lean is not None:
        return root.find.lean(viewer, "0")
    types = list(root.code.slots.types)
    parts: list[Part] = []
    read: dict[int, Any] = {}
    for branch, above in _with_parents(root, None):
        path = str(branch.number)
        parents = None if above is None else Above(read[above.number], _ref(branch), _size(above, str(above.number)))
        if branch.code.has_rows:
            rows = read[branch.number] = branch.find.rows(viewer, path, parents).cte(f"l{path}")
            marks = {branch.marks + place: f"_mark{place}" for place in range(_marks(branch))}
            types += [rows.c[label].type for label in marks.values()]
            parts.append(Part(2 * branch.number, rows, branch.code.places() | marks))
        if branch.code.has_count and branch.find.count is not None:
            counted = branch.find.count(viewer, path, parents).subquery(f"n{path}")
            lead = {} if above is None else {branch.code.key_place: "_parent"}
            parts.append(Part(2 * branch.number + 1, counted, lead | {branch.code.count_place: "_count"}))
    return together(types, parts)


def _with_parents(branch: Branch, above: Branch | None) -> Iterator[tuple[Branch, Branch | None]]:
    yield branch, above
    for each in branch.below:
        yield from _with_parents(each, branch)


def _size(branch: Branch, path: str) -> int | Slot | None:
    """How many of a page's rows are shown; of pages of several parents, all may be."""
    return branch.find.page.size(path) if branch.find.page is not None and branch.child is None else None


def _ref(branch: Branch) -> Any:
    return branch.child.ref if branch.child is not None else None


def _known(above: Above | None) -> Above:
    if above is None:
        raise TypeError("What is below a level has parents.")
    return above
