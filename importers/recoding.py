"""Any encoding to UTF-8 without a byte order mark, chunk by chunk, at upload."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import replace

from importers.dialects import Dialect, misfit, narrow_encoding
from importers.errors import Unreadable

_ENOUGH = 65_536  # bytes from the first that is not ASCII, by which an unsettled encoding is settled


class Recoder:
    """Recodes a file; `dialect` is settled once `finish` has been called."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._skip = len(dialect.mark)
        self._held = b""
        self._position = 0
        self._start()

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes as UTF-8; characters that are cut off, or cannot be told yet, come later."""
        if self._skip:
            skipped = min(self._skip, len(chunk))
            self._skip -= skipped
            self._position += skipped
            chunk = chunk[skipped:]
        if self.dialect.settled:
            return self._recoded(chunk, final=False)
        if not self._held and chunk.isascii():
            self._position += len(chunk)
            return chunk
        self._held += chunk
        if len(self._held) < _ENOUGH:
            return b""
        return self._settle(complete=False)

    def finish(self) -> bytes:
        """What is left; refuses a character that is cut off."""
        if not self.dialect.settled:
            return self._settle(complete=True) + self._recoded(b"", final=True)
        return self._recoded(b"", final=True)

    def _settle(self, *, complete: bool) -> bytes:
        encoding, guessed = narrow_encoding(self._held, self.dialect.given, complete=complete)
        self.dialect = replace(self.dialect, encoding=encoding, guessed=guessed, settled=True)
        held, self._held = self._held, b""
        self._start()
        return self._recoded(held, final=False)

    def _start(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self.dialect.encoding)("strict")

    def _recoded(self, chunk: bytes, *, final: bool) -> bytes:
        waiting = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            position = self._position - waiting + error.start
            raise Unreadable(misfit(error.object[error.start], position, self.dialect.encoding)) from error
        self._position += len(chunk)
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise Unreadable(f"The file holds half a character (U+{ord(text[error.start]):04X}); save it as UTF-8.") from error


def recode(chunks: Iterable[bytes], recoder: Recoder) -> Iterator[bytes]:
    """The chunks of a file as UTF-8."""
    for chunk in chunks:
        if recoded := recoder.feed(chunk):
            yield recoded
    if recoded := recoder.finish():
        yield recoded
