"""How a query is carried out: its plan, its statements, the functions that make the answer, and PostgreSQL's own plans."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from commands.imports import viewer_for
from commands.storage import Place, connected
from database.changes import Changes
from database.pool import Pool
from graph.compiled import Answer, Compiler, Planned
from graph.compiled.explaining import explained
from graph.context import Context, Services
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from models.errors import Invalid


def object_of(text: str) -> dict[str, object]:
    """Variables given as JSON."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise Invalid(f"The variables {text[:60]!r} are not JSON: {problem}.") from problem
    if not isinstance(found, dict):
        raise Invalid(f'The variables {text[:60]!r} are not a JSON object, as in {{"first": 10}}.')
    return found


async def explain(place: Place, text: str, variables: dict[str, object], *, analyze: bool) -> list[str]:
    """Lines to print. Raises Invalid for a text that is no query, or that graphql-core answers."""
    try:
        document = Planned(parse(text))
        problems = validate(schema._schema, document.ast)
    except GraphQLError as problem:
        raise Invalid(f"The file holds no GraphQL: {problem.message}") from problem
    if problems:
        raise Invalid(f"The query is not valid: {problems[0].message}")
    refuse_variables(document.ast, variables)
    async with connected(place) as engine:
        url = engine.url.render_as_string(hide_password=False)
        viewer = await viewer_for(engine, None)
        async with reading(url) as (pool, configuration, changes):
            services = Services(engine, changes, 0, pool, configuration)
            answer = await Compiler(schema._schema).execute(document, None, variables, Context(services, viewer))
            if answer is None:
                raise Invalid("graphql-core answers this, not a plan: it is no query, asks for the schema, or ends in an error.")
            return [*explained(answer), *(await plans_of(pool, answer) if analyze else [])]


def refuse_variables(document: DocumentNode, variables: dict[str, object]) -> None:
    """Refuses variables that are missing or of another type than the first operation declares."""
    declared = [each.variable_definitions or () for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    found = get_variable_values(schema._schema, declared[0] if declared else (), variables)
    if isinstance(found, list):
        raise Invalid(f"{found[0].message} Give it with --variables, as in --variables '{{\"first\": 10}}'.")


def text_of(file: Path) -> str:
    """The text of a query's file."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Invalid(f"The file {file} cannot be read as UTF-8 text: {problem}.") from problem


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[tuple[Pool, Configuration, Changes]]:
    """What planned queries read with."""
    changes = Changes(url, CONFIGURATION_CHANGES)
    configuration = Configuration(url, changes)
    pool = Pool(url, size=2)
    await changes.start()
    await configuration.start()
    try:
        yield pool, configuration, changes
    finally:
        await configuration.stop()
        await changes.stop()
        await pool.close()


async def plans_of(pool: Pool, answer: Answer) -> list[str]:
    lines: list[str] = []
    async with pool.acquire() as connection:
        for number, (text, values) in enumerate(answer.statements, 1):
            rows = await connection.fetch(f"explain (analyze, buffers) {text}", *values)
            lines += [f"# PostgreSQL's plan of statement {number}", *(str(row[0]) for row in rows), ""]
    return lines
