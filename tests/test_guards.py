"""Limits on documents, before validation: what is refused, what passes, and that measuring is quick whatever is sent."""

import time
from contextlib import suppress

import pytest
from graphql import get_introspection_query, parse

from graph.http.documents import Documents, Unexecutable
from graph.http.guards import Guards
from graph.schema import schema
from web.page import tabs

GUARDS = Guards()


@pytest.fixture
def documents() -> Documents:
    return Documents(schema._schema)


def refusal(documents: Documents, text: str) -> str:
    """The message of a refusal by a limit."""
    with pytest.raises(Unexecutable) as refused:
        documents.find(text)
    [error] = refused.value.errors
    assert error.extensions == {"code": "COST_LIMIT_EXCEEDED"}
    return error.message


def nested(levels: int) -> str:
    """A query with a field so many levels deep."""
    return "{ clients { nodes " + "{ introducedBy { client " * ((levels - 3) // 2) + "{ id }" + "}}" * ((levels - 3) // 2) + "}}"


def doubling(fragments: int) -> str:
    """Fragments each of which spreads the next one twice."""
    steps = [f"fragment f{i} on Query {{ ...f{i + 1} ... {{ ...f{i + 1} }} }}" for i in range(fragments)]
    return " ".join(["{ ...f0 }", *steps, f"fragment f{fragments} on Query {{ __typename }}"])


def repeated(*numbers: int) -> str:
    """Fields repeated so many times at each level."""
    text = "id"
    for number in reversed(numbers):
        text = " ".join([f"node {{ {text} }}"] * number)
    return "{ " + text + " }"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ __typename }" + " " * GUARDS.characters, ["20,014 characters", "at most 20,000"]),
        ('{ clients(after: "' + "x" * GUARDS.characters + '") { nodes { id } } }', ["characters"]),
        ("{ " + "a " * GUARDS.tokens + "}", ["2,000 tokens"]),
        ("{ a " * 600 + "}" * 600, ["nested"]),
        (nested(13), ["13 depth", "at most 12"]),
        ("{ " + " ".join(f"f{number}" for number in range(501)) + " }", ["501 fields", "at most 500"]),
        ("{ " + " ".join(f"a{number}: __typename" for number in range(31)) + " }", ["31 aliases", "at most 30"]),
        ("{ " + "__typename " * 9 + "}", ["9 times '__typename'", "at most 8"]),
        ("{ __typename } fragment unused on Query { " + "__typename " * 9 + "}", ["9 times '__typename'"]),
        ("mutation { " + " ".join(f"a{number}: run" for number in range(5)) + " }", ["5 mutations", "at most 4"]),
        ("mutation { ...m } mutation b { d } fragment m on Mutation { a ... { b c d } }", ["5 mutations"]),
        (doubling(20), ["fields"]),
        (doubling(140), ["fields"]),
        (repeated(7, 6, 4), ["comparisons"]),
        ("{ __schema " + "{ types { fields " * 11 + "{ name }" + "}}" * 11 + "}", ["introspection depth"]),
    ],
)
def test_a_document_beyond_a_limit_is_refused_with_the_figure(documents: Documents, text: str, words: list[str]) -> None:
    started = time.perf_counter()

    message = refusal(documents, text)

    assert time.perf_counter() - started < 0.2
    for word in words:
        assert word in message


def test_what_explorers_ask_of_the_schema_passes(documents: Documents) -> None:
    text = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )

    assert documents.find(text).ast == parse(text)


def test_the_prepared_tabs_pass(documents: Documents) -> None:
    found = [documents.find(tab.query) for tab in tabs() if tab.title != "An error on purpose"]

    assert len(found) == len(tabs()) - 1


@pytest.mark.parametrize(
    "text",
    [
        "{ " + "__typename " * 8 + "}",
        "{ " + " ".join(f"a{number}: __typename" for number in range(30)) + " }",
        "{ " + " ".join(["...f"] * 40) + " } fragment f on Query { viewer { scope } }",
    ],
)
def test_a_document_at_a_limit_passes(documents: Documents, text: str) -> None:
    assert documents.find(text).text == text


def test_a_fragment_within_itself_is_told_as_such(documents: Documents) -> None:
    with pytest.raises(Unexecutable) as refused:
        documents.find("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")

    [error] = refused.value.errors
    assert error.extensions == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "within itself" in error.message


@pytest.mark.parametrize(
    "text",
    [
        repeated(7, 6, 2),
        "{ "
        + " ".join(f"...f{i}" for i in range(40))
        + " } "
        + " ".join(f"fragment f{i} on Query {{ viewer {{ scope }} }}" for i in range(40)),
        "{ " + " ".join(f"unknown{i}" for i in range(500)) + " }",
        "{ " + "__typename " * 8 + "@skip(if: true) " * 300 + "}",
        "query (" + " ".join(f"$a{i}: Int" for i in range(400)) + ") { __typename }",
        "{ clients(filter: " + "{and: [" * 120 + "{}" + "]}" * 120 + ") { nodes { id } } }",
    ],
)
def test_within_the_limits_validation_is_quick(documents: Documents, text: str) -> None:
    started = time.perf_counter()

    with suppress(Unexecutable):  # some of them are right, others not
        documents.find(text)

    assert time.perf_counter() - started < 0.4
