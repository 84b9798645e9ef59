"""Texts in the language that the caller asks for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from babel import Locale as Babel
from babel import UnknownLocaleError

from graph.context import Info
from graph.kit.declared import computed

Locale = Annotated[
    str | None, strawberry.argument(description="A language, and a region if it matters: de, ja_JP. The request's own when left out.")
]


def text_in(resources: Sequence[Mapping[str, Any]], key: str, locale: str | None) -> str | None:
    """The text of a key for a locale: the same language and region, else the language alone, else None."""
    if not locale:
        return None
    wanted = locale.replace("-", "_").lower()
    language = wanted.partition("_")[0]
    texts = [each for each in resources if each.get("key") == key and each.get("locale") and each.get("value")]
    found = {str(each["locale"]).replace("-", "_").lower(): str(each["value"]) for each in texts}
    near = next((text for name, text in sorted(found.items()) if name.partition("_")[0] == language), None)
    return found.get(wanted) or found.get(language) or near


def territory_name(alpha2_code: str, locale: str | None) -> str | None:
    """A country's name as Unicode's CLDR gives it, or None where it knows neither the country nor the language."""
    try:
        return Babel.parse((locale or "").replace("-", "_")).territories.get(alpha2_code)
    except (ValueError, UnknownLocaleError):
        return None


def localized(attribute: Any, resources: Any) -> Any:
    """A column whose text the row's resources may give in other languages: `name = localized(Product.name, Product.resources)`."""
    name = attribute.key

    if attribute.nullable:

        def optional(self: Any, info: Info, locale: Locale = None) -> str | None:
            return text_in(getattr(self, resources.key), name, locale or info.context.locale) or getattr(self, name)

        return computed(attribute, resources, description=attribute.property.doc)(optional)

    def text(self: Any, info: Info, locale: Locale = None) -> str:
        found: str = text_in(getattr(self, resources.key), name, locale or info.context.locale) or getattr(self, name)
        return found

    return computed(attribute, resources, description=attribute.property.doc)(text)
