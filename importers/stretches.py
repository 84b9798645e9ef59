"""Records of consecutive lines, and where each of them stands in the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from importers.lines import CELL_LIMIT, Block, blocks
from importers.records import PIECES, Parsed, Shape, parse
from importers.texts import without_mark


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record starts: byte of the kept file, physical line, and row as a spreadsheet counts them, blank ones too."""

    offset: int = 0
    line: int = 1
    row: int = 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records read in one go; `suspect` says that a cell may hold control characters or be over the limit."""

    start: Position
    block: Block
    parsed: Parsed
    suspect: bool

    def line_of(self, index: int) -> int:
        """The line at which a record starts."""
        return self.start.line + (self.parsed.ends[index - 1] if index else 0)

    def after(self, index: int) -> Position:
        """Where reading goes on behind a record."""
        used = self.parsed.ends[index]
        lines = self.block.lines
        # Of an overlong line only a part is kept, but it is always the last of its block.
        offset = self.block.end if used == len(lines) else self.start.offset + _size(lines[:used])
        return Position(offset, self.start.line + used, self.start.row + index + 1)


def stretches(chunks: Iterable[bytes], shape: Shape, start: Position) -> Iterator[Stretch]:
    """The records of UTF-8 chunks that begin at a position."""
    held: Block | None = None  # lines of a record that goes on
    enough = 0
    for new in blocks(chunks, start.offset):
        block = _joined(held, new) if held else new
        # A long record that goes on and on is looked at again when it has doubled, not with every block.
        if block.end - start.offset < enough:
            held = block
            continue
        stretch = _stretch(block, shape, start, wary=held is not None, final=False)
        _hold_back(stretch.parsed, shape)
        held = None
        used = stretch.parsed.used
        if used:
            yield stretch
            start = stretch.after(len(stretch.parsed.ends) - 1)
        if used < len(block.lines):
            held = replace(block, lines=block.lines[used:])
        enough = 2 * (block.end - start.offset)
    if held:
        yield _stretch(held, shape, start, wary=True, final=True)


def _hold_back(parsed: Parsed, shape: Shape) -> None:
    """Leaves the last records to the next stretch where only what follows can tell whether they are parts of one."""
    for _ in range(PIECES):
        if not parsed.cells or not shape.is_piece(parsed.cells[-1]):
            return
        parsed.faults.pop(len(parsed.cells) - 1, None)
        parsed.ends.pop()
        if not shape.continues(parsed.cells.pop()):
            return


def _joined(first: Block, second: Block) -> Block:
    return Block(first.lines + second.lines, second.end, plain=first.plain and second.plain, control=first.control or second.control)


def _stretch(block: Block, shape: Shape, start: Position, *, wary: bool, final: bool) -> Stretch:
    long = block.end - start.offset > CELL_LIMIT
    lines = block.lines if block.plain else [without_mark(line) for line in block.lines]
    parsed = parse(lines, shape, wary=len(lines) if long else int(wary), final=final)
    return Stretch(start, block, parsed, suspect=block.control or long)


def _size(lines: list[str]) -> int:
    return len("".join(lines).encode())
