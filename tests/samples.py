"""Values that occur in a database, gathered through the API, for generated queries to ask for."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from graph.kit.ids import encode_id

# Inputs that go by another name than the field whose values they are compared with.
SAME = {
    "Account.code": "Currency.alphabeticCode",
    "Account.currencyCode": "Currency.alphabeticCode",
    "Client.countryCode": "Country.alpha2Code",
    "Client.managerId": "Manager.managerId",
    "Client.tag": "Tag.name",
    "Country.code": "Country.alpha2Code",
    "Currency.code": "Currency.alphabeticCode",
    "IbPartner.clientId": "Client.clientId",
    "IbReferral.clientId": "Client.clientId",
    "IbReferral.ibPartnerId": "IbPartner.ibPartnerId",
    "ImportErrorConnection.code": "ImportErrorMessage.code",
    "ImportJob.userEmail": "User.email",
    "Product.currencyCode": "Currency.alphabeticCode",
    "Product.platformId": "Platform.platformId",
    "Product.productGroupId": "ProductGroup.productGroupId",
    "Transaction.creditAccountNumber": "Account.accountNumber",
    "Transaction.creditAmount": "TransactionSide.amount",
    "Transaction.debitAccountNumber": "Account.accountNumber",
    "Transaction.debitAmount": "TransactionSide.amount",
}
# What is asked for whether or not it occurs: edges of the scalars, and texts that SQL and JSON must not take for their own.
ODD: Mapping[str, list[Any]] = {
    "String": ["", "a", "an", "%", "_", "\\", "O'Hara", '"', "ß", "İ", "Müller", "😀", " ", "null", "€\n"],
    "Int": [-1, 0, 1, 2, 3, 10, 100, 500, 2147483647, -2147483648],
    "Float": [0.0, 0.5, -1.5],
    "Decimal": ["0", "0.00", "-1", "100.5", "1000", "99999999999999999999.999999999999999999", 250],
    "Date": ["1970-01-01", "1985-06-15", "2000-02-29", "9999-12-31"],
    "DateTime": ["2026-01-31T12:00:00+00:00", "2025-06-01T00:00:00", "2026-09-30T23:00:01.000001+02:00", "1970-01-01T00:00:00Z"],
    "BigInt": [0, 9007199254740993],
}
MALFORMED_IDS = [
    "",
    "x",
    "====",
    "Q2xpZW50",
    "Q2xpZW50Og",
    "😀",
    *(encode_id(*each) for each in [("Nothing", 1), ("PageInfo", 1), ("Client", "a")]),
]
MALFORMED_CURSORS = ["", "x", "bm90IGEgY3Vyc29y", "WyJ4Il0", "W10", "MQ"]
LOCALES = ["en", "de", "ru", "fr", "en-GB", "DE", "xx", ""]


@dataclass
class Samples:
    """Values by `Client.email`, cursors by `Query.clients`."""

    values: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    cursors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def value(self, random: Random, place: str, scalar: str) -> Any:
        """A value for an input at a place such as `Client.email`; mostly one that occurs."""
        if place.endswith(".locale"):
            return random.choice(LOCALES)
        if scalar == "Boolean":
            return random.random() < 0.5
        found = self.values.get(SAME.get(place, place)) or self.values.get(f"*.{place.partition('.')[2]}")
        if found and random.random() < 0.75:
            return random.choice(found)
        return random.choice(ODD[scalar])

    def id(self, random: Random, wanted: str, types: list[str]) -> str:
        """An id of a type, or of any when that is Node: of a row that is there, of one that is not, or none at all."""
        roll = random.random()
        name = random.choice(types) if wanted == "Node" or roll > 0.95 else wanted
        if 0.88 < roll <= 0.95:
            return random.choice(MALFORMED_IDS)
        known = self.values.get(f"{name}.id")
        if known and roll < 0.75:
            return str(random.choice(known))
        return encode_id(name, random.choice([0, 1, 2, 3, 999_999, "00", "EUR", "DE", "x", 2**40]))

    def cursor(self, random: Random, place: str) -> str:
        known = self.cursors.get(place)
        return random.choice(known) if known and random.random() < 0.8 else random.choice(MALFORMED_CURSORS)


async def gathered(schema: GraphQLSchema, ask: Callable[[str], Awaitable[Any]]) -> Samples:
    """What the lists of the API show, two levels deep."""
    samples = Samples()
    query = schema.query_type
    assert query is not None
    for name, each in query.fields.items():
        required = any(is_required_argument(argument) for argument in each.args.values())
        if required or not (is_list(each) or "first" in each.args):
            continue
        text = f"{{ {name}{_page(each, 40)} {_members(each, 2)} }}"
        _note(samples, "Query", each, name, (await ask(text))[name])
    return samples


def _page(each: GraphQLField, size: int) -> str:
    return f"(first: {size})" if "first" in each.args else ""


def _members(each: GraphQLField, depth: int) -> str:
    kind = get_named_type(each.type)
    if not isinstance(kind, GraphQLObjectType):
        return "{ __typename }"
    if kind.name.endswith("Connection"):
        row = get_named_type(kind.fields["nodes"].type)
        assert isinstance(row, GraphQLObjectType)
        return f"{{ edges {{ cursor node {_row(row, depth)} }} }}"
    return _row(kind, depth)


def _row(kind: GraphQLObjectType, depth: int) -> str:
    return "{ __typename " + " ".join(_fields(kind, depth)) + " }"


def _fields(kind: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, each in kind.fields.items():
        if any(is_required_argument(argument) for argument in each.args.values()):
            continue
        if is_leaf_type(get_named_type(each.type)):
            yield name
        elif depth > 1:
            yield f"{name}{_page(each, 3)} {_members(each, depth - 1)}"


def _note(samples: Samples, owner: str, each: GraphQLField, name: str, answer: Any) -> None:
    kind = get_named_type(each.type)
    if isinstance(answer, list):
        for item in answer:
            _note(samples, owner, each, name, item)
    elif answer is not None and is_leaf_type(kind):
        for place in (f"{owner}.{name}", f"*.{name}"):
            if answer not in samples.values[place]:
                samples.values[place].append(answer)
    elif answer is not None and isinstance(kind, GraphQLObjectType):
        if kind.name.endswith("Connection"):
            samples.cursors[f"{owner}.{name}"] += [row["cursor"] for row in answer["edges"]]
        for key in [key for key in answer if key in kind.fields]:
            _note(samples, kind.name, kind.fields[key], key, answer[key])


def is_list(each: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(each.type))


def quoted(text: str) -> str:
    """A string as GraphQL writes it."""
    return json.dumps(text, ensure_ascii=False)
