"""Names of types as people say them, for descriptions: an `ImportJob` is an import job."""

import re

WORD = re.compile(r"[A-Z][a-z0-9]*")
ABBREVIATIONS = {"ib": "IB", "int": "integer"}


def singular(name: str) -> str:
    """`IB partner` for `IbPartner`."""
    words = [word.lower() for word in WORD.findall(name)]
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


def plural(name: str) -> str:
    """`countries` for `Country`."""
    word = singular(name)
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


def with_article(name: str) -> str:
    """`an account type` for `AccountType`."""
    word = singular(name)
    return f"an {word}" if word[0] in "aeiouI" else f"a {word}"
