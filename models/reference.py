"""Configuration that rows refer to: countries, currencies, client types, verification levels, managers, tags."""

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Code, Created, Described, Key, Name, caseless

RESOURCES = "Localized texts: a list of {key, locale, value}."


class Currency(Base):
    """A currency, official or of the house (crypto currencies have numbers above 999)."""

    __tablename__ = "currency"
    read_permission = "reference.read"
    configuration = True

    alphabetic_code: Mapped[Code] = mapped_column(primary_key=True, doc="The code, as in EUR or BTC.")
    block_explorer: Mapped[str | None] = mapped_column(doc="Link to a block explorer, with {address} where the address goes; crypto only.")
    enabled: Mapped[bool] = mapped_column(server_default="true", doc="Whether the currency can be used.")
    markup_buy: Mapped[Decimal | None] = mapped_column(doc="Markup on the rate when buying, in percent.")
    markup_sell: Mapped[Decimal | None] = mapped_column(doc="Markup on the rate when selling, in percent.")
    minor_unit: Mapped[int] = mapped_column(doc="The number of decimal places shown.")
    name: Mapped[Name] = mapped_column(doc="The English name.")
    numeric_code: Mapped[int] = mapped_column(unique=True, doc="The ISO 4217 number; house codes are above 999.")
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)
    create_time: Mapped[Created] = mapped_column(doc="When the currency was added.")
    update_time: Mapped[Created] = mapped_column(doc="When the currency was last changed.")


class Country(Base):
    """A country of ISO 3166-1."""

    __tablename__ = "country"
    read_permission = "reference.read"
    configuration = True

    country_id: Mapped[Key] = mapped_column(doc="The country's number in this system.")
    alpha2_code: Mapped[Code] = mapped_column(unique=True, doc="The ISO 3166-1 alpha-2 code, as in DE.")
    alpha3_code: Mapped[Code] = mapped_column(unique=True, doc="The ISO 3166-1 alpha-3 code, as in DEU.")
    country_name: Mapped[Name] = mapped_column(doc="The English name.")
    calling_code: Mapped[Code | None] = mapped_column(doc="The international calling code without plus, as in 49.")
    numeric_code: Mapped[Code] = mapped_column(unique=True, doc="The ISO 3166-1 numeric code, with leading zeros.")
    currency_code: Mapped[Code | None] = mapped_column(
        ForeignKey("currency.alphabetic_code"), index=True, doc="The code of the country's currency."
    )
    enabled: Mapped[bool] = mapped_column(server_default="true", doc="Whether clients may live here.")

    currency: Mapped[Currency | None] = relationship(viewonly=True, doc="The country's currency.")


class ClientTypeGroup(Described):
    """What kind of legal person a client type is for."""

    INDIVIDUAL = "individual", "A natural person."
    CORPORATIVE = "corporative", "A company."


class ClientType(Base):
    """A category of clients."""

    __tablename__ = "client_type"
    __table_args__ = (Index("uq_client_type_default", "default", unique=True, postgresql_where=text('"default"')),)
    read_permission = "reference.read"
    configuration = True

    client_type_id: Mapped[Key] = mapped_column(doc="The client type's number.")
    default: Mapped[bool] = mapped_column(server_default="false", doc="Whether newly registered clients get this type.")
    enabled: Mapped[bool] = mapped_column(server_default="true", doc="Whether the type can be given to clients.")
    name: Mapped[Name] = mapped_column(doc="The name.")
    caption: Mapped[Name] = mapped_column(doc="The name shown to clients.")
    group: Mapped[ClientTypeGroup] = mapped_column(doc="The kind of legal person.")
    wizard: Mapped[bool] = mapped_column(server_default="false", doc="Whether clients of this type see the wizard pages.")
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)


class VerificationLevel(Base):
    """How far a client has been verified."""

    __tablename__ = "verification_level"
    __table_args__ = (
        Index("uq_verification_level_default", "default", unique=True, postgresql_where=text('"default"')),
        CheckConstraint("not sustainable", name="never_sustainable"),
    )
    read_permission = "reference.read"
    configuration = True

    verification_level_id: Mapped[Key] = mapped_column(doc="The verification level's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The name.")
    caption: Mapped[Name] = mapped_column(doc="The name shown to clients.")
    description: Mapped[str | None] = mapped_column(doc="What the level asks for and allows.")
    mail_description: Mapped[str | None] = mapped_column(doc="The description used in mails.")
    next_level_id: Mapped[int | None] = mapped_column(
        ForeignKey("verification_level.verification_level_id"), index=True, doc="The number of the next level."
    )
    role_id: Mapped[int | None] = mapped_column(doc="The number of the role that the level gives.")
    wizard: Mapped[str | None] = mapped_column(doc="The wizard that leads to the level.")
    default: Mapped[bool] = mapped_column(server_default="false", doc="Whether newly registered clients get this level.")
    visible: Mapped[bool] = mapped_column(server_default="true", doc="Whether clients see the level.")
    sustainable: Mapped[bool] = mapped_column(server_default="false", doc="Always false.")
    options: Mapped[list[str]] = mapped_column(server_default="{}", doc="The document groups that must be submitted.")
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)

    next_level: Mapped["VerificationLevel | None"] = relationship(
        viewonly=True, remote_side=[verification_level_id], doc="The level that follows."
    )


class Manager(Base):
    """A member of staff to whom clients are assigned."""

    __tablename__ = "manager"
    __table_args__ = (Index("ix_manager_email", caseless(text("email"))),)
    read_permission = "reference.read"
    configuration = True

    manager_id: Mapped[Key] = mapped_column(doc="The manager's number.")
    office_id: Mapped[int | None] = mapped_column(doc="The number of the office.")
    enabled: Mapped[bool] = mapped_column(server_default="true", doc="Whether clients can be assigned to the manager.")
    email: Mapped[str] = mapped_column(doc="The business address; not masked, clients know it.")
    name: Mapped[Name] = mapped_column(doc="The full name.")
    title: Mapped[Name | None] = mapped_column(doc="The form of address, as in Mr. or Ms.")
    create_time: Mapped[Created] = mapped_column(doc="When the manager was registered.")


class Tag(Base):
    """A label that groups clients."""

    __tablename__ = "tag"
    read_permission = "reference.read"
    configuration = True

    tag_id: Mapped[Key] = mapped_column(doc="The tag's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The label.")
