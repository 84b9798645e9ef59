"""The names under which a country is found: codes, English name, and other names in use."""

import unicodedata
from collections.abc import Iterable

# ISO and CLDR differ in these, and people write others; each is found without regard to case, accents and punctuation.
OTHER_NAMES = {
    "AE": ["UAE", "Emirates"],
    "BA": ["Bosnia", "Bosnia-Herzegovina"],
    "BN": ["Brunei", "Brunei Darussalam"],
    "BO": ["Bolivia", "Plurinational State of Bolivia", "Bolivia, Plurinational State of"],
    "CD": ["DR Congo", "DRC", "Democratic Republic of the Congo", "Congo, Democratic Republic of the", "Congo-Kinshasa"],
    "CG": ["Congo", "Republic of the Congo", "Congo-Brazzaville"],
    "CI": ["Ivory Coast", "Côte d'Ivoire"],
    "CN": ["China", "People's Republic of China", "PRC", "Mainland China"],
    "CV": ["Cape Verde", "Cabo Verde"],
    "CZ": ["Czechia", "Czech Republic"],
    "FK": ["Falkland Islands", "Falkland Islands (Malvinas)"],
    "FM": ["Micronesia", "Federated States of Micronesia", "Micronesia, Federated States of"],
    "GB": ["UK", "United Kingdom", "Great Britain", "Britain", "United Kingdom of Great Britain and Northern Ireland"],
    "HK": ["Hong Kong", "Hong Kong SAR", "Hong Kong SAR China"],
    "IR": ["Iran", "Islamic Republic of Iran", "Iran, Islamic Republic of"],
    "KG": ["Kyrgyzstan", "Kyrgyz Republic"],
    "KN": ["Saint Kitts and Nevis"],
    "KP": ["North Korea", "Democratic People's Republic of Korea", "Korea, Democratic People's Republic of", "DPRK"],
    "KR": ["South Korea", "Republic of Korea", "Korea, Republic of"],
    "LA": ["Laos", "Lao People's Democratic Republic", "Lao PDR"],
    "LC": ["Saint Lucia"],
    "MD": ["Moldova", "Republic of Moldova", "Moldova, Republic of"],
    "MK": ["North Macedonia", "Macedonia", "Republic of North Macedonia"],
    "MM": ["Myanmar", "Burma", "Myanmar (Burma)"],
    "MO": ["Macao", "Macau", "Macao SAR China"],
    "NL": ["Netherlands", "Holland"],
    "PS": ["Palestine", "State of Palestine", "Palestinian Territories"],
    "RU": ["Russia", "Russian Federation"],
    "SY": ["Syria", "Syrian Arab Republic"],
    "SZ": ["Eswatini", "Swaziland"],
    "TL": ["Timor-Leste", "East Timor"],
    "TR": ["Turkey", "Türkiye", "Republic of Türkiye"],
    "TW": ["Taiwan", "Taiwan, Province of China"],
    "TZ": ["Tanzania", "United Republic of Tanzania", "Tanzania, United Republic of"],
    "US": ["USA", "United States", "United States of America"],
    "VA": ["Vatican", "Vatican City", "Holy See"],
    "VC": ["Saint Vincent and the Grenadines"],
    "VE": ["Venezuela", "Bolivarian Republic of Venezuela", "Venezuela, Bolivarian Republic of"],
    "VN": ["Vietnam", "Viet Nam"],
}


def country_key(text: str) -> str:
    """What is equal for spellings of one name: `Côte d'Ivoire`, `COTE DIVOIRE`; `8`, `008`; `U.S.A.`, `USA`."""
    if text.isascii() and text.isdigit():
        return text.lstrip("0") or "0"
    folded = unicodedata.normalize("NFKD", text.casefold().replace("&", " and ").replace("ı", "i").replace("-", " "))
    words = "".join(character for character in folded if character.isalnum() or character == " ").split()
    return " ".join("saint" if word == "st" else word for word in words if word != "the")


def country_keys(alpha2: str, alpha3: str, numeric: str, name: str, other_names: Iterable[str] = ()) -> set[str]:
    """The keys of one country; `Korea, Republic of` is found as `Republic of Korea`, too."""
    turned = [" ".join(reversed(name.split(", ", 1)))] if ", " in name else []
    names = [alpha2, alpha3, numeric, name, *turned, *OTHER_NAMES.get(alpha2.upper(), ()), *other_names]
    return {key for spelling in names if (key := country_key(spelling))}
