"""For whom a run is worked on: with the rights that its user has at each batch, not those of the time when it was queued."""

import asyncio

import pytest

from importers.execution import HandedBack, go_on, run_to_end
from importers.jobs import start_run
from models import sessions
from models.access import ADMINISTRATOR
from models.staff import User
from tests.importing import Importing
from tests.make import add

DEACTIVATE = 'update "user" set active = false'


@pytest.mark.parametrize("waits", [True, False], ids=["before it has begun", "in its middle"])
async def test_a_run_ends_with_the_rights_of_its_user(importing: Importing, waits: bool) -> None:
    run_id = await importing.queue("email\n" + "".join(f"c{number}@example.com\n" for number in range(3_000)))

    if waits:
        await importing.do(DEACTIVATE)
        await run_to_end(importing.url, run_id)
    else:
        running = asyncio.create_task(run_to_end(importing.url, run_id, size=10))
        await importing.has_read(run_id, 100)
        await importing.do(DEACTIVATE)
        at_once = await importing.outcome(run_id)
        await running
        assert (await importing.outcome(run_id)).totals[0] - at_once.totals[0] in {0, 10}  # the batch that had begun

    outcome = await importing.outcome(run_id)
    assert outcome.status == "failed"
    assert outcome.failure == (
        "ann@broker.example, who created the job, is not active any more; somebody who may import must create it anew."
    )
    assert (outcome.totals[0] == 0) is waits
    assert outcome.totals[0] < 3_000
    assert await importing.rows("select count(*) as clients from client") == [{"clients": outcome.totals[1]}]
    assert await importing.rows("select end_time >= start_time as ended from import_run") == [{"ended": True}]


async def test_a_run_ends_when_its_user_may_not_import_any_more(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await importing.queue("email\nann@example.com\nbo@example.com\n")
    stop = asyncio.Event()
    stop.set()
    with pytest.raises(HandedBack):
        await go_on(importing.url, run_id, stop, size=1)

    monkeypatch.setattr(sessions, "ADMINISTRATOR", ADMINISTRATOR - {"clients.import"})
    await run_to_end(importing.url, run_id, size=1)

    outcome = await importing.outcome(run_id)
    assert (outcome.status, outcome.totals) == ("failed", (1, 1, 0, 0, 0))
    assert outcome.failure == (
        "ann@broker.example, who created the job, lacks the permission clients.import by now; somebody who has it must create it anew."
    )


async def test_a_run_acts_for_who_created_its_job_whoever_starts_it(importing: Importing) -> None:
    (bo,) = await add(importing.engine, User, {"name": "Bo Ek", "email": "bo@broker.example", "password_hash": ""})
    first = await importing.run("email\nann@example.com\n")
    (job,) = await importing.rows("select import_job_id from import_run")
    await importing.do(f"{DEACTIVATE} where user_id <> {bo}")

    run_id = await start_run(importing.engine, sessions.acting_as(bo), job["import_job_id"])
    await run_to_end(importing.url, run_id)

    outcome = await importing.outcome(run_id)
    assert (first.status, outcome.status) == ("success", "failed")
    assert str(outcome.failure).startswith("ann@broker.example, who created the job, is not active any more")
