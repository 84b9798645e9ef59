"""Queries: compiled execution beside graphql-core's, on the same data in one run.

Usage: python -m bench.execution [--seconds 3] [--callers 16]

Both ways answer in one process with a pool of ten connections; answers are compared before anything is timed. What is printed is
requests per second of each way, the milliseconds of processor time per request in this process, and the ratio.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
from graphql import parse

from database.changes import Changes
from database.embedded import start
from database.engine import connect
from database.pool import Pool
from database.upgrade import upgrade
from demo.load import load_demo
from demo.reference import load_reference
from graph.compiled import Compiler, Planned
from graph.context import Context, Services
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from models.access import SYSTEM
from models.users import add_user

ACCOUNTS = """accounts { nodes { accountId accountNumber caption name type createTime currency { alphabeticCode minorUnit name }
    product { productId name } platform { platformId name }
    statement { availableBalance currentBalance equity margin pnl } } }"""
CLIENT = f"""clientId email firstName lastName name nickname birthday city locale phone riskLevel createTime
    country {{ countryId alpha2Code alpha3Code countryName }} type {{ clientTypeId name }} manager {{ managerId officeId email name }}
    verificationLevel {{ verificationLevelId name }} {ACCOUNTS}"""
QUERIES = {
    "Q1, page of 50 clients with accounts": f"""{{ clients(first: 50, orderBy: {{field: CREATE_TIME, direction: DESC}}) {{
        nodes {{ {CLIENT} }} }} }}""",
    "Q2, one client in depth": f"{{ client(clientId: 77) {{ {CLIENT} }} }}",
    "Q3, 100 transactions": """{ transactions(first: 100, filter: {status: {eq: DONE}}, orderBy: {field: CREATE_TIME, direction: DESC}) {
        nodes { transactionId type status createTime creditDetails { amount account { accountNumber } }
            client { clientId email } method { name } } } }""",
    "Q5, one row": "{ client(clientId: 77) { clientId email } }",
}
Ask = Callable[[], Awaitable[bytes]]


async def prepared(url: str) -> int:
    engine = connect(url)
    async with engine.begin() as connection:
        user_id = await add_user(connection, name="Bench", email="bench@example.com", password="not used by anybody")  # noqa: S106
    await engine.dispose()
    return user_id


async def measure(ask: Ask, seconds: float, callers: int) -> tuple[float, float]:
    """Requests per second, and milliseconds of processor time per request."""
    answered = 0
    end = time.perf_counter() + seconds

    async def call() -> None:
        nonlocal answered
        while time.perf_counter() < end:
            await ask()
            answered += 1

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(call() for _ in range(callers)))
    return answered / (time.perf_counter() - began), (time.process_time() - used) * 1000 / answered


async def main(url: str, seconds: float, callers: int) -> None:
    changes = Changes(url, CONFIGURATION_CHANGES)
    configuration = Configuration(url, changes)
    engine, pool = connect(url), Pool(url)
    await changes.start()
    await configuration.start()
    services = Services(engine, changes, 0, pool, configuration)
    compiler = Compiler(schema._schema)
    print(f"{'':40} {'compiled':>20} {'graphql-core':>20} {'ratio':>8}")
    for name, text in QUERIES.items():
        document = Planned(parse(text))

        async def compiled(document: Planned = document) -> bytes:
            answer = await compiler.execute(document, None, None, Context(services, SYSTEM))
            assert answer is not None
            return answer.json

        async def core(text: str = text) -> bytes:
            result = await schema.execute(text, context_value=Context(services, SYSTEM))
            return orjson.dumps({"data": result.data})

        assert await compiled() == await core(), name
        await measure(compiled, seconds / 4, callers)
        rate, cost = await measure(compiled, seconds, callers)
        other_rate, other_cost = await measure(core, seconds, callers)
        print(f"{name:40} {rate:9,.0f}/s {cost:6.2f} ms {other_rate:9,.1f}/s {other_cost:6.1f} ms {rate / other_rate:7.0f}x")
    await configuration.stop()
    await changes.stop()
    await pool.close()
    await engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--callers", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bo-bench-") as folder:
        server = start(Path(folder) / "data")
        address = server.database("bench")
        upgrade(address)
        load_reference(address)
        load_demo(address, "small", owner_id=asyncio.run(prepared(address)))
        asyncio.run(main(address, given.seconds, given.callers))
        server.close()
