"""Configuration and localized texts, as the API shows them."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from tests.conftest import Ask


async def test_a_country_has_its_name_in_the_language_asked_for(ask: Ask) -> None:
    data = await ask(
        """{ country(code: "DE") {
            plain: countryName de: countryName(locale: "de_AT") ja: countryName(locale: "ja") no: countryName(locale: "xx")
        } }"""
    )

    assert data["country"] == {"plain": "Germany", "de": "Deutschland", "ja": "ドイツ", "no": "Germany"}


async def test_a_localized_name_falls_back_from_region_to_language_to_the_name_itself(database: AsyncEngine, ask: Ask) -> None:
    texts = [
        {"key": "caption", "locale": "de_DE", "value": "Echtgeld"},
        {"key": "caption", "locale": "pt", "value": "Real"},
        {"key": "name", "locale": "fr", "value": "autre"},
    ]
    async with database.begin() as connection:
        await connection.execute(update(models.Product).where(models.Product.product_id == 2).values(resources=texts, caption="MT5 live"))

    data = await ask(
        """{ product(productId: 2) { plain: caption de: caption(locale: "de-DE") at: caption(locale: "de_AT") br: caption(locale: "pt_BR")
            fr: caption(locale: "fr") resources { key locale value resourceId } } }"""
    )

    assert data["product"] == {
        "plain": "MT5 live",
        "de": "Echtgeld",
        "at": "Echtgeld",
        "br": "Real",
        "fr": "MT5 live",
        "resources": [{**text, "resourceId": None} for text in texts],
    }


async def test_configuration_comes_as_plain_lists(ask: Ask) -> None:
    data = await ask(
        """{ platforms { name } productGroups { name products { name currencies { alphabeticCode numericCode currency { name } } } }
            clientTypes { name group } verificationLevels { name nextLevel { name } } managers { email } tags { name } ibPrograms { name }
            countries(enabled: true) { alpha2Code } currencies { alphabeticCode minorUnit } }"""
    )

    assert [each["name"] for each in data["verificationLevels"]] == ["Level 0", "Level 1", "Level 2"]
    assert [each["name"] for each in data["ibPrograms"]] == ["Standard IB", "Premium IB"]
    assert {"alphabeticCode": "BTC", "minorUnit": 8} in data["currencies"]
    live = [each for group in data["productGroups"] for each in group["products"] if each["name"] == "mt5_live"]
    assert [each["alphabeticCode"] for each in live[0]["currencies"]] == ["USD", "EUR", "BTC"]
    assert live[0]["currencies"][2] == {"alphabeticCode": "BTC", "numericCode": 1000, "currency": {"name": "Bitcoin"}}
