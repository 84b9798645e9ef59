"""IMPORT_ACCOUNTS: accounts of clients.

What an account is called and allows comes from its product, or from the product's currency where that overrides it. On a match,
the product (with the account's type) and the currency may change; the caption, name and permissions stay, as staff may have set them.
"""

from importers.actions.action import Action, Finding, Step, by_statement
from importers.faults import Code
from importers.fields import IMPORT_ACCOUNTS
from models.clients import Client
from models.imports import ImportAction
from models.products import Product

LOOK_UP = """
    insert into fate
    select stage.*,
        case when result = 'a' and not $dry_run then nextval('account_account_id_seq') when result <> 'e' then account.account_id end,
        result, faults,
        client.client_id, wanted.currency_code, product.type, product.name,
        case when offer.overwrite_product_settings then offer.caption else product.caption end,
        case when offer.overwrite_product_settings then offer.permissions else product.permissions end
    from stage
    left join lateral (
        select client_id from client join $visible_client as seen using (client_id)
        where lower(client.email) collate "C" = lower(stage.email) collate "C" limit 1
    ) as client on true
    left join lateral (
        select *, num_nonnulls(nullif(current_balance, 0), nullif(available_balance, 0), nullif(credit, 0), nullif(equity, 0),
            nullif(hold, 0), nullif(margin, 0)) > 0 as holds_money
        from account where account.account_number = stage.account_number limit 1
    ) as account on true
    left join lateral (
        select true as found from import_seen where import_run_id = $run and import_seen.key = stage.key limit 1
    ) as note on true
    left join lateral (
        select product.* from product join $visible_product as seen using (product_id) where product_id = stage.product_id limit 1
    ) as product on true
    left join lateral (
        select min(currency_code) as currency_code, count(*) as choices
        from product_currency join currency on currency.alphabetic_code = product_currency.currency_code
        where product_currency.product_id = product.product_id and is_enabled and currency.enabled
    ) as enabled on true
    cross join lateral (
        select coalesce(stage.product_currency, account.currency_code, case when enabled.choices = 1 then enabled.currency_code end)
            as currency_code
    ) as wanted
    left join lateral (
        select product_currency.*
        from product_currency join currency on currency.alphabetic_code = product_currency.currency_code
        where product_currency.product_id = product.product_id and product_currency.currency_code = wanted.currency_code
            and is_enabled and currency.enabled
        limit 1
    ) as offer on true
    cross join lateral (
        select account.account_id is not null and account.product_id = product.product_id and account.currency_code = wanted.currency_code
            as same
    ) as kept
    cross join lateral (
        select array_remove(array[
            case when again or note.found or account.import_run_id = $run then 'duplicate' end,
            case when stage.email is not null and client.client_id is null then 'no client' end,
            case when account.client_id <> client.client_id then 'of another client' end,
            case when stage.product_id is not null and product.product_id is null then 'no product' end,
            case when product.product_id is not null and wanted.currency_code is null then 'no currency' end,
            case when wanted.currency_code is not null and product.product_id is not null and offer.product_id is null and not kept.same
                then case when stage.product_currency is null then 'no currency' else 'currency' end end,
            case when account.currency_code <> wanted.currency_code and account.holds_money then 'money' end
        ], null) as faults
    ) as found
    cross join lateral (
        select case
            when faulty or faults <> '{}' then 'e'
            when account.account_id is null then case when $create then 'a' else 's' end
            when $update and not kept.same then 'u'
            else 's' end as result
    ) as decision"""


LOCK = """
    select count(*) from (
        select from account where account_id = any (array(select row_id from fate where result = 'u')) order by account_id for no key update
    ) as locked"""

NOTE_FOR_OTHERS = """
    insert into import_seen (import_run_id, key)
    select account.import_run_id, fate.key
    from fate join account on account.account_id = fate.row_id
    join import_run as other on other.import_run_id = account.import_run_id and other.status = 'inProgress'
    where fate.result = 'u' and account.import_run_id <> $run
    order by account.import_run_id, fate.key
    on conflict do nothing"""

UPDATE = """
    update account set product_id = fate.product_id, currency_code = fate.currency_code, type = fate.type, import_run_id = $run
    from fate where fate.result = 'u' and account.account_id = fate.row_id"""

ADD = """
    insert into account (account_id, account_number, client_id, product_id, currency_code, caption, name, permissions, type, import_run_id)
    select row_id, account_number, client_id, product_id, currency_code, caption, name, permissions, type, $run
    from fate where result = 'a' order by (key collate "C")"""

ACCOUNTS = Action(
    kind=ImportAction.IMPORT_ACCOUNTS,
    permission="accounts.import",
    fields=IMPORT_ACCOUNTS,
    match_key=("account_number",),
    key=str,
    scope=(Client, Product),
    tables=("account",),
    decide=by_statement(LOOK_UP),
    further={"client_id": "integer", "currency_code": "text", "type": "text", "name": "text", "caption": "text", "permissions": "text[]"},
    findings={
        "duplicate": Finding(
            Code.DUPLICATE_IN_FILE, "account_number", "The account {account_number} is in an earlier record already; the first one counts."
        ),
        "no client": Finding(Code.UNKNOWN_CLIENT, "email", "No client has the address {email}; import the client first, or mend it."),
        "of another client": Finding(
            Code.ACCOUNT_OF_ANOTHER_CLIENT,
            "account_number",
            "The account {account_number} is not of {email}, but of another client.",
        ),
        "no product": Finding(Code.UNKNOWN_PRODUCT, "product_id", "No product has the id {product_id}; use the id of one that exists."),
        "no currency": Finding(
            Code.CURRENCY_REQUIRED,
            "product_currency",
            "The product {product_id} has not just one enabled currency; name one.",
        ),
        "currency": Finding(
            Code.CURRENCY_NOT_ENABLED,
            "product_currency",
            "{product_currency} is not enabled for the product {product_id}.",
        ),
        "money": Finding(
            Code.CURRENCY_NOT_ENABLED,
            "product_currency",
            "The account {account_number} holds money in another currency.",
        ),
    },
    steps=(Step("u", LOCK), Step("u", NOTE_FOR_OTHERS), Step("u", UPDATE), Step("a", ADD)),
)
