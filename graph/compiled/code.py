"""What is kept of a plan from one request to the next."""

from collections.abc import Callable
from typing import Any

from graph.compiled.assembly import Shape, shapes_of
from graph.compiled.memory import Kept
from graph.compiled.outputs import Level
from loaders.templates import Template, template

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
