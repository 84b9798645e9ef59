"""Transactions with their sides and details, and payment methods."""

import strawberry

import models
from graph.kit import auto, column, localized, node, one, part, part_of, path, through, values


@strawberry.type(description="One detail, as a payment system names it.")
class KeyValue:
    key: str = strawberry.field(description="Which detail it is.")
    value: str = strawberry.field(description="Its value.")


@node(models.PaymentMethod)
class PaymentMethod:
    method_id: auto
    group_name: auto
    name = localized(models.PaymentMethod.name, models.PaymentMethod.resources)


@part_of(models.Transaction, prefix="credit_")
class TransactionSide:
    """What a transaction adds to an account, or takes from one."""

    account = one(models.Transaction.credit_account)
    amount = column(models.Transaction.credit_amount, nullable=False)
    commission = column(models.Transaction.credit_commission)
    currency = one(models.Transaction.credit_currency, nullable=False)


@part_of(models.Transaction)
class TransactionMeta:
    """What the payment system and the departments say of a deposit or a withdrawal."""

    blockchain_transaction = column(models.Transaction.meta_blockchain_transaction)
    comment = column(models.Transaction.meta_comment)
    compliance_status = column(models.Transaction.meta_compliance_status)
    dealing_status = column(models.Transaction.meta_dealing_status)
    invoice = column(models.Transaction.meta_invoice)
    provider_commission = column(models.Transaction.meta_provider_commission)
    provider_options = values(models.Transaction.meta_provider_options, KeyValue)
    verification_status = column(models.Transaction.meta_verification_status)
    create_time = column(models.Transaction.meta_create_time)
    invoice_time = column(models.Transaction.meta_invoice_time)
    update_time = column(models.Transaction.meta_update_time)


@node(
    models.Transaction,
    filters=[
        "transaction_id",
        "client_id",
        "status",
        "type",
        "method_id",
        "is_fake",
        "credit_amount",
        "debit_amount",
        "create_time",
        "processed_time",
    ],
    filters_by={
        "credit_account_number": path(models.Transaction.credit_account, models.Account.account_number),
        "debit_account_number": path(models.Transaction.debit_account, models.Account.account_number),
        "client": through(models.Transaction.client),
    },
    orders=["transaction_id", "create_time", "processed_time", "credit_amount", "debit_amount"],
)
class Transaction:
    transaction_id: auto
    client_id: auto
    foreign_exchange_rate: auto
    status: auto
    type: auto
    is_fake: auto
    create_time: auto
    update_time: auto
    processed_time: auto
    client = one(models.Transaction.client)
    credit_details = part(
        TransactionSide, "What is added, and to which account.", present=models.Transaction.credit_amount, prefix="credit_"
    )
    debit_details = part(
        TransactionSide, "What is taken, and from which account.", present=models.Transaction.debit_amount, prefix="debit_"
    )
    meta = part(
        TransactionMeta,
        "What the payment system and the departments say; of deposits and withdrawals only.",
        present=models.Transaction.meta_create_time,
    )
    method = one(models.Transaction.method)
