"""Names in the order of an alphabet: by letters, without accents and case, in pages that lose no row."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from importers.connections import DIALECT
from loaders.orders import OrderTerm
from loaders.pages import Listing, cut, page_of
from models.access import SYSTEM
from tests import make
from tests.conftest import Ask

# Accents made of one character and of two, letters that are no accented ones, other alphabets at the end.
NAMES = [
    *("alba", "Álvaro", "A\u0301lvaro B", "Bo", "de Wit", "Élodie", "Łukasz", "Lz", "Öz", "Oz Az", "Straße", "strasse", "Žan", "Zed"),
    *("Ωμέγα", "анна", "Борис"),
]
CLIENTS = Listing("Client", models.Client)
PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $direction: OrderDirection!) {
    clients(first: $first, after: $after, last: $last, before: $before, orderBy: {field: NAME, direction: $direction}) {
        nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""


async def strangers(database: AsyncEngine) -> None:
    shuffled = sorted(NAMES, key=lambda name: name[::-1])
    # The same name twice: only the primary key tells them apart.
    rows = [make.client(email=f"c{number}@example.com", first_name=name, last_name=None) for number, name in enumerate([*shuffled, "Zed"])]
    await make.add(database, models.Client, *rows)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_clients_are_paged_by_name_as_in_an_alphabet(database: AsyncEngine, ask: Ask, direction: str) -> None:
    await strangers(database)
    expected = [*NAMES[: NAMES.index("Zed")], "Zed", *NAMES[NAMES.index("Zed") :]]
    if direction == "DESC":
        expected.reverse()
    forward: list[str] = []
    backward: list[str] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        found = (await ask(PAGE, first=2, after=page["endCursor"], direction=direction))["clients"]
        forward += [node["name"] for node in found["nodes"]]
        page = found["pageInfo"]
    page = {"hasPreviousPage": True, "startCursor": None}
    while page["hasPreviousPage"]:
        found = (await ask(PAGE, last=3, before=page["startCursor"], direction=direction))["clients"]
        backward = [node["name"] for node in found["nodes"]] + backward
        page = found["pageInfo"]

    # Names that differ in nothing but case, accents or the way that they are written come by their keys.
    assert [name.replace("Straße", "strasse") for name in forward] == [name.replace("Straße", "strasse") for name in expected]
    assert backward == forward


async def test_a_page_by_name_is_an_index_scan(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await connection.execute(
            text(
                "insert into client (email, first_name, client_type_id, verification_level_id)"
                " select 'c' || n || '@example.com', chr(65 + n % 26) || n, (select client_type_id from client_type limit 1),"
                " (select verification_level_id from verification_level limit 1) from generate_series(1, 20000) n"
            )
        )
        await connection.execute(text("analyze client"))
        wanted = replace(page_of(CLIENTS, {"first": 50, "order_by": [OrderTerm("name")]}), after=("m", 7))
        statement = cut(SYSTEM, CLIENTS, [models.Client.client_id], wanted)
        query = str(statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
        plan = "\n".join((await connection.exec_driver_sql(f"explain {query}")).scalars())

    assert "Index Scan using ix_client_alphabetical" in plan
    assert "Sort" not in plan


async def test_small_tables_are_listed_as_in_an_alphabet(database: AsyncEngine, ask: Ask) -> None:
    async with database.begin() as connection:
        for name in ("zoo", "Ärzte", "Ape", "bank", "Bär"):
            await connection.execute(text("insert into tag (name) values (:name)"), {"name": name})

    names = [tag["name"] for tag in (await ask("{ tags { name } }"))["tags"]]

    assert [name for name in names if name in {"zoo", "Ärzte", "Ape", "bank", "Bär"}] == ["Ape", "Ärzte", "bank", "Bär", "zoo"]


async def test_filters_tell_accents_apart_as_before(database: AsyncEngine, ask: Ask) -> None:
    await strangers(database)

    async def found(**condition: str) -> list[str]:
        data = await ask("query ($name: StringFilter!) { clients(filter: {name: $name}) { nodes { name } } }", name=condition)
        return [node["name"] for node in data["clients"]["nodes"]]

    assert await found(startsWith="alv") == []
    assert await found(startsWith="Álv") == ["Álvaro"]
    assert await found(ieq="ZED") == ["Zed", "Zed"]
