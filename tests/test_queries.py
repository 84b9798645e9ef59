"""The generated queries, and how one that fails is made small."""

from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, parse, print_ast, validate

from graph.schema import schema
from tests.queries import Query, followed, query
from tests.samples import Samples
from tests.shrinking import difference, shrunk

core = schema._schema
QUERIES = 500


@pytest.fixture(scope="module")
def generated() -> list[Query]:
    return [query(seed, core, Samples()) for seed in range(QUERIES)]


def reachable() -> set[str]:
    """Every field, argument and input field that a query can use."""
    waiting: list[Any] = [core.query_type]
    found: set[str] = set()
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if kind.name in seen:
            continue
        seen.add(kind.name)
        if kind.name == "Node":
            waiting += core.get_possible_types(kind)
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                found |= {f"{kind.name}.{name}", *(f"{kind.name}.{name}({argument})" for argument in field.args)}
                waiting += [get_named_type(field.type), *(get_named_type(each.type) for each in field.args.values())]
        elif isinstance(kind, GraphQLInputObjectType):
            found |= {f"{kind.name}.{name}" for name in kind.fields}
            waiting += [get_named_type(field.type) for field in kind.fields.values()]
    return found


def test_generated_queries_are_valid(generated: list[Query]) -> None:
    found = {each.text: validate(core, parse(each.text)) for each in generated}

    assert {text: [error.message for error in errors] for text, errors in found.items() if errors} == {}


def test_a_seed_gives_the_same_query_each_time(generated: list[Query]) -> None:
    assert [query(seed, core, Samples()) for seed in range(20)] == generated[:20]
    assert len({each.text for each in generated}) > 0.9 * QUERIES


def test_generated_queries_use_every_field_and_argument() -> None:
    used: set[str] = set()
    for seed in range(8 * QUERIES):
        used |= query(seed, core, Samples()).used

    assert sorted(reachable() - used) == []


def test_generated_queries_use_what_graphql_offers(generated: list[Query]) -> None:
    texts = "\n".join(each.text for each in generated)
    offered = [
        "@skip(if: true)",
        "@skip(if: $",
        "@include(if: false)",
        "@include(if: $",
        "... on Node",
        "... {",
        "\nfragment F2",
        "last: ",
        ": $v1",
    ]

    assert {each: texts.count(each) for each in offered if texts.count(each) < 20} == {}
    assert sum(None in each.variables.values() for each in generated) > 5
    assert sum(f"${name}" not in each.variables for each in generated for name in each.turns) > 20


def test_pages_turn_to_a_row_of_the_answer() -> None:
    asked = Query("query($turn1: String) { tags }", {"v1": 3}, turns={"turn1": "a1"})

    turned = followed(asked, {"a1": {"turned": [{"cursor": "one"}, {"cursor": "two"}, {"cursor": "three"}]}})

    assert turned == Query(asked.text, {"v1": 3, "turn1": "two"})
    assert followed(asked, {"a1": None}) is None


async def test_a_failing_query_shrinks_to_what_makes_it_fail() -> None:
    large = Query(
        """query Asked($size: Int = 3, $code: String!, $no: Boolean!) {
          countries { ...Named currency { name } }
          clients(first: $size, filter: {status: {in: [ACTIVE, BANNED]}, city: {eq: "Berlin"}}) {
            totalCount
            nodes { email ... on Client { n: name ...Manager @skip(if: $no) } accounts(first: 2) { nodes { name } } }
          }
          country(code: $code) { ...Named }
        }
        query Other { __typename }
        fragment Named on Country { alpha2Code }
        fragment Manager on Client { manager { ...Title email } city }
        fragment Title on Manager { title }""",
        {"size": 5, "code": "DE", "no": False},
        "Asked",
    )

    async def fails(candidate: Query) -> bool:
        return "title" in candidate.text and "BANNED" in candidate.text

    small = await shrunk(large, core, fails)

    expected = "query Asked { clients(filter: {status: {in: [BANNED]}}) { nodes { manager { title } } } }"
    assert small == Query(print_ast(parse(expected)), {})


def test_the_first_difference_is_told() -> None:
    def told(left: Any, right: Any) -> str:
        return difference(orjson.dumps(left), orjson.dumps(right))

    assert told({"data": {"tags": [{"name": "a"}]}}, {"data": {"tags": [{"name": "b"}]}}) == "answer.data.tags[0].name is 'a' and 'b'"
    assert told({"data": [1, 2]}, {"data": [1]}) == "answer.data has 2 and 1 items"
    assert told({"a": 1, "b": 2}, {"b": 2, "a": 1}) == "answer has the members ['a', 'b'] and ['b', 'a']"
    assert told([1], [1.0]) == "answer[0] is 1 and 1.0"
    assert told([True], [1]) == "answer[0] is True and 1"
    assert told({"a": 1}, {"a": 1}) == ""
    assert difference(b'{"a": 1}', b'{"a":1}').startswith("only the text differs, at byte 5")
