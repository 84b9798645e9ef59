"""Copies of files in another encoding: promised with their beginning when a job is created, made by the worker that reads them.

A gigabyte takes longer to recode than any request may take. It is done chunk by chunk, by short statements in one transaction, so that
a copy is there as a whole or not at all.
"""

import asyncio
import codecs
from collections.abc import AsyncIterator

from importers.chunks import CHUNK
from importers.connections import Connection
from importers.dialects import Dialect
from importers.recoding import Recoder

PROMISED = """
    select copy.encoding, copy.delimiter, copy.recoded_from, source.encoding as guess
    from import_file as copy join import_file as source on source.import_file_id = copy.recoded_from
    where copy.import_file_id = $1
    for no key update of copy"""

STORE = "insert into import_file_chunk (import_file_id, number, content) values ($1, $2, $3)"
KEPT = "update import_file set recoded_from = null, stored_size = $2 where import_file_id = $1"
MEASURED = "update import_run set size = $2 where import_run_id = $1"


class Stopped(Exception):
    """The worker has to go before the copy is whole."""


async def make_copy(connection: Connection, run_id: int, file_id: int, stop: asyncio.Event) -> None:
    """Makes the copy that a file was promised to be, if it is one that nobody has made yet."""
    async with connection.transaction():
        promised = await connection.fetchrow(PROMISED, file_id)
        if promised is None:
            return
        await connection.execute("delete from import_file_chunk where import_file_id = $1", file_id)
        recoder = Recoder(Dialect(promised["encoding"], promised["delimiter"]))
        stored = 0
        async for chunk in _recoded(connection, promised["recoded_from"], promised["guess"], recoder):
            if stop.is_set():
                raise Stopped
            await connection.execute(STORE, file_id, stored // CHUNK, chunk)
            stored += len(chunk)
        await connection.execute(KEPT, file_id, stored)
        await connection.execute(MEASURED, run_id, stored)


async def _recoded(connection: Connection, file_id: int, guess: str, recoder: Recoder) -> AsyncIterator[bytes]:
    """The file in the encoding of the recoder, in chunks of the size in which it is kept."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    held = bytearray()
    number = 0
    while True:
        kept = "select content from import_file_chunk where import_file_id = $1 and number = $2"
        content = await connection.fetchval(kept, file_id, number)
        if content is None:
            break
        held += recoder.feed(original(content, decoder, guess))
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
        number += 1
    held += recoder.finish()
    if held:
        yield bytes(held)


def original(content: bytes, decoder: codecs.IncrementalDecoder, guess: str) -> bytes:
    """The bytes that were uploaded, as only an encoding that is not Unicode is ever mistaken for another."""
    return decoder.decode(content).encode(guess)
