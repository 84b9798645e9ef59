"""IMPORT_USERS: how a record finds its client, and what is written."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

import importers.stage
from models import Address, Client, PhoneNumber
from models.access import visible
from models.imports import OnMatch, OnNoMatch
from tests.importing import Importing
from tests.make import add

OLD = datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_new_client_gets_all_that_the_record_says_and_the_defaults(importing: Importing) -> None:
    outcome = await importing.run(
        "Email;Last name;Middle name;First name;DOB;Country;Phone;Address;City;Zip;Level\n"
        "Ann.Lee@Example.COM;Lee;Mary;Ann;31.12.1999;Germany;030 901820;Main St 1;Berlin;10115;level 1\n"
        "bo@example.com;;;;;;;;;;\n",
        date_format="DD.MM.YYYY",
    )

    assert (outcome.status, outcome.totals) == ("success", (2, 2, 0, 0, 0))
    ann, bo = await importing.rows("select * from client order by client_id")
    assert (ann["email"], ann["name"], ann["birthday"], ann["city"]) == (
        "Ann.Lee@example.com",
        "Ann Mary Lee",
        date(1999, 12, 31),
        "Berlin",
    )
    assert (ann["country_id"], ann["phone"], ann["import_run_id"]) == (276, "+4930901820", outcome.run_id)
    assert (bo["name"], bo["birthday"], bo["city"], bo["country_id"], bo["phone"]) == ("", None, None, None, None)
    levels = await importing.rows(
        'select l.name, "default" from client join verification_level l using (verification_level_id) order by client_id'
    )
    assert [(level["name"], level["default"]) for level in levels] == [("Level 1", False), ("Level 0", True)]
    assert await importing.rows('select distinct "default" from client join client_type using (client_type_id)') == [{"default": True}]
    (address,) = await importing.rows("select client_id, address, city, country_id, postcode, type from address")
    assert tuple(address.values()) == (ann["client_id"], "Main St 1", "Berlin", 276, "10115", "residential")
    (phone,) = await importing.rows('select client_id, number, "default", confirmed from phone_number')
    assert tuple(phone.values()) == (ann["client_id"], "+4930901820", True, False)


async def test_a_known_email_updates_what_the_record_says_and_leaves_the_rest(importing: Importing) -> None:
    names = {"email": "Ann@example.com", "first_name": "Ann", "last_name": "Lee"}
    ann = await known(importing, **names, city="Paris", country_id=250, phone="+33142685300")
    await add(importing.engine, Address, {"client_id": ann, "address": "Bill St", "type": "billing", "city": "Paris"})
    homes = [{"client_id": ann, "address": street, "city": "Paris", "postcode": "75001"} for street in ("Old", "New")]
    await add(importing.engine, Address, *homes)
    await add(importing.engine, PhoneNumber, {"client_id": ann, "number": "+33142685300", "default": True, "confirmed": True})
    await add(importing.engine, PhoneNumber, {"client_id": ann, "number": "+33142685399"})

    outcome = await importing.run("email,first name,last name,city,phone\nANN@EXAMPLE.COM,Anna,,Lyon,+49 30 901820\n")

    assert outcome.totals == (1, 0, 1, 0, 0)
    (client,) = await importing.rows("select * from client")
    assert (client["email"], client["first_name"], client["last_name"]) == ("Ann@example.com", "Anna", "Lee")
    assert (client["city"], client["country_id"], client["phone"]) == ("Lyon", 250, "+4930901820")
    assert client["update_time"] > OLD
    assert client["create_time"] == OLD
    addresses = await importing.rows(
        "select address, city, postcode, update_time > create_time as touched from address order by address_id"
    )
    assert [tuple(row.values()) for row in addresses] == [
        *(("Bill St", "Paris", None, False), ("Old", "Lyon", "75001", True), ("New", "Paris", "75001", False))
    ]
    phones = await importing.rows('select number, "default", confirmed from phone_number order by phone_number_id')
    assert [tuple(row.values()) for row in phones] == [("+4930901820", True, False), ("+33142685399", False, False)]


async def test_an_address_and_a_phone_that_are_missing_are_added_on_a_match(importing: Importing) -> None:
    ann = await known(importing, email="ann@example.com", city="Lyon", phone="+4930901820")

    outcome = await importing.run("email,city,phone\nann@example.com,Lyon,+4930901820\n")

    assert outcome.totals == (1, 0, 1, 0, 0)
    assert await importing.rows("select client_id, city from address") == [{"client_id": ann, "city": "Lyon"}]
    assert await importing.rows('select number, "default" from phone_number') == [{"number": "+4930901820", "default": True}]


async def test_a_record_that_changes_nothing_writes_nothing(importing: Importing) -> None:
    file = "email,first name,city,phone\nann@example.com,Ann,Lyon,+4930901820\nbo@example.com,Bo,,\n"
    await importing.run(file)
    before = await importing.tables("client", "address", "phone_number")

    outcome = await importing.run(file)

    assert (outcome.status, outcome.totals) == ("success", (2, 0, 0, 2, 0))
    assert await importing.tables("client", "address", "phone_number") == before


@pytest.mark.parametrize(
    ("rules", "totals", "names"),
    [
        ({}, (2, 1, 1, 0, 0), ["Anna", "Bo"]),
        ({"on_match": "SKIP"}, (2, 1, 0, 1, 0), ["Ann", "Bo"]),
        ({"on_no_match": "SKIP"}, (2, 0, 1, 1, 0), ["Anna"]),
        ({"on_match": "SKIP", "on_no_match": "SKIP"}, (2, 0, 0, 2, 0), ["Ann"]),
    ],
)
async def test_the_rules_say_what_happens_to_known_and_new_emails(
    importing: Importing, rules: dict[str, str], totals: tuple[int, ...], names: list[str]
) -> None:
    await known(importing, email="ann@example.com", first_name="Ann")
    kinds = {"on_match": OnMatch, "on_no_match": OnNoMatch}
    given: dict[str, Any] = {name: kinds[name][member] for name, member in rules.items()}
    file = "email,first name\nann@example.com,Anna\nbo@example.com,Bo\n"

    dry = await importing.run(file, **given, dry_run=True)
    outcome = await importing.run(file, **given)

    assert (outcome.totals, dry.totals) == (totals, totals)
    assert [row["first_name"] for row in await importing.rows("select first_name from client order by client_id")] == names


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("size", [100, 3, 1])
async def test_a_repeated_email_is_a_duplicate_whatever_became_of_the_first(importing: Importing, size: int, dry_run: bool) -> None:
    await known(importing, email="same@example.com", first_name="Same")
    await known(importing, email="old@example.com", first_name="Old")
    file = (
        "email,first name,country\n"
        "new@example.com,New,\nsame@example.com,Same,\nold@example.com,Changed,\nbad@example.com,Bad,Atlantis\n"
        "NEW@example.com,Other,\nSAME@example.com,Other,\nOLD@example.com,Other,\nBAD@example.com,Other,\nnew@EXAMPLE.com,Third,Narnia\n"
    )

    outcome = await importing.run(file, size=size, dry_run=dry_run)

    assert outcome.totals == (9, 1, 1, 1, 6)
    again = [(line, "DUPLICATE_IN_FILE") for line in (6, 7, 8, 9)]
    assert outcome.errors == [(5, "UNKNOWN_COUNTRY"), *again, (10, "UNKNOWN_COUNTRY"), (10, "DUPLICATE_IN_FILE")]
    names = await importing.rows("select first_name from client order by email")
    assert [row["first_name"] for row in names] == (["Old", "Same"] if dry_run else ["New", "Changed", "Same"])
    assert await importing.rows("select * from import_seen") == []


async def test_a_dry_run_writes_nothing_and_draws_no_numbers(importing: Importing) -> None:
    outcome = await importing.run("email\nann@example.com\n", dry_run=True)

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await importing.tables("client", "address", "phone_number") == [[], [], []]
    (added,) = await importing.rows("select nextval('client_client_id_seq') as number")
    assert added["number"] == 1
    assert await importing.rows("select results, row_ids from import_log_batch") == [{"results": "a", "row_ids": [None]}]


async def test_a_record_that_the_database_refuses_is_an_error_and_the_others_are_taken(importing: Importing) -> None:
    await importing.do("alter table client add constraint ck_client_no_mallory check (first_name <> 'Mallory')")
    await importing.do("alter table address add constraint ck_address_no_void check (city <> 'Void')")
    names = ["Mallory" if number in (3, 60) else f"Client{number}" for number in range(100)]
    rows = [f"c{number}@example.com,{name},{'Void' if number == 71 else 'Berlin'}" for number, name in enumerate(names)]

    outcome = await importing.run("email,first name,city\n" + "\n".join(rows) + "\n")

    assert outcome.totals == (100, 97, 0, 0, 3)
    assert outcome.errors == [(5, "INVALID_TEXT"), (62, "INVALID_TEXT"), (73, "INVALID_TEXT")]
    assert "ck_client_no_mallory" in outcome.messages[0][1]
    assert "ck_address_no_void" in outcome.messages[2][1]
    assert await importing.rows("select count(*) as clients from client") == [{"clients": 97}]
    log = await importing.rows("select results, lines from import_log_batch order by first_record")
    assert "".join(batch["results"] for batch in log) == "".join("e" if number in (3, 60, 71) else "a" for number in range(100))
    assert [line for batch in log for line in batch["lines"]] == list(range(2, 102))


async def test_a_client_whom_the_user_may_not_see_is_unknown_and_stays_as_it_is(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(importing, email="hidden@example.com", first_name="Hidden")
    monkeypatch.setattr(importers.stage, "visible", lambda *asked: visible(*asked).where(Client.email != "hidden@example.com"))

    outcome = await importing.run("email,first name\nhidden@example.com,Found\nbo@example.com,Bo\n")

    assert (outcome.totals, outcome.errors) == ((2, 1, 0, 0, 1), [(2, "UNKNOWN_CLIENT")])
    assert await importing.rows("select first_name from client where email like 'hidden%'") == [{"first_name": "Hidden"}]


async def test_the_log_has_each_record_with_its_line_and_its_client(importing: Importing) -> None:
    ann = await known(importing, email="ann@example.com", first_name="Ann")

    await importing.run('email,first name\n\nann@example.com,"An\nna"\nbad,\nbo@example.com,Bo\n', size=2)

    (bo,) = await importing.rows("select client_id from client where email like 'bo@%'")
    log = await importing.rows("select first_record, results, lines, row_ids from import_log_batch order by 1")
    assert [tuple(batch.values()) for batch in log] == [(1, "u", [3], [ann]), (2, "ea", [5, 6], [None, bo["client_id"]])]


async def known(importing: Importing, **given: Any) -> int:
    (client_id,) = await add(importing.engine, Client, {"create_time": OLD, "update_time": OLD, **given})
    return client_id
