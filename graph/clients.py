"""Clients, and what describes them."""

import strawberry

import models
from graph.kit import auto, column, listed, many, node, one, part, part_of, path, values


@strawberry.type(description="A UTM parameter of the link by which a client came.")
class UtmParameter:
    property: str = strawberry.field(description="The parameter, as in utm_campaign.")
    value: str = strawberry.field(description="Its value.")


@part_of(models.Client)
class Company:
    """The company of a corporate client."""

    full_name = column(models.Client.company_full_name, nullable=False)
    short_name = column(models.Client.company_short_name)


@node(
    models.Client,
    filters=[
        "client_id",
        "email",
        "name",
        "first_name",
        "last_name",
        "nickname",
        "phone",
        "city",
        "birthday",
        "status",
        "manager_id",
        "client_type_id",
        "verification_level_id",
        "create_time",
        "update_time",
        "logged_at",
    ],
    filters_by={
        "country_code": path(models.Client.country, models.Country.alpha2_code),
        "tag": path(models.Client.tag_rows, models.Tag.name),
    },
    orders=["client_id", "email", "name", "create_time", "update_time", "logged_at"],
)
class Client:
    client_id: auto
    birthday: auto
    city: auto
    email: auto
    internal_type: auto
    first_name: auto
    last_name: auto
    middle_name: auto
    name: auto
    nickname: auto
    locale: auto
    phone: auto
    risk_level: auto
    status: auto
    tags: auto
    logged_at: auto
    create_time: auto
    update_time: auto
    analytics = values(models.Client.analytics, UtmParameter)
    company = part(Company, "The client's company, of a corporate client.", present=models.Client.company_full_name)
    country = one(models.Client.country)
    manager = one(models.Client.manager)
    type = one(models.Client.type)
    verification_level = one(models.Client.verification_level)
    accounts = many(models.Client.accounts)
    transactions = many(models.Client.transactions)
    addresses = listed(models.Client.addresses)
    phone_numbers = listed(models.Client.phone_numbers)
    ib_partner = one(models.Client.ib_partner)
    referral = one(models.Client.referral)


@node(models.Address)
class Address:
    address_id: auto
    address: auto
    city: auto
    postcode: auto
    state: auto
    type: auto
    client_id: auto
    create_time: auto
    update_time: auto
    country = one(models.Address.country)
    client = one(models.Address.client)


@node(models.PhoneNumber)
class PhoneNumber:
    phone_number_id: auto
    client_id: auto
    confirmed: auto
    default: auto
    ext: auto
    number: auto
    type: auto
    create_time: auto
    update_time: auto
    client = one(models.PhoneNumber.client)
