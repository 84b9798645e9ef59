"""What each action reads from a record."""

from importers.columns import Field
from importers.values import BirthDate, Country, CurrencyCode, Digits, Email, Integer, Phone, Text, VerificationLevel

_MAIL = ("e-mail", "mail", "email address", "e-mail address", "mail address")

IMPORT_USERS = (
    Field(
        "email",
        Email(),
        "The e-mail address, by which a client is known.",
        required=True,
        aliases=(*_MAIL, "user email", "client email", "login"),
    ),
    Field("last_name", Text(100), "The last name.", aliases=("surname", "family name", "lastname", "second name")),
    Field("middle_name", Text(100), "The middle name.", aliases=("patronymic", "middle names", "middle initial")),
    Field("first_name", Text(100), "The first name.", aliases=("given name", "forename")),
    Field("date_of_birth", BirthDate(), "The date of birth.", aliases=("dob", "birth date", "birthdate", "birthday", "birth day", "born")),
    Field(
        "country",
        Country(),
        "The country: a code of ISO 3166-1 or the English name.",
        aliases=("country code", "country name", "country of residence"),
    ),
    Field(
        "phone",
        Phone(country="country"),
        "The phone number.",
        aliases=(
            "phone number",
            "mobile",
            "mobile phone",
            "mobile number",
            "cell phone",
            "cell",
            "telephone",
            "telephone number",
            "tel",
            "phone no",
        ),
    ),
    Field(
        "address",
        Text(255),
        "The street and house number.",
        aliases=("street", "street address", "address line", "address line 1", "address 1"),
    ),
    Field("city", Text(100), "The city.", aliases=("town", "locality")),
    Field("postal_code", Digits(20), "The postal code.", aliases=("zip", "zip code", "postcode", "post code", "postal")),
    Field(
        "verification_level", VerificationLevel(), "The verification level: its name or id.", aliases=("level", "verification", "kyc level")
    ),
)

IMPORT_ACCOUNTS = (
    Field(
        "email",
        Email(),
        "The e-mail address of the client who owns the account.",
        required=True,
        aliases=(*_MAIL, "client email", "user email"),
    ),
    Field(
        "account_number",
        Digits(64),
        "The account's number, by which it is known.",
        required=True,
        aliases=("account", "account no", "account id", "number", "login"),
    ),
    Field("product_id", Integer(), "The id of the product.", required=True, aliases=("product", "product number")),
    Field(
        "product_currency",
        CurrencyCode(16),
        "The currency's code; may be left out if the product has one.",
        aliases=("currency", "currency code"),
    ),
)

IMPORT_IBS = (
    Field(
        "ib_email",
        Email(),
        "The e-mail address of the client who becomes, or is, a partner.",
        required=True,
        aliases=("ib", "ib e-mail", "partner email", "partner e-mail", "partner"),
    ),
    Field(
        "client_email",
        Email(),
        "The e-mail address of the client whom the partner attracted.",
        aliases=("client", "client e-mail", "referral email"),
    ),
    Field(
        "ib_type_id",
        Integer(),
        "The id of the IB program.",
        required=True,
        aliases=("ib type", "ib program id", "ib program", "program id", "type id"),
    ),
)
