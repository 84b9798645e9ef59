"""Accounts and the figures of their statements."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.base import Base, Created, Key, Money, Name
from models.clients import Client
from models.products import PERMISSIONS, AccountPermission, AccountType, Product
from models.reference import Currency

if TYPE_CHECKING:
    from models.transactions import Transaction


class Account(Base):
    """An account of a client: what is held, in which currency, in which product.

    The statement's figures stand in the account's own row: they change without touching an index, and a page of accounts
    needs no join for them.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index("ix_account_client", "client_id", "account_id"),
        Index("ix_account_create_time", "create_time", "account_id"),
        Index("ix_account_archive_time", "archive_time", postgresql_where="archive_time is not null"),
        {"postgresql_with": {"fillfactor": 85}},
    )
    read_permission = "accounts.read"

    account_id: Mapped[Key] = mapped_column(doc="The account's number in this system.")
    account_number: Mapped[str] = mapped_column(String(64), unique=True, doc="The number that the client sees.")
    client_id: Mapped[int] = mapped_column(ForeignKey("client.client_id"), doc="The number of the client who owns the account.")
    product_id: Mapped[int] = mapped_column(ForeignKey("product.product_id"), index=True, doc="The number of the product.")
    currency_code: Mapped[str] = mapped_column(ForeignKey("currency.alphabetic_code"), index=True, doc="The code of the currency.")
    caption: Mapped[Name | None] = mapped_column(doc="The name shown to the client.")
    name: Mapped[Name] = mapped_column(doc="The name used by staff.")
    permissions: Mapped[list[AccountPermission]] = mapped_column(PERMISSIONS, server_default="{}", doc="What may be done with the account.")
    type: Mapped[AccountType] = mapped_column(index=True, doc="What the account is for.")
    archive_time: Mapped[datetime | None] = mapped_column(doc="When the account was archived.")
    create_time: Mapped[Created] = mapped_column(doc="When the account was opened.")

    available_balance: Mapped[Money] = mapped_column(doc="What can be paid out.")
    current_balance: Mapped[Money] = mapped_column(doc="What is booked.")
    credit: Mapped[Money] = mapped_column(doc="Credit granted by the broker.")
    equity: Mapped[Money] = mapped_column(doc="The balance with open positions valued now.")
    free_margin: Mapped[Money] = mapped_column(doc="Equity not bound by positions.")
    hold: Mapped[Money] = mapped_column(doc="What is held back for pending payments.")
    margin: Mapped[Money] = mapped_column(doc="Equity bound by positions.")
    margin_level: Mapped[Money] = mapped_column(doc="Equity in percent of the margin.")
    pnl: Mapped[Money] = mapped_column(doc="Profit and loss of open positions.")
    statement_update_time: Mapped[Created] = mapped_column(doc="When these figures last changed.")
    import_run_id: Mapped[int | None] = mapped_column(doc="The import run that last wrote the row.")

    client: Mapped[Client] = relationship(viewonly=True, doc="The client who owns the account.")
    product: Mapped[Product] = relationship(viewonly=True, doc="The product in which the account was opened.")
    currency: Mapped[Currency] = relationship(viewonly=True, doc="The currency in which the account is held.")
    transactions: Mapped[list["Transaction"]] = relationship(
        viewonly=True, foreign_keys="Transaction.credit_account_id", doc="The transactions that credit or debit the account."
    )
    archived: Mapped[bool] = column_property(archive_time.is_not(None), deferred=True, doc="Whether the account is archived.")
