"""The places of places.toml: where clients live, and names, addresses and phone numbers of there."""

import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from random import Random
from string import ascii_uppercase, digits
from typing import Any

# What dropping the accents leaves of a letter is not always what people write in an e-mail address.
ROMAN = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "ı": "i", "æ": "ae"})


@dataclass(frozen=True)
class Name:
    """A name, and how an e-mail address writes it."""

    written: str
    roman: str


@dataclass(frozen=True)
class Address:
    street: str
    city: str
    state: str | None
    postcode: str | None


@dataclass(frozen=True)
class Place:
    """A country as the demo knows it; `weight` is its share of the clients."""

    alpha2: str
    locale: str
    weight: int
    women: list[Name]
    men: list[Name]
    surnames: list[Name]
    cities: list[tuple[str, str | None]]
    streets: list[str]
    address: str
    postcode: str
    company: str
    phones: list[str]
    phone_type: str

    def some_address(self, random: Random) -> Address:
        city, state = random.choice(self.cities)
        street = self.address.format(street=random.choice(self.streets), house=random.randrange(1, 180))
        return Address(street, city, state, filled(self.postcode, random) or None)

    def some_phone(self, random: Random) -> str:
        return filled(random.choice(self.phones), random)


def places() -> list[Place]:
    with (Path(__file__).parent / "places.toml").open("rb") as file:
        return [place(alpha2, entry) for alpha2, entry in tomllib.load(file).items()]


def place(alpha2: str, entry: dict[str, Any]) -> Place:
    names = {kind: [name(text) for text in entry[kind]] for kind in ("women", "men", "surnames")}
    cities = [(city, state or None) for city, _, state in (text.partition(":") for text in entry["cities"])]
    return Place(alpha2, **{**entry, **names, "cities": cities})


def name(text: str) -> Name:
    """Reads `Łukasz`, or a name with its reading, `佐藤=Sato`."""
    written, _, reading = text.partition("=")
    letters = unicodedata.normalize("NFKD", (reading or written).lower().translate(ROMAN))
    return Name(written, "".join(letter for letter in letters if letter.isascii() and letter.isalpha()))


def filled(pattern: str, random: Random) -> str:
    """Puts digits in the place of # and letters in the place of @."""
    return "".join(random.choice(digits) if sign == "#" else random.choice(ascii_uppercase) if sign == "@" else sign for sign in pattern)
