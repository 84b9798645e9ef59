"""Who may read: permissions are asked for where reads begin, whatever the path that leads there."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from models.access import ADMINISTRATOR, SYSTEM, Viewer, visible
from models.errors import Forbidden, Unauthenticated
from tests import make
from tests.conftest import Ask

PATHS = {
    "a page": "{ clients { nodes { email } } }",
    "a count": "{ clients { totalCount } }",
    "an empty page": "{ clients(first: 0) { pageInfo { hasNextPage } } }",
    "one row": "{ client(clientId: 1) { email } }",
    "a relation": "{ accounts { nodes { client { email } } } }",
    "a plain list": "{ account(accountId: 1) { client { addresses { city } } } }",
    "a node": '{ node(id: "Q2xpZW50OjE") { id } }',
    "a filter": '{ accounts(filter: {client: {email: {contains: "a"}}}) { nodes { id } } }',
}


@pytest.mark.parametrize("path", PATHS)
async def test_clients_are_kept_from_a_viewer_without_the_permission(database: AsyncEngine, path: str) -> None:
    (client_id,) = await make.add(database, models.Client, make.client(client_id=1))
    await make.add(database, models.Account, make.account(client_id, account_id=1))
    viewer = Viewer(user_id=None, permissions=ADMINISTRATOR - {"clients.read"})

    found = await Ask(database, viewer).result(PATHS[path])

    assert found.errors is not None
    assert [type(error.original_error) for error in found.errors] == [Forbidden]
    assert (
        str(found.errors[0].original_error) == "The permission clients.read is missing; an administrator can give it to one of your groups."
    )
    assert "@" not in str(found.data)


@pytest.mark.parametrize("path", [*PATHS.values(), "{ countries { id } }", "{ importActions { action } }", "{ users { totalCount } }"])
async def test_nobody_reads_without_a_sign_in(database: AsyncEngine, path: str) -> None:
    found = await Ask(database, None).result(path)

    assert found.errors is not None
    assert {type(error.original_error) for error in found.errors} == {Unauthenticated}


def test_every_table_says_which_permission_reads_it() -> None:
    for mapper in models.Base.registry.mappers:
        assert mapper.class_.read_permission in ADMINISTRATOR, mapper.class_
        visible(mapper.class_, SYSTEM)
        with pytest.raises(Forbidden):
            visible(mapper.class_, Viewer(user_id=7, permissions=frozenset()))
