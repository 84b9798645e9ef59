"""What accounts are opened in: platforms, product groups, products and their currencies."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Enum, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.base import Base, Created, Described, Key, Name, words
from models.reference import RESOURCES, Currency


class AccountType(Described):
    """What an account, and the product it is opened in, is for."""

    PERSONAL = "personal", "A wallet."
    TRADE = "trade", "Trading on a platform."
    DEMO = "demo", "Trading with play money."
    PARTNER = "partner", "Rewards of a partner."
    LIQUIDITY = "liquidity", "Liquidity provision."
    EXCHANGE = "exchange", "Exchange between currencies."
    EXTERNAL = "external", "Held outside this system."
    BO = "bo", "Binary options."
    IISBO = "iisbo", "Binary options of the IIS platform."
    SYSTEM = "system", "The house's own books."


class AccountPermission(Described):
    """What may be done with an account."""

    DEPOSIT = "deposit", "Pay in."
    ENABLED = "enabled", "Use at all."
    EXCHANGE = "exchange", "Exchange currencies."
    TRADE = "trade", "Trade."
    TRANSFER_DEPOSIT = "transferDeposit", "Receive transfers."
    TRANSFER_WITHDRAWAL = "transferWithdrawal", "Send transfers."
    VISIBLE = "visible", "Show to the client."
    WITHDRAWAL = "withdrawal", "Pay out."


class ProductStatus(Described):
    """Whether accounts can be opened in a product."""

    DISABLED = "disabled", "Neither shown nor opened."
    PRESENT = "present", "Shown, but not opened."
    ENABLED = "enabled", "Shown and opened."
    DEFAULT = "default", "Shown, opened, and suggested first."


class ProductGroupStatus(Described):
    """Whether a product group is shown."""

    DISABLED = "disabled", "Hidden."
    ENABLED = "enabled", "Shown."


class SendMailSetting(Described):
    """Whether a client gets a mail about a new account."""

    DONT_SEND = "dontSend", "Never."
    DEFAULT = "default", "As the system is configured."
    SEND = "send", "Always."


PERMISSIONS = ARRAY(Enum(AccountPermission, native_enum=False, length=32, values_callable=words))


class Platform(Base):
    """A trading platform on which accounts live."""

    __tablename__ = "platform"
    read_permission = "products.read"
    configuration = True

    platform_id: Mapped[Key] = mapped_column(doc="The platform's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The name.")
    caption: Mapped[Name] = mapped_column(doc="The name shown to clients.")
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)


class ProductGroup(Base):
    """A shelf of products."""

    __tablename__ = "product_group"
    read_permission = "products.read"
    configuration = True

    product_group_id: Mapped[Key] = mapped_column(doc="The product group's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The name.")
    caption: Mapped[Name] = mapped_column(doc="The name shown to clients.")
    description: Mapped[str | None] = mapped_column(doc="What the group holds.")
    status: Mapped[ProductGroupStatus] = mapped_column(server_default="enabled", doc="Whether the group is shown.")
    type: Mapped[Name] = mapped_column(server_default="default", doc="The kind of group.")
    priority: Mapped[int] = mapped_column(server_default="0", doc="The place in lists, lowest first.")
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)
    create_time: Mapped[Created] = mapped_column(doc="When the group was added.")
    update_time: Mapped[Created] = mapped_column(doc="When the group was last changed.")

    products: Mapped[list["Product"]] = relationship(
        viewonly=True, order_by="Product.priority, Product.product_id", doc="The group's products, by priority."
    )


class AccountSettings:
    """How accounts are opened: of a product, and of a currency that overrides its product."""

    default_leverage: Mapped[int | None] = mapped_column(doc="The leverage given when none is chosen.")
    leverages: Mapped[list[int]] = mapped_column(server_default="{}", doc="The leverages that can be chosen.")
    max_accounts: Mapped[int | None] = mapped_column(doc="How many accounts a client may have.")
    start_amounts: Mapped[list[Decimal]] = mapped_column(server_default="{}", doc="The amounts that a demo account can start with.")
    link_info: Mapped[str | None] = mapped_column(doc="A link to more about the product.")
    agreement_link: Mapped[str | None] = mapped_column(doc="A link to the terms that a client accepts.")
    request_required: Mapped[bool] = mapped_column(
        server_default="false", doc="Whether opening an account makes a request for staff to decide."
    )
    min_deposit_amount: Mapped[Decimal | None] = mapped_column(doc="The least first deposit of a trading account.")
    auto_create_on_login: Mapped[bool] = mapped_column(server_default="false", doc="Whether an account is opened at the first sign-in.")
    priority: Mapped[int] = mapped_column(server_default="0", doc="The place in lists, lowest first.")
    permissions: Mapped[list[AccountPermission]] = mapped_column(PERMISSIONS, server_default="{}", doc="What is allowed.")
    default_account_permissions: Mapped[list[AccountPermission]] = mapped_column(
        PERMISSIONS, server_default="{}", doc="What new accounts allow."
    )
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)
    create_time: Mapped[Created] = mapped_column(doc="When it was added.")
    update_time: Mapped[Created] = mapped_column(doc="When it was last changed.")


class Product(AccountSettings, Base):
    """What accounts are opened in."""

    __tablename__ = "product"
    read_permission = "products.read"
    configuration = True

    product_id: Mapped[Key] = mapped_column(doc="The product's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The name.")
    caption: Mapped[Name] = mapped_column(doc="The name shown to clients.")
    type: Mapped[AccountType] = mapped_column(index=True, doc="What accounts in this product are for.")
    status: Mapped[ProductStatus] = mapped_column(server_default="enabled", doc="Whether accounts can be opened.")
    send_mail_setting: Mapped[SendMailSetting] = mapped_column(
        server_default="default", doc="Whether the client gets a mail about a new account."
    )
    mail_template: Mapped[str | None] = mapped_column(doc="The template of that mail.")
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platform.platform_id"), index=True, doc="The number of the platform.")
    product_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("product_group.product_group_id"), index=True, doc="The number of the product group."
    )
    options: Mapped[dict[str, Any] | None] = mapped_column(doc="Settings of the platform.")

    platform: Mapped[Platform | None] = relationship(viewonly=True, doc="The platform on which the accounts live.")
    group: Mapped[ProductGroup | None] = relationship(viewonly=True, doc="The group that holds the product.")
    currencies: Mapped[list["ProductCurrency"]] = relationship(
        viewonly=True,
        order_by="ProductCurrency.priority, ProductCurrency.product_currency_id",
        doc="The currencies of its accounts, by priority.",
    )


class ProductCurrency(AccountSettings, Base):
    """A currency in which accounts of a product can be held."""

    __tablename__ = "product_currency"
    __table_args__ = (UniqueConstraint("product_id", "currency_code"),)
    read_permission = "products.read"
    configuration = True

    product_currency_id: Mapped[Key] = mapped_column(doc="The product currency's number.")
    product_id: Mapped[int] = mapped_column(ForeignKey("product.product_id"), doc="The number of the product.")
    currency_code: Mapped[str] = mapped_column(ForeignKey("currency.alphabetic_code"), index=True, doc="The code of the currency.")
    caption: Mapped[Name] = mapped_column(doc="The name shown to clients.")
    is_enabled: Mapped[bool] = mapped_column(server_default="true", doc="Whether accounts can be opened in it.")
    platform_groups: Mapped[list[str]] = mapped_column(server_default="{}", doc="The groups on the platform that its accounts join.")
    factory: Mapped[int] = mapped_column(server_default="1", doc="100 when accounts are kept in subunits (cents), else 1.")
    is_hedging_enabled: Mapped[bool] = mapped_column(server_default="false", doc="Whether exchanges in it are hedged.")
    overwrite_product_settings: Mapped[bool] = mapped_column(server_default="false", doc="Whether its settings replace the product's.")

    currency: Mapped[Currency] = relationship(viewonly=True, doc="The currency.")
    product: Mapped[Product] = relationship(viewonly=True, doc="The product.")
    numeric_code: Mapped[int] = column_property(
        select(Currency.numeric_code).where(Currency.alphabetic_code == currency_code).correlate_except(Currency).scalar_subquery(),
        deferred=True,
        doc="The number of the currency.",
    )
