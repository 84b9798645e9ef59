"""Clients, and what describes them: addresses, phone numbers, tags."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Computed, ForeignKey, Index, Table, Text, func, select, text
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.base import (
    Base,
    Birthday,
    Created,
    Described,
    Email,
    Key,
    Name,
    Phone,
    Street,
    alphabetical,
    caseless,
    newest_last,
    partial_index,
)
from models.reference import ClientType, Country, Manager, Tag, VerificationLevel

if TYPE_CHECKING:
    from models.accounts import Account
    from models.partners import IbPartner, IbReferral
    from models.transactions import Transaction


class ClientInternalType(Described):
    """The house's own category of a client."""

    AGENT = "agent", "Acts for the broker."
    B2B = "b2b", "A business customer."
    DEFAULT = "default", "An ordinary client."
    DEMO = "demo", "Tries the system out."
    EXCHANGE = "exchange", "A client of the exchange."


class ClientStatus(Described):
    """The state of a client's profile."""

    ACTIVE = "active", "May sign in and trade."
    BANNED = "banned", "Locked out by staff."
    DELETED = "deleted", "Closed; kept for the record."
    INACTIVE = "inactive", "Not yet, or no longer, in use."


class RiskLevel(Described):
    """The risk that compliance sees in a client."""

    LOW = "low", "Nothing unusual."
    MIDDLE = "middle", "To be watched."
    HIGH = "high", "To be checked before every payment."


class AddressType(Described):
    """What an address is used for."""

    RESIDENTIAL = "residential", "Where the client lives."
    BILLING = "billing", "Where bills go."
    MAILING = "mailing", "Where letters go."


class PhoneType(Described):
    """What kind of line a phone number is."""

    FIXED = "fixed", "A land line."
    MOBILE = "mobile", "A mobile phone."
    FAX = "fax", "A fax machine."
    VOIP = "voip", "Voice over IP."
    PAGER = "pager", "A pager."


client_tag = Table(
    "client_tag",
    Base.metadata,
    Column("client_id", ForeignKey("client.client_id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.tag_id"), primary_key=True, index=True),
)

FULL_NAME = """coalesce(
    nullif(btrim(coalesce(first_name || ' ', '') || coalesce(middle_name || ' ', '') || coalesce(last_name, '')), ''),
    company_full_name, nickname, '')"""


class Client(Base):
    """A person or company that trades with the broker."""

    __tablename__ = "client"
    read_permission = "clients.read"

    client_id: Mapped[Key] = mapped_column(doc="The client's number.")
    email: Mapped[Email] = mapped_column(doc="The address by which the client signs in; unique without regard to case.")
    first_name: Mapped[Name | None] = mapped_column(doc="The first name.")
    middle_name: Mapped[Name | None] = mapped_column(doc="The middle name.")
    last_name: Mapped[Name | None] = mapped_column(doc="The last name.")
    nickname: Mapped[Name | None] = mapped_column(doc="The nickname.")
    company_full_name: Mapped[str | None] = mapped_column(doc="The full name of a corporate client's company.")
    company_short_name: Mapped[str | None] = mapped_column(doc="The short name of that company.")
    name: Mapped[str] = mapped_column(
        Text, Computed(FULL_NAME, persisted=True), info={"alphabetical": True}, doc="The full name, made of the others."
    )
    birthday: Mapped[Birthday | None] = mapped_column(doc="The date of birth.")
    city: Mapped[Name | None] = mapped_column(doc="The city of residence; writers keep it equal to the residential address.")
    country_id: Mapped[int | None] = mapped_column(
        ForeignKey("country.country_id"), index=True, doc="The number of the country of residence."
    )
    phone: Mapped[Phone | None] = mapped_column(doc="The default phone number in E.164; writers keep it equal to that row.")
    internal_type: Mapped[ClientInternalType] = mapped_column(server_default="default", doc="The house's own category.")
    locale: Mapped[Name | None] = mapped_column(doc="The client's language and region, as in ja_JP.")
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("manager.manager_id"), doc="The number of the manager.")
    risk_level: Mapped[RiskLevel] = mapped_column(server_default="low", doc="The risk that compliance sees.")
    status: Mapped[ClientStatus] = mapped_column(server_default="active", index=True, doc="The state of the profile.")
    client_type_id: Mapped[int | None] = mapped_column(
        ForeignKey("client_type.client_type_id"), index=True, doc="The number of the client type."
    )
    verification_level_id: Mapped[int | None] = mapped_column(
        ForeignKey("verification_level.verification_level_id"), index=True, doc="The number of the verification level."
    )
    analytics: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc="UTM parameters taken at sign-up: {property, value}.")
    logged_at: Mapped[datetime | None] = mapped_column(doc="When the client last signed in.")
    create_time: Mapped[Created] = mapped_column(doc="When the client was registered.")
    update_time: Mapped[Created] = mapped_column(doc="When the client was last changed.")
    import_run_id: Mapped[int | None] = mapped_column(doc="The import run that last wrote the row.")

    country: Mapped[Country | None] = relationship(viewonly=True, doc="The country of residence.")
    manager: Mapped[Manager | None] = relationship(viewonly=True, doc="The manager to whom the client is assigned.")
    type: Mapped[ClientType | None] = relationship(viewonly=True, doc="The category of the client.")
    verification_level: Mapped[VerificationLevel | None] = relationship(viewonly=True, doc="How far the client has been verified.")
    addresses: Mapped[list["Address"]] = relationship(
        viewonly=True, order_by="Address.address_id", doc="The client's addresses, oldest first."
    )
    phone_numbers: Mapped[list["PhoneNumber"]] = relationship(
        viewonly=True, order_by="PhoneNumber.phone_number_id", doc="The client's phone numbers, oldest first."
    )
    tag_rows: Mapped[list[Tag]] = relationship(secondary=client_tag, viewonly=True, doc="The client's tags.")
    accounts: Mapped[list["Account"]] = relationship(viewonly=True, doc="The client's accounts.")
    transactions: Mapped[list["Transaction"]] = relationship(viewonly=True, doc="The client's transactions.")
    ib_partner: Mapped["IbPartner | None"] = relationship(
        viewonly=True, uselist=False, order_by="IbPartner.ib_partner_id", doc="The partner that the client is; the oldest, of several."
    )
    referral: Mapped["IbReferral | None"] = relationship(viewonly=True, uselist=False, doc="How the client was attracted.")
    tags: Mapped[list[str]] = column_property(
        func.coalesce(
            select(func.array_agg(Tag.name).aggregate_order_by(Tag.name))
            .select_from(Tag.__table__.join(client_tag))
            .where(client_tag.c.client_id == client_id)
            .correlate_except(Tag.__table__, client_tag)
            .scalar_subquery(),
            array([], type_=Text),
        ),
        deferred=True,
        doc="The labels that group the client.",
    )


class Address(Base):
    """An address of a client."""

    __tablename__ = "address"
    __table_args__ = (Index("ix_address_client", "client_id", "address_id"),)
    read_permission = "clients.read"

    address_id: Mapped[Key] = mapped_column(doc="The address's number.")
    client_id: Mapped[int] = mapped_column(ForeignKey("client.client_id"), doc="The number of the client.")
    address: Mapped[Street | None] = mapped_column(doc="Street and house.")
    city: Mapped[Name | None] = mapped_column(doc="The city.")
    country_id: Mapped[int | None] = mapped_column(ForeignKey("country.country_id"), index=True, doc="The number of the country.")
    postcode: Mapped[Name | None] = mapped_column(doc="The postal code.")
    state: Mapped[Name | None] = mapped_column(doc="The state or province.")
    type: Mapped[AddressType] = mapped_column(server_default="residential", doc="What the address is used for.")
    create_time: Mapped[Created] = mapped_column(doc="When the address was added.")
    update_time: Mapped[Created] = mapped_column(doc="When the address was last changed.")

    country: Mapped[Country | None] = relationship(viewonly=True, doc="The country.")
    client: Mapped[Client] = relationship(viewonly=True, doc="The client who has the address.")


class PhoneNumber(Base):
    """A phone number of a client."""

    __tablename__ = "phone_number"
    __table_args__ = (
        Index("ix_phone_number_client", "client_id", "phone_number_id"),
        Index("uq_phone_number_default", "client_id", unique=True, postgresql_where=text('"default"')),
    )
    read_permission = "clients.read"

    phone_number_id: Mapped[Key] = mapped_column(doc="The phone number's number.")
    client_id: Mapped[int] = mapped_column(ForeignKey("client.client_id"), doc="The number of the client.")
    confirmed: Mapped[bool] = mapped_column(server_default="false", doc="Whether the client has confirmed the number.")
    default: Mapped[bool] = mapped_column(server_default="false", doc="Whether it is the client's default number.")
    ext: Mapped[Name | None] = mapped_column(doc="The extension.")
    number: Mapped[Phone] = mapped_column(doc="The number in E.164.")
    type: Mapped[PhoneType] = mapped_column(server_default="mobile", doc="What kind of line it is.")
    create_time: Mapped[Created] = mapped_column(doc="When the number was added.")
    update_time: Mapped[Created] = mapped_column(doc="When the number was last changed.")

    client: Mapped[Client] = relationship(viewonly=True, doc="The client who has the number.")


# What people filter and sort clients by. The e-mail's own index is what makes it unique.
Index("uq_client_email", caseless(Client.email), unique=True)
Index("ix_client_name", caseless(Client.name), Client.client_id)
Index("ix_client_alphabetical", alphabetical(Client.name), Client.client_id)
partial_index("ix_client_first_name", caseless(Client.first_name), column=Client.first_name)
partial_index("ix_client_last_name", caseless(Client.last_name), column=Client.last_name)
partial_index("ix_client_nickname", caseless(Client.nickname), column=Client.nickname)
partial_index("ix_client_city", caseless(Client.city), column=Client.city)
partial_index("ix_client_phone", caseless(Client.phone), column=Client.phone)
partial_index("ix_client_birthday", Client.birthday, column=Client.birthday)
partial_index("ix_client_manager", Client.manager_id, column=Client.manager_id)
Index("ix_client_create_time", Client.create_time, Client.client_id)
Index("ix_client_update_time", Client.update_time, Client.client_id)
Index("ix_client_logged_at", newest_last(Client.logged_at), Client.client_id)
