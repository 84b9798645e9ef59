"""Valid queries by chance: `query(seed, schema, samples)` is the same at each call."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeNameMetaFieldDef,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.inputs import Inputs
from tests.samples import Samples, is_list

Kind = GraphQLObjectType | GraphQLInterfaceType

DEPTH = 9
ROWS = 1_500
PAGE = 50
# The endpoint takes 30, each time that a fragment with it is spread.
ALIASES = 28
# How many rows a list without pages has, about.
LISTS = {
    "Query.countries": 250,
    "Query.currencies": 40,
    "Query.productGroups": 10,
    "Query.ibPrograms": 5,
    "Query.paymentMethods": 15,
    "Query.nodes": 4,
}
PAGING = ("first", "last", "after", "before", "offset")


@dataclass(frozen=True)
class Query:
    """A document with what is sent along. `turns` names, for a variable of `after`, the root field whose cursors it takes."""

    text: str
    variables: Mapping[str, Any]
    name: str | None = None
    turns: Mapping[str, str] = field(default_factory=dict)
    used: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Spot:
    """Where a selection is: how deep, of how many rows, and whether under an interface, where names of fields may clash."""

    depth: int = 0
    rows: int = 1
    is_abstract: bool = False


@dataclass(frozen=True)
class Fragment:
    name: str
    kind: Kind
    spot: Spot
    fields: int
    aliases: int


@dataclass(frozen=True)
class Head:
    """A field up to its selection: its place, and how many rows it has for each parent."""

    text: str
    definition: GraphQLField
    size: int


def query(seed: int, schema: GraphQLSchema, samples: Samples) -> Query:
    return Drawing(Random(seed), schema, samples).query()  # noqa: S311 - the same at each call


def followed(asked: Query, answer: Mapping[str, Any]) -> Query | None:
    """The same query, its pages turned to behind a row that the answer holds; None when there is nothing to turn."""
    found = {
        variable: page["turned"][len(page["turned"]) // 2]["cursor"]
        for variable, key in asked.turns.items()
        if (page := answer.get(key)) and page.get("turned")
    }
    return replace(asked, variables={**asked.variables, **found}, turns={}) if found else None


def alike(schema: GraphQLSchema, types: list[str]) -> set[str]:
    """The fields that are of one type wherever they occur, and take no arguments: under an interface they need no alias."""
    found: dict[str, set[str]] = {}
    for each in types:
        kind = schema.get_type(each)
        assert isinstance(kind, GraphQLObjectType)
        for name, definition in kind.fields.items():
            plain = is_leaf_type(get_named_type(definition.type)) and not definition.args
            found.setdefault(name, set()).add(str(definition.type) if plain else f"{each}.{name}")
    return {name for name, kinds in found.items() if len(kinds) == 1 and "." not in next(iter(kinds))}


class Drawing:
    """One query while it is made."""

    def __init__(self, random: Random, schema: GraphQLSchema, samples: Samples) -> None:
        self.random = random
        self.schema = schema
        self.samples = samples
        node = schema.get_type("Node")
        assert isinstance(node, GraphQLInterfaceType)
        self.node = node
        self.types = sorted(each.name for each in schema.get_possible_types(node))
        self.inputs = Inputs(random, samples, self.types)
        self.left = random.randint(8, 110)
        self.rows = 0
        self.aliases = 0
        self.spare = ALIASES
        self.alike = alike(self.schema, self.types)
        # What each field without an alias is written as: the same name must mean the same wherever it is merged.
        self.unaliased: dict[str, str] = {}
        self.fragments: dict[str, Fragment] = {}
        self.definitions: list[str] = []
        self.turns: dict[str, str] = {}

    def query(self) -> Query:
        root = self.schema.query_type
        assert root is not None
        selection = self.selection(root, Spot())
        name = "Asked" if self.random.random() < 0.5 or self.inputs.definitions else None
        variables = f"({', '.join(self.inputs.definitions)})" if self.inputs.definitions else ""
        operation = f"query {name}{variables} {selection}" if name else selection
        other = ["query Other { __typename }"] if name and self.random.random() < 0.1 else []
        text = "\n".join([operation, *other, *self.definitions])
        return Query(text, self.inputs.values, name if other else None, self.turns, frozenset(self.inputs.used))

    def selection(self, kind: Kind, spot: Spot) -> str:
        heads: list[Head] = []
        most = 3 if spot.depth == 0 else 5
        parts = [self.part(kind, spot, heads) for _ in range(self.random.randint(1, most))]
        return "{ " + " ".join(parts) + " }"

    def part(self, kind: Kind, spot: Spot, heads: list[Head]) -> str:
        roll = self.random.random()
        if roll < 0.05 or self.left <= 0:
            return self.directed(f"{self.next_alias()}: __typename" if roll < 0.01 and self.spare else "__typename")
        if roll < 0.15 or (isinstance(kind, GraphQLInterfaceType) and roll < 0.75):
            return self.inline(kind, spot)
        if roll < 0.23:
            return self.spread(kind, spot)
        if heads and roll < 0.31:
            return self.told(self.random.choice(heads), spot)
        head = self.head(kind, spot)
        if not is_leaf_type(get_named_type(head.definition.type)):
            heads.append(head)
        return self.told(head, spot)

    def condition(self, kind: Kind) -> Kind:
        """A type that a fragment may be on: the same, Node, or one that is a Node."""
        if isinstance(kind, GraphQLInterfaceType):
            choices: list[Kind] = [kind, *(self.object(each) for each in self.types)]
            return self.random.choice(choices)
        return self.node if self.node in kind.interfaces and self.random.random() < 0.25 else kind

    def object(self, name: str) -> GraphQLObjectType:
        found = self.schema.get_type(name)
        assert isinstance(found, GraphQLObjectType)
        return found

    def below(self, kind: Kind, spot: Spot) -> Spot:
        return replace(spot, depth=spot.depth + 1, is_abstract=spot.is_abstract or isinstance(kind, GraphQLInterfaceType))

    def inline(self, kind: Kind, spot: Spot) -> str:
        if self.random.random() < 0.2:
            return self.directed("...") + " " + self.selection(kind, self.below(kind, spot))
        on = self.condition(kind)
        return self.directed(f"... on {on.name}") + " " + self.selection(on, self.below(kind, spot))

    def spread(self, kind: Kind, spot: Spot) -> str:
        on, inner = self.condition(kind), self.below(kind, spot)
        for known in self.fragments.values():
            if self.fits(known, on, inner):
                self.left -= known.fields
                self.spare -= known.aliases
                return self.directed(f"...{known.name}")
        fields, aliases = self.left, self.spare
        text = self.selection(on, inner)
        name = f"F{len(self.fragments) + 1}"
        self.fragments[name] = Fragment(name, on, inner, fields - self.left, aliases - self.spare)
        self.definitions.append(f"fragment {name} on {on.name} {text}")
        return self.directed(f"...{name}")

    def fits(self, known: Fragment, on: Kind, spot: Spot) -> bool:
        """Whether a fragment may be spread again without making the answer large."""
        made = known.spot
        if known.kind is not on or known.aliases > self.spare or made.is_abstract != spot.is_abstract:
            return False
        return made.depth >= spot.depth and made.rows >= spot.rows

    def head(self, kind: Kind, spot: Spot) -> Head:
        """A field of the type by chance; one with few rows, or none, where there are many already."""
        fields = kind.fields
        inner = [name for name, each in fields.items() if not is_leaf_type(get_named_type(each.type))]
        leaves = [name for name in fields if name not in inner]
        deep = spot.depth >= DEPTH or self.left < 3
        wants_leaf = leaves and (deep or not inner or self.random.random() < 0.5)
        name = self.random.choice(leaves if wants_leaf else inner)
        definition, place = fields[name], f"{kind.name}.{name}"
        size = LISTS.get(place, 4) if is_list(definition) else 1
        if kind.name.endswith("Connection"):
            size = 1
        if not self.spare and definition.args:
            return Head("__typename", TypeNameMetaFieldDef, 1)
        if leaves and spot.rows * size > ROWS:
            return self.named(kind, self.random.choice([each for each in leaves if not fields[each].args]), "", spot, 1)
        given: list[str] = []
        if "first" in definition.args:
            size, given = self.page(definition, place, spot)
        given += self.others(definition, place)
        self.rows += spot.rows * size
        return self.named(kind, name, f"({', '.join(given)})" if given else "", spot, size)

    def named(self, kind: Kind, name: str, given: str, spot: Spot, size: int) -> Head:
        self.left -= 1
        self.inputs.used.add(f"{kind.name}.{name}")
        written, definition = f"{name}{given}", kind.fields[name]
        if spot.is_abstract:
            is_aliased = name not in self.alike or self.random.random() < 0.1
        else:
            is_aliased = self.unaliased.setdefault(f"{kind.name}.{name}", written) != written or self.random.random() < 0.1
        if not is_aliased:
            return Head(written, definition, size)
        if not self.spare:
            return Head("__typename", TypeNameMetaFieldDef, 1)
        if not spot.is_abstract or given:
            return Head(f"{self.next_alias()}: {written}", definition, size)
        self.spare -= 1
        return Head(f"{kind.name}_{name}: {written}", definition, size)

    def next_alias(self) -> str:
        self.aliases += 1
        self.spare -= 1
        return f"a{self.aliases}"

    def told(self, head: Head, spot: Spot) -> str:
        kind = get_named_type(head.definition.type)
        text = self.directed(head.text)
        if is_leaf_type(kind):
            return text
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        inner = replace(spot, depth=spot.depth + 1, rows=spot.rows * max(head.size, 1), is_abstract=False)
        return f"{text} {self.turning(head, self.selection(kind, inner), spot)}"

    def turning(self, head: Head, selection: str, spot: Spot) -> str:
        """The selection, with cursors when `after` is a variable that is left out until there are some."""
        key, _, call = head.text.partition("(")
        if spot.depth or not self.spare or "after: $turn" not in call:
            return selection
        variable = call.partition("after: $")[2].split(",")[0].rstrip(")")
        self.turns[variable] = key.partition(":")[0]
        self.spare -= 1
        return "{ turned: edges { cursor } " + selection[2:]

    def page(self, definition: GraphQLField, place: str, spot: Spot) -> tuple[int, list[str]]:
        """The arguments of a page, and how many rows it has at most."""
        random, inputs = self.random, self.inputs
        most = max(1, min(PAGE, (ROWS - self.rows // 2) // max(spot.rows, 1)))
        size = random.choice([0, 1, 2, 3, 5, 8, 20, 50])
        size = min(size, most, 50 if spot.rows <= 2 else 6)
        side = random.choice(["first", "first", "last"])
        given = [f"{side}: {size}"]
        roll = random.random()
        if roll < 0.05 and most >= PAGE:
            given, size = random.choice([[], ["first: null"], ["last: null, first: null"]]), PAGE
        elif roll < 0.10:
            given = random.choice([["first: 2, last: 2"], ["first: -1"], ["last: 501"], ["first: 501"], ["last: -2147483648"]])
        elif roll < 0.20:
            name = f"v{len(inputs.definitions) + 1}"
            inputs.definitions.append(random.choice([f"${name}: Int!", f"${name}: Int"]))
            inputs.values[name] = size
            given = [f"{side}: ${name}"]
        elif roll < 0.24:
            name = f"v{len(inputs.definitions) + 1}"
            inputs.definitions.append(f"${name}: Int = {size}")
            given = [f"{side}: ${name}"]
        given += self.bounds(definition, place, spot)
        inputs.used.update(f"{place}({each})" for each in PAGING if any(f"{each}: " in text for text in given))
        return size, given

    def bounds(self, definition: GraphQLField, place: str, spot: Spot) -> list[str]:
        """Where a page begins: behind or before a cursor that is real, malformed, or null, or some rows on."""
        inputs, roll = self.inputs, self.random.random()
        string = definition.args["after"].type
        if roll < 0.12:
            side = self.random.choice(["after", "before"])
            return [f"{side}: {inputs.written(string, self.samples.cursor(self.random, place))}"]
        if roll < 0.15:
            return [self.random.choice(["after: null", "before: null"])]
        if roll < 0.40 and spot.depth == 0:
            name = f"turn{len(inputs.definitions) + 1}"
            inputs.definitions.append(f"${name}: String")
            return [f"after: ${name}"]
        if roll < 0.52 and "offset" in definition.args:
            return [f"offset: {self.random.choice([0, 1, 2, 7, 40, 10_000, 10_001, -1, 'null'])}"]
        return []

    def others(self, definition: GraphQLField, place: str) -> list[str]:
        """The arguments that have nothing to do with pages."""
        given = []
        row = get_named_type(definition.type)
        owner = place.partition(".")[0] if is_leaf_type(row) else row.name.removesuffix("Connection")
        several = sum(not is_required_argument(each) for each in definition.args.values()) > 1
        for name, each in definition.args.items():
            if name in PAGING or not (is_required_argument(each) or self.random.random() < (0.55 if several else 0.6)):
                continue
            self.inputs.used.add(f"{place}({name})")
            defaulted = each.default_value is not Undefined
            given.append(f"{name}: {self.inputs.argument(each.type, f'{owner}.{name}', defaulted=defaulted)}")
        return given

    def directed(self, text: str) -> str:
        """The text with @skip or @include or both, seldom."""
        roll = self.random.random()
        include = f" @include(if: {self.inputs.boolean(value=self.random.random() < 0.7)})" if roll < 0.05 else ""
        skip = f" @skip(if: {self.inputs.boolean(value=self.random.random() < 0.3)})" if 0.03 < roll < 0.08 else ""
        return text + include + skip
