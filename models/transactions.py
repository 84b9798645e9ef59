"""Transactions: money that comes in, goes out or moves, and the methods by which it is paid."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Enum, ForeignKey, Index, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Account
from models.base import Base, Created, Described, Key, Money, Name, lowest_first, newest_last, partial_index, words
from models.clients import Client
from models.reference import RESOURCES, Currency


class TransactionStatus(Described):
    """How far a transaction has come."""

    CANCELLED = "cancelled", "Called off before it was done."
    DONE = "done", "Finished; the money has moved."
    FAILED = "failed", "Ended without the money having moved."
    HOLD = "hold", "The amount is held back on the account."
    HOLD_FAILED = "holdFailed", "The amount could not be held back."
    IN_PROGRESS = "inProgress", "Being worked on."
    NEW = "new", "Only begun; never shown."
    PARTIAL = "partial", "A part of the amount has moved."
    PENDING = "pending", "Waits for somebody, or for the payment system."
    REJECTED = "rejected", "Refused by staff or by the payment system."
    REFUND = "refund", "The money has been given back."
    REFUND_FAILED = "refundFailed", "The money could not be given back."
    TRADE = "trade", "At a platform, which carries it out."


class TransactionKind(Described):
    """What a transaction is for."""

    DEPOSIT = "deposit", "Money comes in."
    EXCHANGE = "exchange", "Money moves between accounts of different currencies."
    EXTERNAL = "external", "Money moves to another client."
    PARTNER = "partner", "A partner is paid."
    TRANSFER = "transfer", "Money moves between accounts of one client."
    WITHDRAWAL = "withdrawal", "Money goes out."


class ApprovalStatus(Described):
    """What a department has decided."""

    APPROVED = "approved", "May go on."
    DECLINED = "declined", "May not go on."
    PENDING = "pending", "Not yet decided."


class VerificationStatus(Described):
    """What the financial department says of a deposit."""

    APPROVED = "approved", "The money is there."
    NEW = "new", "Not yet looked at."
    PENDING = "pending", "Being looked at."


def approval(name: str) -> Enum:
    """The column type of a decision; the name tells its check from those of others in the same table."""
    return Enum(ApprovalStatus, name=name, native_enum=False, length=32, create_constraint=True, values_callable=words)


class PaymentMethod(Base):
    """A way by which money comes in or goes out."""

    __tablename__ = "payment_method"
    read_permission = "reference.read"
    configuration = True

    method_id: Mapped[Key] = mapped_column(doc="The payment method's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The name.")
    group_name: Mapped[Name | None] = mapped_column(doc="The group under which clients see the method, as in Cards.")
    resources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", doc=RESOURCES)


class Transaction(Base):
    """Money that comes in, goes out or moves from one account to another.

    The sides and the details stand in the row itself: a page of transactions needs no join for them.
    """

    __tablename__ = "transaction"
    __table_args__ = (
        CheckConstraint("(credit_amount is null) = (credit_currency_code is null)", name="credit_currency"),
        CheckConstraint("(debit_amount is null) = (debit_currency_code is null)", name="debit_currency"),
        CheckConstraint("credit_account_id is null or credit_amount is not null", name="credit_account"),
        CheckConstraint("debit_account_id is null or debit_amount is not null", name="debit_account"),
        Index("ix_transaction_client", "client_id", "transaction_id"),
        Index("ix_transaction_create_time", "create_time", "transaction_id"),
        Index("ix_transaction_status", "status", "create_time", "transaction_id"),
        Index("ix_transaction_type", "type", "create_time", "transaction_id"),
        Index("ix_transaction_fake", "is_fake", "transaction_id", postgresql_where=text("is_fake")),
    )
    read_permission = "transactions.read"

    transaction_id: Mapped[Key] = mapped_column(doc="The transaction's number.")
    client_id: Mapped[int] = mapped_column(ForeignKey("client.client_id"), doc="The number of the client.")
    credit_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.account_id"), doc="The number of the account credited.")
    credit_amount: Mapped[Decimal | None] = mapped_column(doc="The amount, in the currency of this side.")
    credit_commission: Mapped[Money] = mapped_column(doc="The fee, in the currency of this side.")
    credit_currency_code: Mapped[str | None] = mapped_column(
        ForeignKey("currency.alphabetic_code"), doc="The code of the currency credited."
    )
    debit_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.account_id"), doc="The number of the account debited.")
    debit_amount: Mapped[Decimal | None] = mapped_column(doc="The amount, in the currency of this side.")
    debit_commission: Mapped[Money] = mapped_column(doc="The fee, in the currency of this side.")
    debit_currency_code: Mapped[str | None] = mapped_column(ForeignKey("currency.alphabetic_code"), doc="The code of the currency debited.")
    foreign_exchange_rate: Mapped[Decimal | None] = mapped_column(doc="What one unit of the currency debited was worth in that credited.")
    method_id: Mapped[int | None] = mapped_column(ForeignKey("payment_method.method_id"), doc="The number of the payment method.")
    status: Mapped[TransactionStatus] = mapped_column(doc="How far the transaction has come.")
    type: Mapped[TransactionKind] = mapped_column(doc="What the transaction is for.")
    is_fake: Mapped[bool] = mapped_column(server_default="false", doc="Whether no money is behind it, as in a test.")

    meta_blockchain_transaction: Mapped[str | None] = mapped_column(doc="The transaction's identifier in a blockchain.")
    meta_comment: Mapped[str | None] = mapped_column(doc="The comment of staff.")
    meta_compliance_status: Mapped[ApprovalStatus | None] = mapped_column(
        approval("compliance"), doc="What compliance has decided of a withdrawal."
    )
    meta_dealing_status: Mapped[ApprovalStatus | None] = mapped_column(approval("dealing"), doc="What dealing has decided of a withdrawal.")
    meta_invoice: Mapped[str | None] = mapped_column(doc="The invoice's identifier.")
    meta_provider_commission: Mapped[Decimal | None] = mapped_column(doc="What the payment system charged.")
    meta_provider_options: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default="[]", doc="What the payment system tells besides: a list of {key, value}."
    )
    meta_verification_status: Mapped[VerificationStatus | None] = mapped_column(doc="What the financial department says of a deposit.")
    meta_create_time: Mapped[datetime | None] = mapped_column(doc="When these details were first noted.")
    meta_invoice_time: Mapped[datetime | None] = mapped_column(doc="When the invoice was sent.")
    meta_update_time: Mapped[datetime | None] = mapped_column(doc="When these details last changed.")

    create_time: Mapped[Created] = mapped_column(doc="When the transaction was made.")
    update_time: Mapped[Created] = mapped_column(doc="When its status last changed.")
    processed_time: Mapped[datetime | None] = mapped_column(doc="When it came to its end.")

    client: Mapped[Client] = relationship(viewonly=True, doc="The client whose transaction it is.")
    credit_account: Mapped[Account | None] = relationship(
        viewonly=True, foreign_keys=[credit_account_id], doc="The account; null where the money is outside."
    )
    credit_currency: Mapped[Currency | None] = relationship(
        viewonly=True, foreign_keys=[credit_currency_code], doc="The currency of the amount."
    )
    debit_account: Mapped[Account | None] = relationship(
        viewonly=True, foreign_keys=[debit_account_id], doc="The account; null where the money is outside."
    )
    debit_currency: Mapped[Currency | None] = relationship(
        viewonly=True, foreign_keys=[debit_currency_code], doc="The currency of the amount."
    )
    method: Mapped[PaymentMethod | None] = relationship(viewonly=True, doc="How the money came in or went out.")

    @classmethod
    def always(cls) -> ColumnElement[bool]:
        return cls.status != TransactionStatus.NEW


def on_either_side(_credit_account_id: ColumnElement[Any], account_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a transaction credits or debits an account, which may be a column of an outer query."""
    return or_(Transaction.credit_account_id == account_id, Transaction.debit_account_id == account_id)


# Most transactions have one side only, and transfers have no method.
partial_index(
    "ix_transaction_credit_account", Transaction.credit_account_id, Transaction.transaction_id, column=Transaction.credit_account_id
)
partial_index("ix_transaction_debit_account", Transaction.debit_account_id, Transaction.transaction_id, column=Transaction.debit_account_id)
partial_index(
    "ix_transaction_method", Transaction.method_id, Transaction.create_time, Transaction.transaction_id, column=Transaction.method_id
)
Index("ix_transaction_credit_amount", lowest_first(Transaction.credit_amount), Transaction.transaction_id)
Index("ix_transaction_debit_amount", lowest_first(Transaction.debit_amount), Transaction.transaction_id)
Index("ix_transaction_processed_time", newest_last(Transaction.processed_time), Transaction.transaction_id)
