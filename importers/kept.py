"""Kept files as jobs see them: by a delimiter of the job's own, or in another encoding, which makes a copy."""

import codecs
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from importers.doubts import Doubt
from importers.errors import BadSetting
from importers.uploads import Expected, begin, store
from models.access import Viewer, visible
from models.imports import ImportFile, ImportFileChunk


@dataclass(frozen=True)
class KeptFile:
    """A file, with the first chunk of its content; `doubt` is about an encoding that was guessed."""

    file_id: int
    name: str
    size: int
    stored_size: int
    encoding: str
    delimiter: str
    beginning: bytes
    guessed: bool = False
    doubt: Doubt | None = None

    @property
    def kind(self) -> str:
        """CSV or TSV, by what is in the file or by its name."""
        return "TSV" if self.delimiter == "\t" or self.name.lower().endswith((".tsv", ".tab")) else "CSV"

    def read_by(self, delimiter: str | None) -> "KeptFile":
        return replace(self, delimiter=delimiter or self.delimiter)


async def kept_file(connection: AsyncConnection, viewer: Viewer, file_id: int) -> KeptFile | None:
    """The file of a number, if the viewer may see it."""
    file = ImportFile
    columns = (
        *(file.name, file.size, file.stored_size, file.encoding, file.delimiter, ImportFileChunk.content),
        *(file.encoding_guessed, file.doubtful_line, file.doubtful_cell),
    )
    chunk = (ImportFileChunk.import_file_id == file.import_file_id) & (ImportFileChunk.number == 0)
    found = visible(file, viewer, file.import_file_id, *columns).join(ImportFileChunk, chunk).where(file.import_file_id == file_id)
    row = (await connection.execute(found)).first()
    if row is None:
        return None
    *known, line, cell = row
    return KeptFile(*known, doubt=None if line is None else Doubt(line, cell))


async def recoded_copy(connection: AsyncConnection, viewer: Viewer, file: KeptFile, encoding: str) -> KeptFile:
    """The file as it reads in another encoding; itself when that is the one it was read in, and no guess."""
    if _canonical(encoding) == _canonical(file.encoding) and not file.guessed:
        return file
    if file.encoding.startswith("utf-"):
        raise BadSetting(f"The file is {file.encoding}, as its content shows; leave the encoding out.")
    upload = await begin(_original(connection, viewer, file), Expected(limit=file.size, delimiter=file.delimiter, encoding=encoding))
    file_id = await store(connection, upload, {"name": file.name, "user_id": viewer.user_id})
    copy = await kept_file(connection, viewer, file_id)
    assert copy is not None  # noqa: S101 - it has just been stored
    return copy


async def _original(connection: AsyncConnection, viewer: Viewer, file: KeptFile) -> AsyncIterator[bytes]:
    """The bytes that were uploaded, as only an encoding that is not Unicode is ever mistaken for another."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    number = 0
    while True:
        content = visible(ImportFileChunk, viewer, ImportFileChunk.content).where(
            ImportFileChunk.import_file_id == file.file_id, ImportFileChunk.number == number
        )
        chunk = (await connection.execute(content)).scalar()
        if chunk is None:
            return
        yield decoder.decode(chunk).encode(file.encoding)
        number += 1


def _canonical(encoding: str) -> str:
    try:
        return codecs.lookup(encoding.strip()).name
    except (LookupError, ValueError):
        return encoding
