"""Introducing brokers: the tree that referrals make, its levels, referrals of a whole branch."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from tests import make
from tests.conftest import Ask

TREE = """{ ibPartners { nodes {
    ibPartnerId level parent { ibPartnerId } children { ibPartnerId }
    client { ibPartner { ibPartnerId } referral { partner { ibPartnerId } } }
    own: referrals { totalCount nodes { client { clientId } } }
    branch: referrals(descendants: true, first: 3) { totalCount pageInfo { hasNextPage } nodes { client { clientId } } }
} } }"""


@pytest.fixture
async def tree(database: AsyncEngine) -> dict[str, Any]:
    """Partner 0 attracted the partners 1 and 2; 1 attracted 3; each has one client besides, and 3 has two."""
    clients = await make.add(database, models.Client, *(make.client() for _ in range(9)))
    partners = await make.add(database, models.IbPartner, *(make.partner(client_id) for client_id in clients[:4]))
    pairs = [(0, 1), (0, 2), (1, 3), (0, 4), (1, 5), (2, 6), (3, 7), (3, 8)]
    await make.add(database, models.IbReferral, *(make.referral(partners[above], clients[below]) for above, below in pairs))
    return {"clients": clients, "partners": partners}


async def test_the_tree_is_what_the_referrals_make(ask: Ask, tree: dict[str, Any]) -> None:
    clients, partners = tree["clients"], tree["partners"]

    found = {partners.index(node["ibPartnerId"]): node for node in (await ask(TREE))["ibPartners"]["nodes"]}

    assert {key: node["level"] for key, node in found.items()} == {0: 1, 1: 2, 2: 2, 3: 3}
    parents = {key: node["parent"] and partners.index(node["parent"]["ibPartnerId"]) for key, node in found.items()}
    assert parents == {0: None, 1: 0, 2: 0, 3: 1}
    children = {key: [partners.index(each["ibPartnerId"]) for each in node["children"]] for key, node in found.items()}
    assert children == {0: [1, 2], 1: [3], 2: [], 3: []}
    own = {key: [clients.index(each["client"]["clientId"]) for each in node["own"]["nodes"]] for key, node in found.items()}
    assert own == {0: [1, 2, 4], 1: [3, 5], 2: [6], 3: [7, 8]}
    assert {key: node["branch"]["totalCount"] for key, node in found.items()} == {0: 8, 1: 4, 2: 1, 3: 2}
    branch = {key: [clients.index(each["client"]["clientId"]) for each in node["branch"]["nodes"]] for key, node in found.items()}
    assert branch == {0: [1, 2, 3], 1: [3, 5, 7], 2: [6], 3: [7, 8]}
    assert {key: node["branch"]["pageInfo"]["hasNextPage"] for key, node in found.items()} == {0: True, 1: True, 2: False, 3: False}


async def test_a_client_who_joined_two_programs_is_shown_with_the_older_partner(
    database: AsyncEngine, ask: Ask, tree: dict[str, Any]
) -> None:
    client_id = tree["clients"][1]
    await make.add(database, models.IbPartner, make.partner(client_id, ib_program_id=2))

    data = await ask("query ($id: Int!) { client(clientId: $id) { ibPartner { program { name } parent { ibPartnerId } } } }", id=client_id)

    assert data["client"]["ibPartner"] == {"program": {"name": "Standard IB"}, "parent": {"ibPartnerId": tree["partners"][0]}}


async def test_a_ring_that_should_not_be_there_still_gets_an_answer(database: AsyncEngine, ask: Ask) -> None:
    clients = await make.add(database, models.Client, make.client(), make.client())
    partners = await make.add(database, models.IbPartner, *(make.partner(client_id) for client_id in clients))
    await make.add(database, models.IbReferral, make.referral(partners[0], clients[1]), make.referral(partners[1], clients[0]))

    data = await ask("{ ibPartners { nodes { level referrals(descendants: true) { totalCount } } } }")

    assert [node["referrals"]["totalCount"] for node in data["ibPartners"]["nodes"]] == [2, 2]
