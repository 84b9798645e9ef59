"""Physical lines of a kept file, in blocks, with the file position behind each block."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from importers.errors import Unreadable
from importers.texts import has_control, is_plain

BLOCK = 98_304  # bytes: few enough for the processor's cache, and for no cell within a block to be over the limit
CELL_LIMIT = 131_072  # characters of one cell
LINE_LIMIT = 2_097_152  # characters; of a longer line only the beginning is kept

_HELD = 4 * LINE_LIMIT  # bytes that a line within the limit cannot exceed
_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each with its line end."""

    lines: list[str]
    end: int
    plain: bool  # trimming is all that its cells need
    control: bool  # it holds control characters


def blocks(chunks: Iterable[bytes], start: int) -> Iterator[Block]:
    """The lines of UTF-8 chunks that begin at a file position, which is the start of a line."""
    rest, searched, position = b"", 0, start
    pieces = _pieces(chunks)
    for piece in pieces:
        content = rest + piece
        cut = _cut(content, searched)
        if cut:
            position += cut
            yield _block(content[:cut], position)
        rest = content[cut:]
        searched = len(rest)
        if searched > _HELD:
            beginning = rest[:_HELD]
            rest, skipped = _skip_line(pieces, rest)
            searched = 0
            position += skipped
            yield Block([beginning.decode(errors="ignore")[: LINE_LIMIT + 1]], position, plain=False, control=True)
    if rest:
        yield _block(rest, position + len(rest))


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), BLOCK):
            yield chunk[start : start + BLOCK]


def _cut(content: bytes, searched: int) -> int:
    """The position behind the last line end; a CR at the very end may be half of one."""
    cut = content.rfind(b"\n", searched) + 1
    return cut or content.rfind(b"\r", max(searched - 1, 0), len(content) - 1) + 1


def _skip_line(pieces: Iterator[bytes], rest: bytes) -> tuple[bytes, int]:
    """Reads on to the end of the line: what follows it, and the length of the line."""
    length = 0
    while not (found := _LINE_END.search(rest)):
        # A CR is kept, as the LF that belongs to it may come next.
        kept = rest[-1:] if rest.endswith(b"\r") else b""
        length += len(rest) - len(kept)
        piece = next(pieces, None)
        if piece is None:
            return b"", length + len(kept)
        rest = kept + piece
    return rest[found.end() :], length + found.end()


def _block(content: bytes, end: int) -> Block:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        position = end - len(content) + error.start
        raise Unreadable(f"The byte 0x{content[error.start]:02X} at position {position:,} is not UTF-8; upload the file again.") from error
    lines = text.splitlines(keepends=True)
    # `str.splitlines` knows more line ends than CSV does, and each LF ends a line: equal counts mean that no other was met.
    if len(lines) != content.count(b"\n") + (not content.endswith(b"\n")):
        lines = list(io.StringIO(text, newline=""))
    return Block(lines, end, plain=is_plain(content, text), control=has_control(content))
