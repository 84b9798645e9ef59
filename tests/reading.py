"""Reads files as an import does, for tests of its parts."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from importers.columns import Field, resolve_mapping
from importers.conversion import Conversion
from importers.countries import CountryNames, country_ids
from importers.dialects import Dialect, detect
from importers.recoding import Recoder, recode
from importers.records import Shape
from importers.rows import Batch, read, read_header
from importers.stretches import Position
from importers.values import Terms, Values, name_keys

IMPORTS = Path(__file__).parent / "data" / "imports"
START = Position()
COUNTRIES = [
    (1, "DE", "DEU", "276", "Germany"),
    (2, "FR", "FRA", "250", "France"),
    (3, "CY", "CYP", "196", "Cyprus"),
    (4, "JP", "JPN", "392", "Japan"),
    (5, "BR", "BRA", "076", "Brazil"),
    (6, "GB", "GBR", "826", "United Kingdom"),
    (7, "PL", "POL", "616", "Poland"),
    (8, "ES", "ESP", "724", "Spain"),
    (9, "AF", "AFG", "004", "Afghanistan"),
    (10, "TR", "TUR", "792", "Türkiye"),
]
TERMS = Terms(
    today=date(2026, 11, 20),
    countries=country_ids({number: CountryNames(*names) for number, *names in COUNTRIES}),
    regions={number: alpha2 for number, alpha2, *_ in COUNTRIES},
    verification_levels=name_keys([(1, "Level 0"), (2, "Level 1"), (3, "Level 2")]),
)


class Record(NamedTuple):
    """A record of a batch, without regard to where batches end."""

    line: int
    row: int
    cells: list[str]
    faults: list[tuple[str, str | None]]


def chunks(content: bytes, size: int = 65_536) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def kept(content: bytes, *, delimiter: str | None = None, encoding: str | None = None) -> tuple[bytes, Dialect]:
    """A file as it is kept after upload, and the dialect that its record states."""
    recoder = Recoder(detect(content[:65_536], complete=len(content) <= 65_536, delimiter=delimiter, encoding=encoding))
    return b"".join(recode(chunks(content, 1_000), recoder)), recoder.dialect


def batches(content: bytes, columns: Sequence[str], *, start: Position = START, chunk: int = 65_536, size: int = 5_000) -> list[Batch]:
    shape = Shape(",", len(columns), stands)
    return list(read(chunks(content[start.offset :], chunk), columns, shape, start=start, size=size))


def stands(cells: Sequence[str]) -> bool:
    """Records of these tests stand alone when they begin with anything but an `x`."""
    return not cells[0].lstrip().startswith("x")


def records(found: list[Batch]) -> list[Record]:
    """All records of batches in file order."""
    whole = [
        Record(line, row, cells, [(fault.code, fault.column) for fault in batch.faults.get(index, [])])
        for batch in found
        for index, (line, row, cells) in enumerate(zip(batch.lines, batch.rows, batch.cells, strict=True))
    ]
    broken = [Record(each.line, each.row, each.cells, [(each.fault.code, None)]) for batch in found for each in batch.rejected]
    return sorted(whole + broken)


def converted(content: bytes, fields: Sequence[Field], terms: Terms = TERMS) -> tuple[dict[str, Values], list[tuple[int, str]]]:
    """The values of a file's records by field, and its faults as line and code."""
    text, dialect = kept(content)
    header = read_header(chunks(text), dialect.delimiter)
    conversion = Conversion(header.columns, fields, resolve_mapping(header.columns, fields), terms)
    values: dict[str, Values] = {}
    faults: list[tuple[int, str]] = []
    for batch in read(
        chunks(text[header.end.offset :]), header.columns, Shape(dialect.delimiter, len(header.columns)), start=header.end, size=7
    ):
        answer = conversion.values(batch)
        for name, column in answer.values.items():
            values.setdefault(name, []).extend(column)
        faults += [(batch.lines[index], fault.code) for index, found in answer.faults.items() for fault in found]
        faults += [(rejected.line, rejected.fault.code) for rejected in batch.rejected]
    return values, sorted(faults)
