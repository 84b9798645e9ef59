"""What is kept of a plan from one request to the next."""

from collections.abc import Callable
from typing import Any, TypeVar

from graph.compiled.assembly import Shape, shapes_of
from graph.compiled.memory import Kept
from graph.compiled.outputs import Level
from loaders.templates import Template, template

Result = TypeVar("Result")

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
        self._given: Any = None
        self._read: Any = None

    def read(self, given: dict[str, Any], read: Callable[[], Result]) -> Result:
        """What arguments say. Those without variables are the same object each time, and read once."""
        if self._given is not given:
            self._read = read()
            self._given = given
        found: Result = self._read
        return found

    def template(self, key: Any, build: Callable[[], Any]) -> Template:
        found = self.templates.get(key)
        if found is None:
            if len(self.templates) >= TEMPLATES:
                self.templates.clear()
            found = self.templates[key] = template(build())
        return found
