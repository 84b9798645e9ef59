"""The content of a kept file, a megabyte at a time."""

from collections.abc import Iterator

import psycopg

CHUNK = 1_048_576  # bytes of each chunk but the last


def chunks_from(connection: psycopg.Connection, file_id: int, offset: int = 0) -> Iterator[bytes]:
    """The bytes of a file from an offset on."""
    number, skip = divmod(offset, CHUNK)
    while True:
        row = connection.execute(
            "select content from import_file_chunk where import_file_id = %s and number = %s", (file_id, number), binary=True
        ).fetchone()
        if row is None:
            return
        content: bytes = row[0]
        yield content[skip:] if skip else content
        number, skip = number + 1, 0
