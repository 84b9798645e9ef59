"""What cells are read as: columns of tidy text become columns of values, with a fault in the place of each that cannot be read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Protocol, cast

from importers.countries import country_key
from importers.dates import ISO, DateFormat, birth_date
from importers.emails import email
from importers.faults import Code, Fault, shown
from importers.figures import integer
from importers.known import Known
from importers.phones import phone, plain
from importers.remarks import LOOKS_BLANK
from importers.spreadsheets import holds_shortened, shortened_number

Values = list[object]  # None for a blank cell, a Fault for one that cannot be read, Warned for a value that is to be looked at
Beside = Mapping[str, Values]  # by field: columns of the same records that are read already
ColumnReader = Callable[[list[str], Beside], Values]


@dataclass(frozen=True, slots=True)
class Terms:
    """What cells are read by: the day, the job's date format, and ids by the keys of names."""

    today: date
    dates: DateFormat = ISO
    countries: Mapping[str, int] = field(default_factory=dict)  # by `country_key`
    regions: Mapping[int, str] = field(default_factory=dict)  # alpha-2 codes by id of the country
    verification_levels: Mapping[str, int] = field(default_factory=dict)  # by `name_key`
    blanks: frozenset[str] = frozenset()  # texts that the job says mean nothing


class Kind(Protocol):
    """A way to read a column; `beside` names the fields that must have been read before."""

    @property
    def beside(self) -> tuple[str, ...]: ...

    def reader(self, terms: Terms) -> ColumnReader:
        """A function that reads columns, with a memory of its own."""


@dataclass(frozen=True)
class Text:
    """Text of limited length."""

    limit: int
    beside: ClassVar[tuple[str, ...]] = ()

    def reader(self, terms: Terms) -> ColumnReader:
        def read(cells: list[str], _: Beside) -> Values:
            if max(map(len, cells), default=0) <= self.limit:
                return [cell or None for cell in cells]
            return [self._limited(cell) or None for cell in cells]

        return read

    def _limited(self, cell: str) -> str | Fault:
        if len(cell) <= self.limit:
            return cell
        return Fault(Code.VALUE_TOO_LONG, f"{shown(cell)} has {len(cell):,} characters; shorten it to {self.limit}.")


@dataclass(frozen=True)
class Digits(Text):
    """Text that is digits as a rule, all of which count: the number of an account, a postal code."""

    def reader(self, terms: Terms) -> ColumnReader:
        text = super().reader(terms)

        def read(cells: list[str], beside: Beside) -> Values:
            values = text(cells, beside)
            return (
                [shortened_number(cell) or value for cell, value in zip(cells, values, strict=True)] if holds_shortened(cells) else values
            )

        return read


@dataclass(frozen=True)
class CurrencyCode(Text):
    """A code such as EUR, in any case."""

    def reader(self, terms: Terms) -> ColumnReader:
        return _remembering(lambda text: self._limited(text.upper()))


class Email:
    """An e-mail address."""

    beside: ClassVar[tuple[str, ...]] = ()

    def reader(self, terms: Terms) -> ColumnReader:
        return lambda cells, _: [email(cell) if cell else None for cell in cells]


class Integer:
    """A whole number of 32 bits."""

    beside: ClassVar[tuple[str, ...]] = ()

    def reader(self, terms: Terms) -> ColumnReader:
        return _remembering(integer)


class BirthDate:
    """A date of birth."""

    beside: ClassVar[tuple[str, ...]] = ()

    def reader(self, terms: Terms) -> ColumnReader:
        return _remembering(lambda text: birth_date(text, terms.dates, terms.today))


class Country:
    """The id of a country, from a code or its English name."""

    beside: ClassVar[tuple[str, ...]] = ()

    def reader(self, terms: Terms) -> ColumnReader:
        def read(text: str) -> int | Fault:
            fault = Fault(Code.UNKNOWN_COUNTRY, f"No country is called {shown(text)}; use a two-letter code, as in 'DE'.")
            # `n.a.` would be the code of Namibia.
            return fault if text in LOOKS_BLANK else terms.countries.get(country_key(text), fault)

        return _remembering(read)


class VerificationLevel:
    """The id of a verification level, from its name or id."""

    beside: ClassVar[tuple[str, ...]] = ()

    def reader(self, terms: Terms) -> ColumnReader:
        def read(text: str) -> int | Fault:
            message = f"No verification level is called {shown(text)}; use the name or the id of one that exists."
            return terms.verification_levels.get(name_key(text), Fault(Code.UNKNOWN_VERIFICATION_LEVEL, message))

        return _remembering(read)


@dataclass(frozen=True)
class Phone:
    """A phone number in E.164; one without calling code is of the country that another field of the record names."""

    country: str

    @property
    def beside(self) -> tuple[str, ...]:
        return (self.country,)

    def reader(self, terms: Terms) -> ColumnReader:
        region = cast("Mapping[object, str]", terms.regions).get  # asked for blank countries and faults, too

        def ask(key: tuple[str, object]) -> object:
            text, country = key
            if not text or (isinstance(country, Fault) and not text.startswith("+")):
                return None  # what a country that is not known makes of a number is not the number's fault
            return phone(text, region(country))

        known: Known[tuple[str, object], object] = Known(ask)

        def read(cells: list[str], beside: Beside) -> Values:
            countries = beside.get(self.country) or [None] * len(cells)
            # Plain numbers are many and seldom repeat: to remember them costs more than to read them.
            return [plain(cell, region(country)) or known[cell, country] for cell, country in zip(cells, countries, strict=True)]

        return read


def name_key(text: str) -> str:
    """What is equal for spellings of one name: `Level 1`, `level  1`."""
    return " ".join(text.casefold().split())


def name_keys(names: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Ids by the keys of ids and names; a name goes before an id of the same digits."""
    pairs = list(names)
    return {str(number): number for number, _ in pairs} | {name_key(name): number for number, name in pairs}


def _remembering(read: Callable[[str], object]) -> ColumnReader:
    """A reader for columns whose cells repeat."""
    known: Known[str, object] = Known(lambda text: read(text) if text else None)
    return lambda cells, _: list(map(known.__getitem__, cells))
