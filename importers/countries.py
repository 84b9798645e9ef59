"""The names under which a country is found: codes, English name, and other names in use."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from importers.country_names import OTHER_NAMES

_LEFT_OUT = {"the", "of", "and"}
_SHORT = {"st": "saint", "rep": "republic", "dem": "democratic", "is": "islands", "isl": "islands", "island": "islands"}
_PUNCTUATION = str.maketrans({"&": " and ", "ı": "i", **dict.fromkeys("-‐‑–—,;:/()[]_", " ")})


class CountryNames(NamedTuple):
    """What a country is called in the database: its codes of ISO 3166-1 and its name."""

    alpha2: str
    alpha3: str
    numeric: str
    name: str


def country_key(text: str) -> str:
    """What is equal for spellings of one name: `Korea, Republic of`, `REPUBLIC OF KOREA`; `Côte d'Ivoire`, `COTE DIVOIRE`; `8`, `008`."""
    if text.isascii() and text.isdigit():
        return text.lstrip("0") or "0"
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_PUNCTUATION))
    words = "".join(character for character in folded if character.isalnum() or character == " ").split()
    if len(words) < 2 or (max(map(len, words)) == 1 and "/" not in text):
        return "".join(words)  # `AND` is the code of Andorra, `U. S. A.` is USA, but `N/A` is not Namibia
    return " ".join(sorted(_SHORT.get(word, word) for word in words if word not in _LEFT_OUT))


def country_ids(countries: Mapping[int, CountryNames]) -> dict[str, int]:
    """Ids by all keys; another name counts where no country has it for its own, or for one more of its other names."""
    own = {key: number for number, names in countries.items() for key in _keys(names)}
    others: dict[str, set[int]] = {}
    for number, names in countries.items():
        for key in _keys(OTHER_NAMES.get(names.alpha2.upper(), ())):
            others.setdefault(key, set()).add(number)
    return {key: numbers.pop() for key, numbers in others.items() if len(numbers) == 1} | own


def _keys(names: Iterable[str]) -> set[str]:
    return {key for name in names if (key := country_key(name))}
