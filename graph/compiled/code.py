"""What is kept of a plan from one request to the next."""

from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

from graph.compiled.assembly import Shape, shapes_of
from graph.compiled.memory import LevelFragments
from graph.compiled.outputs import Connection, Level
from loaders.lru_cache import LruCache
from loaders.sources import NUMBER, Slots
from loaders.templates import Template, template

Result = TypeVar("Result")

# The statement cache: the texts of statements by their level and the shape of their arguments, and how many bytes of them are kept.
# Beside its text, an entry has about 300 bytes for each value, and in its key a part of its filter's shape for each condition.
STATEMENTS: LruCache[tuple[int, Any], Template] = LruCache(32 * 1024**2)
LEAST = 1_000
PER_CHARACTER = 2
PER_VALUE = 500

numbers = count()


class Code:
    """What is kept for a level: where its columns stand, the functions that make its objects, and the text of its statements by shape.

    A level and those below it are read together and share the columns of one result. `key` is the type of the key that leads the rows:
    the parent's, or their own.
    """

    def __init__(self, level: Level, connection: Connection | None = None, *, key: Any = None, slots: Slots | None = None) -> None:
        self.level = level
        self.connection = connection
        self.slots = slots or Slots()
        lead = [] if key is None else [key]
        # The places of the key that leads the rows, and of a number of rows.
        self.key_place = next(iter(level.source.place(self.slots, *lead)), -1)
        self.count_place = self.slots.take([*lead, NUMBER])[-1] if self.has_count else -1
        self.written = shapes_of(level)
        self.shapes: list[Shape] = [made for _, made in self.written]
        self.fragments = LevelFragments(level.memories)
        self.children = [Code(each.level, each.connection, key=each.relation.remote.type, slots=self.slots) for each in level.children]
        self._number = next(numbers)
        self._given: Any = None
        self._read: Any = None

    @property
    def has_rows(self) -> bool:
        return self.connection is None or self.connection.has_rows

    @property
    def has_count(self) -> bool:
        return self.connection is not None and self.connection.has_count

    def places(self) -> dict[int, str]:
        """The labels of a statement's columns by their places."""
        lead = {} if self.key_place < 0 else {self.key_place: "_parent"}
        return lead | {place: f"c{place}" for place in self.level.source.places()}

    def read(self, given: dict[str, Any], read: Callable[[], Result]) -> Result:
        """What arguments say. Those without variables are the same object each time, and read once."""
        if self._given is not given:
            self._read = read()
            self._given = given
        found: Result = self._read
        return found

    def template(self, key: Any, build: Callable[[], Any]) -> Template:
        found = STATEMENTS.get((self._number, key))
        if found is None:
            found = template(build())
            STATEMENTS.put((self._number, key), found, LEAST + PER_CHARACTER * len(found.text) + PER_VALUE * len(found.readers))
        return found
