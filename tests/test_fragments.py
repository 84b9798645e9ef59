"""Fragments on interfaces and unions: what they ask for counts for each type that they apply to, in both executions."""

from typing import Any

import pytest
from graphql import build_schema, graphql_sync, parse
from graphql.execution.values import VariableValues

from graph.compiled.asking import Asking
from graph.kit.walk import Walk

SCHEMA = build_schema("""
    interface Node { id: ID! }
    interface Named { name: String }
    type Client implements Node & Named { id: ID! name: String email: String }
    type Tag implements Named { name: String }
    type Country { code: String }
    union Party = Client | Country
    type Query { client: Client party: Party tag: Tag }
""")
ASKED = """{ client {
    ... on Node { id }
    ... on Named { name ... on Tag { name } ... on Client { ... on Party { ... on Client { mail: email } } } }
    ...Named
} }
fragment Named on Named { again: name }"""


def by_walk(query: str) -> list[str]:
    found: list[str] = []

    def resolve(_source: Any, info: Any) -> None:
        found.extend(Walk(info).below(info.field_nodes, "Client"))

    kind = SCHEMA.query_type
    assert kind is not None
    kind.fields["client"].resolve = resolve
    assert graphql_sync(SCHEMA, query).errors is None
    return found


def by_plan(query: str) -> list[str]:
    document = parse(query)
    asking = Asking(SCHEMA, document, VariableValues({}, {}))
    operation: Any = document.definitions[0]
    return list(asking._grouped(operation.selection_set.selections, "Client"))


def test_the_walk_follows_fragments_on_any_interface_or_union() -> None:
    assert by_walk(ASKED) == ["id", "name", "email"]


def test_a_plan_follows_fragments_on_any_interface_or_union() -> None:
    assert by_plan(ASKED) == ["id", "name", "mail", "again"]


@pytest.mark.parametrize("fragment", ["... on Named { ... on Tag { name } }", "... on Party { ... on Country { code } }"])
def test_a_fragment_on_another_type_asks_for_nothing(fragment: str) -> None:
    query = f"{{ client {{ id {fragment} }} }}"

    assert (by_walk(query), by_plan(query)) == (["id"], ["id"])
