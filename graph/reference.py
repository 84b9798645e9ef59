"""Countries, currencies, client types, verification levels, managers, tags."""

import strawberry

import models
from graph.context import Info
from graph.kit import auto, computed, localized, node, one, values
from graph.kit.localized import Locale, territory_name, text_in


@strawberry.type(description="One localized text.")
class Resource:
    resource_id: str | None = strawberry.field(description="The text's own id, where it has one.")
    key: str = strawberry.field(description="Which text it is, as in `caption`.")
    locale: str = strawberry.field(description="The language and region, as in ja_JP.")
    value: str = strawberry.field(description="The text.")


@node(models.Currency)
class Currency:
    alphabetic_code: auto
    block_explorer: auto
    enabled: auto
    markup_buy: auto
    markup_sell: auto
    minor_unit: auto
    name: auto
    numeric_code: auto
    create_time: auto
    update_time: auto
    resources = values(models.Currency.resources, Resource)

    @computed(models.Currency.name, models.Currency.resources, description="The name in the caller's language.")
    def caption(self, info: Info, locale: Locale = None) -> str:
        return text_in(self.resources, "caption", locale or info.context.locale) or self.name


@node(models.Country)
class Country:
    country_id: auto
    alpha2_code: auto
    alpha3_code: auto
    calling_code: auto
    numeric_code: auto
    enabled: auto
    currency = one(models.Country.currency)

    @computed(models.Country.country_name, models.Country.alpha2_code, description="The name in the caller's language, by Unicode's CLDR.")
    def country_name(self, info: Info, locale: Locale = None) -> str:
        return territory_name(self.alpha2_code, locale or info.context.locale) or self.country_name


@node(models.ClientType)
class ClientType:
    client_type_id: auto
    default: auto
    enabled: auto
    group: auto
    wizard: auto
    name = localized(models.ClientType.name, models.ClientType.resources)
    caption = localized(models.ClientType.caption, models.ClientType.resources)
    resources = values(models.ClientType.resources, Resource)


@node(models.VerificationLevel)
class VerificationLevel:
    verification_level_id: auto
    name: auto
    description: auto
    mail_description: auto
    role_id: auto
    wizard: auto
    default: auto
    visible: auto
    sustainable: auto
    options: auto
    caption = localized(models.VerificationLevel.caption, models.VerificationLevel.resources)
    next_level = one(models.VerificationLevel.next_level)


@node(models.Manager)
class Manager:
    manager_id: auto
    office_id: auto
    enabled: auto
    email: auto
    name: auto
    title: auto
    create_time: auto


@node(models.Tag)
class Tag:
    tag_id: auto
    name: auto
