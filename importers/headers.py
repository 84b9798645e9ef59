"""Headers by the names in them: which record of a file is the header, whatever titles stand above it."""

from collections.abc import Sequence
from dataclasses import dataclass

from importers.columns import Field, column_key, remarkless_key

LOOKED_AT = 30  # records, among which the header is
_CELLS = 200  # of a record that are looked at


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The keys of all names by which an action knows columns, and of those that it requires."""

    names: frozenset[str]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a record looks like a header: the names known in it, whether one is of a required column, and the cells filled in."""

    known: int
    required: bool
    filled: int

    @property
    def convincing(self) -> bool:
        return self.required and (self.known == self.filled or (self.known > 1 and self.known * 2 >= self.filled))


def vocabulary(fields: Sequence[Field]) -> Vocabulary:
    keys = {field.name: {column_key(name) for name in (field.name, *field.aliases)} for field in fields}
    required = frozenset[str]().union(*(keys[field.name] for field in fields if field.required))
    return Vocabulary(frozenset[str]().union(*keys.values()), required)


def likeness(cells: Sequence[str], vocabularies: Sequence[Vocabulary]) -> Likeness:
    """The likeness by the vocabulary that knows most."""
    filled = [cell for cell in cells[:_CELLS] if cell and not cell.isspace()]
    keys = {key for cell in filled for key in (column_key(cell), remarkless_key(cell))}
    found = [(len(keys & words.names), not keys.isdisjoint(words.required)) for words in vocabularies]
    known, required = max(found, key=lambda each: (each[1], each[0]), default=(0, False))
    return Likeness(min(known, len(filled)), required, len(filled))


def header_among(records: Sequence[Sequence[str]], vocabularies: Sequence[Vocabulary]) -> int:
    """The index of the header among the first records of a file: the first, unless a later one is known by far more names."""
    likenesses = [likeness(cells, vocabularies) for cells in records]
    best = max((index for index, each in enumerate(likenesses) if each.convincing), key=lambda index: likenesses[index].known, default=0)
    return best if likenesses and likenesses[best].known > likenesses[0].known else 0
