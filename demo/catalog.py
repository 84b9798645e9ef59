"""The configuration that a new database starts with, until the broker has its own: table by table, rows as column and value."""

from typing import Any

Row = dict[str, Any]


def texts(key: str, **by_locale: str) -> list[dict[str, str]]:
    """Localized texts, as the column `resources` keeps them."""
    return [{"key": key, "locale": locale, "value": value} for locale, value in by_locale.items()]


# The numbers of the house: above those of ISO 4217.
HOUSE_CURRENCIES: list[Row] = [
    {
        "alphabetic_code": "BTC",
        "numeric_code": 1000,
        "minor_unit": 8,
        "name": "Bitcoin",
        "block_explorer": "https://mempool.space/address/{address}",
        "resources": texts("caption", ja_JP="ビットコイン", ru_RU="Биткойн"),
    },
    {
        "alphabetic_code": "ETH",
        "numeric_code": 1002,
        "minor_unit": 8,
        "name": "Ether",
        "block_explorer": "https://etherscan.io/address/{address}",
        "resources": texts("caption", ja_JP="イーサ", ru_RU="Эфир"),
    },
    {
        "alphabetic_code": "LTC",
        "numeric_code": 1003,
        "minor_unit": 8,
        "name": "Litecoin",
        "block_explorer": "https://litecoinspace.org/address/{address}",
        "resources": texts("caption", ja_JP="ライトコイン", ru_RU="Лайткойн"),
    },
    {
        "alphabetic_code": "USDT",
        "numeric_code": 1005,
        "minor_unit": 6,
        "name": "Tether",
        "block_explorer": "https://tronscan.org/#/address/{address}",
        "resources": texts("caption", ja_JP="テザー", ru_RU="Тезер"),
    },
]

WALLET = ["deposit", "enabled", "exchange", "transferDeposit", "transferWithdrawal", "visible", "withdrawal"]
TRADING = ["deposit", "enabled", "trade", "transferDeposit", "transferWithdrawal", "visible", "withdrawal"]
PLAYING = ["deposit", "enabled", "trade", "visible"]
TRADE: Row = {"type": "trade", "platform_id": 1, "product_group_id": 2, "permissions": TRADING, "default_account_permissions": TRADING}
LIVE: Row = {
    **TRADE,
    "default_leverage": 100,
    "leverages": [1, 10, 30, 50, 100],
    "max_accounts": 5,
    "agreement_link": "https://example.com/terms",
}

PRODUCTS: list[Row] = [
    {
        "product_id": 1,
        "name": "wallet_fiat",
        "caption": "Wallet",
        "type": "personal",
        "status": "default",
        "product_group_id": 1,
        "permissions": WALLET,
        "default_account_permissions": WALLET,
        "max_accounts": 2,
        "auto_create_on_login": True,
        "priority": 1,
        "resources": texts("caption", de_DE="Geldbörse", es_ES="Monedero", ja_JP="ウォレット", ru_RU="Кошелёк"),
    },
    {
        **LIVE,
        "product_id": 2,
        "name": "mt5_live",
        "caption": "MT5 Live",
        "min_deposit_amount": 100,
        "priority": 2,
        "resources": texts("caption", de_DE="MT5 Echtgeld", es_ES="MT5 real", ja_JP="MT5 リアル", ru_RU="MT5 реальный"),
    },
    {
        **LIVE,
        "product_id": 3,
        "name": "mt5_usd_only",
        "caption": "MT5 Pro",
        "min_deposit_amount": 1000,
        "request_required": True,
        "priority": 3,
        "resources": texts("caption", de_DE="MT5 Profi", es_ES="MT5 profesional", ja_JP="MT5 プロ", ru_RU="MT5 профессиональный"),
    },
    {
        **TRADE,
        "product_id": 4,
        "name": "mt5_demo",
        "caption": "MT5 Demo",
        "type": "demo",
        "platform_id": 2,
        "product_group_id": 3,
        "permissions": PLAYING,
        "default_account_permissions": PLAYING,
        "default_leverage": 100,
        "leverages": [1, 10, 30, 50, 100, 500],
        "max_accounts": 10,
        "start_amounts": [1000, 10000, 50000],
        "send_mail_setting": "dontSend",
        "priority": 4,
        "resources": texts("caption", de_DE="MT5 Demo", es_ES="MT5 demo", ja_JP="MT5 デモ", ru_RU="MT5 демо"),
    },
]

# The payment methods that take a currency, and those whose money goes through a blockchain.
METHODS = {"USD": [1, 2, 4], "EUR": [1, 2, 3, 4], "BTC": [5], "USDT": [6]}
CRYPTO = {5, 6}

# The numbers 1 to 4 of products, 1 and 2 of IB programs and 1 to 3 of verification levels are what import files refer to.
CATALOG: dict[str, list[Row]] = {
    "platform": [
        {"platform_id": 1, "name": "mt5", "caption": "MetaTrader 5", "resources": texts("caption", ja_JP="メタトレーダー5")},
        {"platform_id": 2, "name": "mt5_demo", "caption": "MetaTrader 5 Demo", "resources": texts("caption", ja_JP="メタトレーダー5 デモ")},
    ],
    "product_group": [
        {
            "product_group_id": 1,
            "name": "wallets",
            "caption": "Wallets",
            "description": "Money that is not on a platform.",
            "priority": 1,
            "resources": texts("caption", de_DE="Geldbörsen", es_ES="Monederos", ja_JP="ウォレット", ru_RU="Кошельки"),
        },
        {
            "product_group_id": 2,
            "name": "trading",
            "caption": "Trading accounts",
            "description": "Trading with the client's money.",
            "priority": 2,
            "resources": texts("caption", de_DE="Handelskonten", es_ES="Cuentas de trading", ja_JP="取引口座", ru_RU="Торговые счета"),
        },
        {
            "product_group_id": 3,
            "name": "demo",
            "caption": "Demo accounts",
            "description": "Trading with play money.",
            "priority": 3,
            "resources": texts("caption", de_DE="Demokonten", es_ES="Cuentas demo", ja_JP="デモ口座", ru_RU="Демо-счета"),
        },
    ],
    "product": PRODUCTS,
    "product_currency": [
        {
            "product_currency_id": number,
            "product_id": product["product_id"],
            "currency_code": code,
            "caption": f"{product['caption']} {code}",
            "platform_groups": [] if product["type"] == "personal" else [f"{product['name']}\\{code}"],
            "priority": priority,
        }
        for number, (product, code, priority) in enumerate(
            [
                (PRODUCTS[0], "USD", 1),
                (PRODUCTS[0], "EUR", 2),
                (PRODUCTS[1], "USD", 1),
                (PRODUCTS[1], "EUR", 2),
                (PRODUCTS[1], "BTC", 3),
                (PRODUCTS[2], "USD", 1),
                (PRODUCTS[3], "USD", 1),
            ],
            start=1,
        )
    ],
    "client_type": [
        {
            "client_type_id": 1,
            "default": True,
            "name": "Individual",
            "caption": "Individual",
            "group": "individual",
            "wizard": True,
            "resources": texts("name", de_DE="Privatperson", es_ES="Particular", ja_JP="個人", ru_RU="Физическое лицо"),
        },
        {
            "client_type_id": 2,
            "name": "Corporate",
            "caption": "Corporate",
            "group": "corporative",
            "resources": texts("name", de_DE="Unternehmen", es_ES="Empresa", ja_JP="法人", ru_RU="Юридическое лицо"),
        },
    ],
    "verification_level": [
        # The last first: each names the one that follows.
        {
            "verification_level_id": 3,
            "name": "Level 2",
            "caption": "Fully verified",
            "description": "Has proven the address too; may pay out.",
            "options": ["identity", "residence"],
            "resources": texts(
                "caption", de_DE="Vollständig geprüft", es_ES="Verificación completa", ja_JP="確認完了", ru_RU="Полностью подтверждён"
            ),
        },
        {
            "verification_level_id": 2,
            "name": "Level 1",
            "caption": "Identity verified",
            "description": "Has proven the identity; may pay in and trade.",
            "next_level_id": 3,
            "options": ["identity"],
            "resources": texts(
                "caption", de_DE="Identität geprüft", es_ES="Identidad verificada", ja_JP="本人確認済み", ru_RU="Личность подтверждена"
            ),
        },
        {
            "verification_level_id": 1,
            "name": "Level 0",
            "caption": "Not verified",
            "description": "May look around and use demo accounts.",
            "next_level_id": 2,
            "default": True,
            "resources": texts("caption", de_DE="Nicht verifiziert", es_ES="Sin verificar", ja_JP="未確認", ru_RU="Не подтверждён"),
        },
    ],
    "payment_method": [
        {
            "method_id": 1,
            "name": "Bank transfer",
            "group_name": "Banks",
            "resources": texts(
                "name", de_DE="Banküberweisung", es_ES="Transferencia bancaria", ja_JP="銀行振込", ru_RU="Банковский перевод"
            ),
        },
        {
            "method_id": 2,
            "name": "Card",
            "group_name": "Cards",
            "resources": texts("name", de_DE="Karte", es_ES="Tarjeta", ja_JP="カード", ru_RU="Банковская карта"),
        },
        {
            "method_id": 3,
            "name": "SEPA transfer",
            "group_name": "Banks",
            "resources": texts("name", de_DE="SEPA-Überweisung", es_ES="Transferencia SEPA", ja_JP="SEPA送金", ru_RU="Перевод SEPA"),
        },
        {
            "method_id": 4,
            "name": "E-wallet",
            "group_name": "Wallets",
            "resources": texts(
                "name", de_DE="E-Geldbörse", es_ES="Monedero electrónico", ja_JP="電子ウォレット", ru_RU="Электронный кошелёк"
            ),
        },
        {"method_id": 5, "name": "Bitcoin", "group_name": "Crypto", "resources": texts("name", ja_JP="ビットコイン", ru_RU="Биткойн")},
        {"method_id": 6, "name": "Tether", "group_name": "Crypto", "resources": texts("name", ja_JP="テザー", ru_RU="Тезер")},
    ],
    "manager": [
        {"manager_id": 1, "office_id": 1, "name": "Clara Hoffmann", "title": "Ms.", "email": "clara.hoffmann@example.com"},
        {"manager_id": 2, "office_id": 1, "name": "Daniel Okafor", "title": "Mr.", "email": "daniel.okafor@example.com"},
        {"manager_id": 3, "office_id": 1, "name": "Elena Petrova", "title": "Ms.", "email": "elena.petrova@example.com"},
        {"manager_id": 4, "office_id": 2, "name": "Hiroshi Tanaka", "title": "Mr.", "email": "hiroshi.tanaka@example.com"},
        {"manager_id": 5, "office_id": 2, "name": "Isabel Moreno", "title": "Ms.", "email": "isabel.moreno@example.com"},
        {"manager_id": 6, "office_id": 2, "name": "Tom Bradley", "title": "Mr.", "email": "tom.bradley@example.com", "enabled": False},
    ],
    "tag": [
        {"tag_id": number, "name": name}
        for number, name in enumerate(
            ["vip", "newsletter", "dormant", "call back", "webinar", "high volume", "complaint", "islamic account"], start=1
        )
    ],
    "ib_program": [
        {"ib_program_id": 1, "name": "Standard IB", "description": "A share of the spread on what referred clients trade."},
        {"ib_program_id": 2, "name": "Premium IB", "description": "A larger share, for partners with fifty clients or more."},
    ],
}
