"""Kept files as jobs see them: by a delimiter of the job's own, or in another encoding, which makes a copy."""

import codecs
from dataclasses import dataclass, replace

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from importers.chunks import CHUNK
from importers.copying import original
from importers.dialects import Dialect, detect
from importers.doubts import Doubt
from importers.errors import BadSetting
from importers.recoding import Recoder
from importers.uploads import shown
from models.access import Viewer, visible
from models.imports import ImportFile, ImportFileChunk


@dataclass(frozen=True)
class KeptFile:
    """A file, with the first chunk of its content; `doubt` is about an encoding that was guessed."""

    file_id: int
    name: str
    size: int
    stored_size: int
    sha256: str
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
        *(file.name, file.size, file.stored_size, file.sha256, file.encoding, file.delimiter, ImportFileChunk.content),
        *(file.encoding_guessed, file.doubtful_line, file.doubtful_cell),
    )
    chunk = (ImportFileChunk.import_file_id == file.import_file_id) & (ImportFileChunk.number == 0)
    found = visible(file, viewer, file.import_file_id, *columns).join(ImportFileChunk, chunk).where(file.import_file_id == file_id)
    row = (await connection.execute(found)).first()
    if row is None:
        return None
    *known, line, cell = row
    return replace(KeptFile(*known), doubt=None if line is None else Doubt(line, cell))


async def recoded_copy(connection: AsyncConnection, viewer: Viewer, file: KeptFile, encoding: str) -> KeptFile:
    """The file as it reads in another encoding, its beginning at least; itself when that is the one it was read in, and no guess."""
    if _canonical(encoding) == _canonical(file.encoding) and not file.guessed:
        return file
    if file.encoding.startswith("utf-"):
        raise BadSetting(f"The file is {file.encoding}, as its content shows; leave the encoding out.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    content = original(file.beginning, decoder, file.encoding)
    complete = len(file.beginning) == file.stored_size
    dialect = detect(content, complete=complete, delimiter=file.delimiter, encoding=encoding)
    recoder = Recoder(Dialect(dialect.given or dialect.encoding, file.delimiter))
    beginning = recoder.feed(content)
    if complete:
        beginning += recoder.finish()
    whole = complete and len(beginning) <= CHUNK
    beginning = beginning[:CHUNK]
    columns, rows = shown(beginning, file.delimiter, complete=whole)
    values = {
        "name": file.name,
        "user_id": viewer.user_id,
        "size": file.size,
        "sha256": file.sha256,
        "encoding": recoder.dialect.encoding,
        "delimiter": file.delimiter,
        "columns": columns,
        "head": rows,
        "stored_size": len(beginning) if whole else file.stored_size,
        "recoded_from": None if whole else file.file_id,
    }
    file_id = (await connection.execute(insert(ImportFile).values(values).returning(ImportFile.import_file_id))).scalar_one()
    await connection.execute(insert(ImportFileChunk).values(import_file_id=file_id, number=0, content=beginning))
    copy = await kept_file(connection, viewer, file_id)
    assert copy is not None  # noqa: S101 - it has just been stored
    return copy


def _canonical(encoding: str) -> str:
    try:
        return codecs.lookup(encoding.strip()).name
    except (LookupError, ValueError):
        return encoding
