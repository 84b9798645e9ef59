"""A process that holds the configuration: tells on its output what it sees of the tags, and adds those named on its input.

`python -m tests.configuration_holder URL` prints `{"tags": [...]}` whenever they differ from what it said last, and
`{"added": "vip", "tags": [...]}` as the answer to a line `vip`.
"""

import asyncio
import json
import sys

from sqlalchemy import insert

from database.changes import Changes
from database.engine import connect
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from models import Tag


def tags(configuration: Configuration) -> list[str] | None:
    rows = configuration.table(Tag)
    return None if rows is None else sorted(row["name"] for row in rows.values())


async def hold(url: str) -> None:
    changes = Changes(url, CONFIGURATION_CHANGES)
    configuration = Configuration(url, changes)
    engine = connect(url)
    reading = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
    await changes.start()
    await configuration.start()
    said = None
    while True:
        await asyncio.wait([reading], timeout=0.01)
        if reading.done():
            name = reading.result().strip()
            if not name:  # the input was closed
                break
            async with engine.begin() as connection:
                await connection.execute(insert(Tag).values(name=name))
            await configuration.refresh(Tag)
            said = tags(configuration)
            print(json.dumps({"added": name, "tags": said}), flush=True)
            reading = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        elif tags(configuration) != said:
            said = tags(configuration)
            print(json.dumps({"tags": said}), flush=True)
    await configuration.stop()
    await changes.stop()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1]))
