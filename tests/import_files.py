"""Files for imports with known faults, and what a right import of them reports; for an empty database with the reference data."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

HEADER = [
    "Email",
    "Last name",
    "First name",
    "Date of birth",
    "Country",
    "Phone number",
    "Address",
    "City",
    "Postal code",
    "Verification level",
]
PLACES = [("Berlin", ["DE", "DEU", "276", "Germany"], "+49 30 901820"), ("Tokyo", ["JP", "JPN", "392", "Japan"], "+81 3 3211 4567")]
PRODUCTS = {1: ["USD", "EUR"], 2: ["USD", "EUR", "BTC"], 3: ["USD"], 4: ["USD"]}


@dataclass
class Sheet:
    """A file in the making, which counts its physical lines and what is to be expected of it."""

    header: Sequence[str]
    delimiter: str = ","
    end: str = "\n"
    lines: int = 1
    added: int = 0
    bad: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._text = io.StringIO(newline="")
        self._write = csv.writer(self._text, delimiter=self.delimiter, lineterminator=self.end).writerow
        self.put(self.header)

    def put(self, cells: Sequence[object], *codes: str) -> None:
        """Adds a record: a good one or, with codes, one with these faults."""
        self.errors += [(self.lines, code) for code in codes]
        self.bad += bool(codes)
        self.added += not codes and self.lines > 1
        self._write(cells)
        self.lines += 1 + sum(str(cell).count("\n") for cell in cells)

    def blank(self) -> None:
        self._text.write(self.end)
        self.lines += 1

    @property
    def text(self) -> str:
        return self._text.getvalue()

    @property
    def totals(self) -> tuple[int, ...]:
        return (self.added + self.bad, self.added, 0, 0, self.bad)


def users(count: int, seed: int = 1, *, delimiter: str = ",", end: str = "\n") -> tuple[Sheet, list[str]]:
    """A sheet of users, and the addresses of those that are right."""
    rng = random.Random(seed)  # noqa: S311 - the same at each call
    sheet, emails = Sheet(HEADER, delimiter, end), list[str]()
    for number in range(count):
        city, countries, phone = rng.choice(PLACES)
        street = rng.choice(
            [f"{number} Main St, Apt 4", f'"The Mill", Unit {number}', f"Building {number}\nFloor 3", f"Rue de l'Été {number}"]
        )
        row = [
            *(f"client{number}.{seed}@example.com", rng.choice(["Müller", "O'Brien", "Xu"]), rng.choice(["Zoë", "Ann"]), "1980-02-29"),
            *(rng.choice(countries), phone, street, city, "10115", rng.choice(["", "1", "Level 1", "level 2"])),
        ]
        faults: list[Callable[[list[str]], tuple[list[str], tuple[str, ...]]]] = [
            lambda row: ([emails[0].upper(), *row[1:]] if emails else row, ("DUPLICATE_IN_FILE",) if emails else ()),
            lambda row: (["not-an-email", *row[1:]], ("INVALID_EMAIL",)),
            lambda row: (["", *row[1:]], ("REQUIRED_MISSING",)),
            lambda row: ([*row[:3], "31/31/1999", *row[4:]], ("INVALID_DATE",)),
            lambda row: ([*row[:3], "1999-02-30", "Narnia", *row[5:]], ("INVALID_DATE", "UNKNOWN_COUNTRY")),
            lambda row: ([*row[:9], "Level 99"], ("UNKNOWN_VERIFICATION_LEVEL",)),
            lambda row: ([*row, "one", "too many"], ("WRONG_FIELD_COUNT",)),
        ]
        cells, codes = rng.choice(faults)(row) if rng.random() < 0.05 else (row, ())
        sheet.put(cells, *codes)
        if not codes:
            emails.append(row[0])
        if rng.random() < 0.02:
            sheet.blank()
    return sheet, emails


def accounts(emails: Sequence[str], seed: int = 1) -> Sheet:
    rng = random.Random(seed)  # noqa: S311 - the same at each call
    sheet = Sheet(["email", "account_number", "product_id", "product_currency"])
    for number, email in enumerate(emails, 2_100_000_000):
        product = rng.choice(list(PRODUCTS))
        faults: list[tuple[list[object], tuple[str, ...]]] = [
            (["nobody@example.com", number, product, "USD"], ("UNKNOWN_CLIENT",)),
            ([email, number, 999, "USD"], ("UNKNOWN_PRODUCT",)),
            (["nobody@example.com", number, 999, "USD"], ("UNKNOWN_CLIENT", "UNKNOWN_PRODUCT")),
            ([email, number, 3, "EUR"], ("CURRENCY_NOT_ENABLED",)),
            ([email, number, 2, ""], ("CURRENCY_REQUIRED",)),
            ([email, number, "two", "USD"], ("INVALID_NUMBER",)),
            ([email, number, 3, ""], ()),
        ]
        good: tuple[list[object], tuple[str, ...]] = ([email.upper(), number, product, rng.choice(PRODUCTS[product])], ())
        cells, codes = rng.choice(faults) if rng.random() < 0.1 else good
        sheet.put(cells, *codes)
    return sheet


def ibs(emails: Sequence[str], seed: int = 1) -> Sheet:
    rng = random.Random(seed)  # noqa: S311 - the same at each call
    sheet = Sheet(["IB Email", "Client Email", "IB Type ID"])
    partners, rest = emails[:10], list(emails[10:])
    program = {email: 1 + place % 2 for place, email in enumerate(partners)}
    for email in partners:
        sheet.put([email, "", program[email]])
    for place, email in enumerate(partners[1:]):
        sheet.put([partners[place // 3], email, program[partners[place // 3]]])
    sheet.put([partners[3], partners[3], program[partners[3]]], "SELF_REFERRAL")
    sheet.put([partners[9], partners[0], program[partners[9]]], "REFERRAL_CYCLE")
    sheet.put([partners[1], partners[0], program[partners[1]]], "REFERRAL_CYCLE")
    sheet.put(["nobody@example.com", "no one@example.com", 77], "INVALID_EMAIL", "UNKNOWN_CLIENT", "UNKNOWN_IB_TYPE")
    owners: dict[str, str] = {}
    for email in rest:
        partner = rng.choice(partners)
        if owners and rng.random() < 0.1:
            taken = rng.choice(list(owners))
            other = next(each for each in partners if each != owners[taken])
            sheet.put([other, taken, program[other]], "ALREADY_REFERRED")
            del owners[taken]  # not twice, as the same record again would be a duplicate, too
        else:
            sheet.put([partner, email, program[partner]])
            owners[email] = partner
    return sheet
