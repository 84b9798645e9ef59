"""The demo while it is made up: its chance, its calendar, and the rows that are not yet written."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random

from demo.places import Place, places
from demo.reference import facts

SEED = 20_261_001
# Fixed, so that the same rows come out whenever they are made: the first client came at the one, the demo stands still at the other.
BEGIN = int(datetime(2023, 10, 1, tzinfo=UTC).timestamp())
END = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())

Cell = str | int | bool | None

# The order in which rows may refer to each other.
COLUMNS = {
    table: columns.split()
    for table, columns in {
        "client": """client_id email first_name middle_name last_name nickname company_full_name company_short_name birthday city
            country_id phone internal_type locale manager_id risk_level status client_type_id verification_level_id analytics
            logged_at create_time update_time""",
        "address": "address_id client_id address city country_id postcode state type create_time update_time",
        "phone_number": "phone_number_id client_id confirmed default number type create_time update_time",
        "client_tag": "client_id tag_id",
        "account": """account_id account_number client_id product_id currency_code caption name permissions type archive_time
            create_time available_balance current_balance credit equity free_margin hold margin margin_level pnl
            statement_update_time""",
        "transaction": """transaction_id client_id credit_account_id credit_amount credit_commission credit_currency_code
            debit_account_id debit_amount debit_commission debit_currency_code foreign_exchange_rate method_id status type is_fake
            meta_blockchain_transaction meta_comment meta_compliance_status meta_dealing_status meta_invoice meta_provider_commission
            meta_provider_options meta_verification_status meta_create_time meta_invoice_time meta_update_time
            create_time update_time processed_time""",
        "ib_partner": "ib_partner_id client_id ib_program_id referral_code active create_time",
        "ib_referral": "ib_referral_id ib_partner_id client_id create_time",
    }.items()
}


@dataclass
class World:
    """So many clients, one after the other; every draw comes from one source, so that the order of draws is the demo."""

    clients: int
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - chance that is the same each time
    places: list[Place] = field(default_factory=lambda: [place for place in places() for _ in range(place.weight)])
    countries: dict[str, int] = field(
        default_factory=lambda: {str(row["alpha2_code"]): int(row["numeric_code"] or 0) for row in facts("countries.csv")}
    )
    rows: dict[str, list[tuple[Cell, ...]]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, "count[int]"] = field(default_factory=lambda: defaultdict(lambda: count(1)))

    def add(self, table: str, *cells: Cell) -> None:
        self.rows[table].append(cells)

    def number(self, table: str) -> int:
        return next(self.numbers[table])

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def between(self, begin: int, end: int) -> int:
        """A moment after the one and before the other."""
        return begin + int(self.random.random() * (end - begin))


def instant(moment: int | None) -> str | None:
    """A moment as PostgreSQL reads it."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
