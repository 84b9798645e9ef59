"""The declarative kit: an object type is a model class and a graph class, all else follows from the declaration."""

from graph.kit.declared import auto, column, computed, listed, many, one, part, refers, values
from graph.kit.events import followed
from graph.kit.filters import path, through
from graph.kit.localized import localized
from graph.kit.lookups import bounded, lookup, lookups, pages
from graph.kit.node import entry, node, part_of

__all__ = [
    "auto",
    "bounded",
    "column",
    "computed",
    "entry",
    "followed",
    "listed",
    "localized",
    "lookup",
    "lookups",
    "many",
    "node",
    "one",
    "pages",
    "part",
    "part_of",
    "path",
    "refers",
    "through",
    "values",
]
