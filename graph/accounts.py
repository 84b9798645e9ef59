"""Accounts and their statements."""

import models
from graph.kit import auto, column, many, node, one, part, part_of, path, through


@part_of(models.Account)
class Statement:
    """The figures of an account, in its currency."""

    available_balance: auto
    current_balance: auto
    credit: auto
    equity: auto
    free_margin: auto
    hold: auto
    margin: auto
    margin_level: auto
    pnl: auto
    update_time = column(models.Account.statement_update_time)


@node(
    models.Account,
    filters=["account_id", "account_number", "client_id", "type", "currency_code", "product_id", "archived", "create_time"],
    filters_by={
        "product_group_id": path(models.Account.product, models.Product.product_group_id),
        "platform_id": path(models.Account.product, models.Product.platform_id),
        "client": through(models.Account.client),
    },
    orders=["account_id", "account_number", "create_time"],
)
class Account:
    """An account of a client: what is held, in which currency, in which product."""

    account_id: auto
    account_number: auto
    client_id: auto
    caption: auto
    name: auto
    permissions: auto
    type: auto
    archive_time: auto
    create_time: auto
    client = one(models.Account.client)
    currency = one(models.Account.currency)
    product = one(models.Account.product)
    group = one(models.Account.product, models.Product.group)
    platform = one(models.Account.product, models.Product.platform)
    statement = part(Statement, "The figures of the account, in its currency.")
    transactions = many(models.Account.transactions, membership=models.on_either_side)
