"""Uploads: bytes become a kept file, which is UTF-8 in chunks of a megabyte, or nothing at all."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from importers.actions import ACTIONS
from importers.chunks import CHUNK
from importers.dialects import DELIMITERS, HEAD, detect
from importers.doubts import Doubt, first_doubt, lines_in
from importers.errors import BadSetting, Unreadable
from importers.headers import Vocabulary, vocabulary
from importers.recoding import Recoder
from importers.records import Shape
from importers.rows import Batch, find_header, read
from models.access import Viewer
from models.errors import Invalid
from models.imports import ImportFile, ImportFileChunk

TAIL = 256  # bytes at the end of a file, within which a mark of the end stands
SHOWN_ROWS, SHOWN_CELL = 50, 1_000  # rows, and characters of a cell, that are kept beside a file to be shown


@dataclass(frozen=True)
class Expected:
    """What the uploader says of a file, and how large it may be."""

    limit: int
    delimiter: str | None = None
    encoding: str | None = None


async def receive(engine: AsyncEngine, viewer: Viewer, name: str, content: AsyncIterator[bytes], expected: Expected) -> int:
    """Keeps a file; answers its number. Raises Invalid for one that is too large, or no text with a header."""
    viewer.require("imports.create")
    try:
        upload = await begin(content, expected)
        async with engine.begin() as connection:
            return await store(connection, upload, {"name": _plain_name(name), "user_id": viewer.user_id})
    except BadSetting as problem:
        wrong = "delimiter" if expected.delimiter is not None and expected.delimiter not in DELIMITERS else "encoding"
        raise Invalid(str(problem), field=("input", wrong)) from problem
    except Unreadable as problem:
        raise Invalid(str(problem), field=("input", "file")) from problem


@dataclass
class Upload:
    """A file on its way: its beginning is here, the rest still comes."""

    beginning: bytes
    rest: AsyncIterator[bytes]
    recoder: Recoder
    limit: int
    size: int = 0
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file as UTF-8, in chunks of the size in which it is kept."""
        held = bytearray(self._take(self.beginning))
        async for content in self.rest:
            held += self._take(content)
            while len(held) >= CHUNK + TAIL:
                yield bytes(held[:CHUNK])
                del held[:CHUNK]
        held += self.recoder.finish()
        _drop_end_mark(held)
        for start in range(0, len(held), CHUNK):
            yield bytes(held[start : start + CHUNK])

    def _take(self, content: bytes) -> bytes:
        self.size += len(content)
        if self.size > self.limit:
            raise Unreadable(f"The file is larger than {self.limit:,} bytes, which is the limit; split it, or have the limit raised.")
        self.sha256.update(content)
        return self.recoder.feed(content)


async def begin(content: AsyncIterator[bytes], expected: Expected) -> Upload:
    """Reads as much as it takes to tell the dialect."""
    beginning = bytearray()
    complete = True
    async for part in content:
        beginning += part
        if len(beginning) > HEAD:
            complete = False
            break
    dialect = detect(
        bytes(beginning), complete=complete, delimiter=expected.delimiter, encoding=expected.encoding, vocabularies=vocabularies()
    )
    return Upload(bytes(beginning), content, Recoder(dialect), expected.limit)


async def store(connection: AsyncConnection, upload: Upload, known: dict[str, object]) -> int:
    """Stores the chunks behind a row that gets its figures when the last one has come."""
    blank = {"size": 0, "stored_size": 0, "sha256": "", "encoding": "", "delimiter": "", "columns": [], "head": []}
    file_id: int = (await connection.execute(insert(ImportFile).values(blank | known).returning(ImportFile.import_file_id))).scalar_one()
    first, stored, number, lines = b"", 0, 0, 0
    doubt: Doubt | None = None
    async for chunk in upload.chunks():
        first = first or chunk
        if upload.recoder.dialect.guessed and doubt is None and (found := first_doubt(chunk, upload.recoder.dialect.delimiter)):
            doubt = replace(found, line=lines + found.line)
        lines += lines_in(chunk)
        await connection.execute(insert(ImportFileChunk).values(import_file_id=file_id, number=number, content=chunk))
        stored, number = stored + len(chunk), number + 1
    dialect = upload.recoder.dialect
    columns, rows = shown(first, dialect.delimiter, complete=stored == len(first))
    figures = {
        "size": upload.size,
        "stored_size": stored,
        "sha256": upload.sha256.hexdigest(),
        "encoding": dialect.encoding,
        "encoding_guessed": dialect.guessed,
        "doubtful_line": doubt.line if doubt else None,
        "doubtful_cell": doubt.cell if doubt else None,
        "delimiter": dialect.delimiter,
        "columns": columns,
        "head": rows,
    }
    await connection.execute(update(ImportFile).where(ImportFile.import_file_id == file_id).values(figures))
    return file_id


def _drop_end_mark(content: bytearray) -> None:
    """Drops Ctrl-Z, by which programs of old mark the end of a file, with the line ends around it left alone."""
    end = content.rstrip(b"\x1a\r\n")
    content[len(end) :] = content[len(end) :].replace(b"\x1a", b"")


def shown(first: bytes, delimiter: str, *, complete: bool) -> tuple[list[str], list[list[str]]]:
    """The header and the first rows of a file by its first chunk."""
    header = find_header(first, delimiter, vocabularies())
    content = iter([first[header.end.offset :]])
    batch = next(read(content, header.columns, Shape(delimiter, len(header.columns)), start=header.end, size=SHOWN_ROWS), Batch(header.end))
    rows = dict(zip(batch.rows, batch.cells, strict=True)) | {record.row: record.cells for record in batch.rejected}
    if not complete and batch.end.offset == len(first):
        rows.pop(max(rows, default=0), None)  # it may be cut off
    return header.columns, [[cell[:SHOWN_CELL] for cell in rows[row]] for row in sorted(rows)]


def vocabularies() -> list[Vocabulary]:
    """The names that columns may have in a file of which nobody has said yet what it is imported as."""
    return [vocabulary(action.fields) for action in ACTIONS.values()]


def _plain_name(name: str) -> str:
    """A file's name without folders, as browsers and programs send them, and without what cannot be shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable()).strip()[:255] or "unnamed"
