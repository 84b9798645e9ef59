"""Platforms, product groups, products and their currencies."""

import models
from graph.kit import auto, column, listed, localized, node, one, path, values
from graph.reference import Resource


@node(models.Platform)
class Platform:
    platform_id: auto
    name: auto
    caption = localized(models.Platform.caption, models.Platform.resources)


@node(models.ProductGroup)
class ProductGroup:
    product_group_id: auto
    name: auto
    description: auto
    status: auto
    type: auto
    priority: auto
    create_time: auto
    update_time: auto
    caption = localized(models.ProductGroup.caption, models.ProductGroup.resources)
    products = listed(models.ProductGroup.products, bound=30)


@node(
    models.Product,
    filters=["product_id", "name", "caption", "type", "product_group_id", "platform_id"],
    filters_by={"currency_code": path(models.Product.currencies, models.ProductCurrency.currency_code)},
    orders=["product_id", "name", "priority", "create_time"],
)
class Product:
    product_id: auto
    type: auto
    status: auto
    default_leverage: auto
    leverages: auto
    max_accounts: auto
    send_mail_setting: auto
    mail_template: auto
    start_amounts: auto
    priority: auto
    link_info: auto
    agreement_link: auto
    request_required: auto
    min_deposit_amount: auto
    auto_create_on_login: auto
    permissions: auto
    default_account_permissions: auto
    options: auto
    create_time: auto
    update_time: auto
    name = localized(models.Product.name, models.Product.resources)
    caption = localized(models.Product.caption, models.Product.resources)
    resources = values(models.Product.resources, Resource)
    platform = one(models.Product.platform)
    group = one(models.Product.group)
    currencies = listed(models.Product.currencies)


@node(models.ProductCurrency)
class ProductCurrency:
    product_currency_id: auto
    is_enabled: auto
    platform_groups: auto
    priority: auto
    factory: auto
    is_hedging_enabled: auto
    overwrite_product_settings: auto
    permissions: auto
    default_account_permissions: auto
    default_leverage: auto
    leverages: auto
    max_accounts: auto
    start_amounts: auto
    link_info: auto
    agreement_link: auto
    request_required: auto
    min_deposit_amount: auto
    auto_create_on_login: auto
    create_time: auto
    update_time: auto
    alphabetic_code = column(models.ProductCurrency.currency_code)
    numeric_code = column(models.ProductCurrency.numeric_code)
    caption = localized(models.ProductCurrency.caption, models.ProductCurrency.resources)
    resources = values(models.ProductCurrency.resources, Resource)
    currency = one(models.ProductCurrency.currency)
    product = one(models.ProductCurrency.product)
