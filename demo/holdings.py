"""The accounts of the demo's clients, with statements whose figures agree."""

from dataclasses import dataclass

from demo.catalog import CATALOG, PLAYING, TRADING, WALLET
from demo.people import Person
from demo.world import END, World, instant
from models import AccountType, ClientStatus


@dataclass(frozen=True)
class Kind:
    """A product in a currency, with the typical balance and the decimals of its money."""

    product_id: int
    currency: str
    typical: float
    decimals: int
    type: AccountType
    permissions: list[str]

    @property
    def name(self) -> str:
        caption = next(product["caption"] for product in CATALOG["product"] if product["product_id"] == self.product_id)
        return f"{caption} {self.currency}"


WALLET_USD = Kind(1, "USD", 600, 2, AccountType.PERSONAL, WALLET)
WALLET_EUR = Kind(1, "EUR", 500, 2, AccountType.PERSONAL, WALLET)
LIVE_USD = Kind(2, "USD", 2_500, 2, AccountType.TRADE, TRADING)
LIVE_EUR = Kind(2, "EUR", 2_000, 2, AccountType.TRADE, TRADING)
LIVE_BTC = Kind(2, "BTC", 0.08, 8, AccountType.TRADE, TRADING)
PRO_USD = Kind(3, "USD", 12_000, 2, AccountType.TRADE, TRADING)
PLAY_USD = Kind(4, "USD", 10_000, 2, AccountType.DEMO, PLAYING)
# Ten clients one after the other have thirty accounts.
PORTFOLIOS = [
    [WALLET_USD, LIVE_USD, PLAY_USD],
    [WALLET_EUR, LIVE_EUR],
    [WALLET_USD, LIVE_USD, LIVE_BTC, PLAY_USD],
    [PLAY_USD, WALLET_USD],
    [WALLET_USD, WALLET_EUR, LIVE_USD, PRO_USD, PLAY_USD],
    [WALLET_EUR, LIVE_EUR, PLAY_USD],
    [WALLET_USD, LIVE_USD],
    [WALLET_USD, PRO_USD, PLAY_USD],
    [WALLET_EUR, LIVE_EUR, LIVE_BTC, PLAY_USD],
    [WALLET_USD, PLAY_USD],
]
PER_TEN = sum(map(len, PORTFOLIOS))


@dataclass(frozen=True)
class Holding:
    """An account, and while it was open."""

    account_id: int
    kind: Kind
    opened: int
    closed: int | None


@dataclass
class Statement:
    """The figures of an account, in the smallest unit of its currency."""

    balance: int = 0
    credit: int = 0
    margin: int = 0
    pnl: int = 0
    hold: int = 0

    @property
    def equity(self) -> int:
        return self.balance + self.credit + self.pnl

    @property
    def available(self) -> int:
        """What is neither lent, nor bound by positions, nor lost in them, nor held back."""
        return max(0, min(self.balance, self.equity - self.margin - self.credit) - self.hold)

    @property
    def margin_level(self) -> int:
        """In hundredths of a percent; none without positions."""
        return (self.equity * 10_000 + self.margin // 2) // self.margin if self.margin else 0


def add_accounts(world: World, person: Person) -> list[Holding]:
    holdings = []
    # The portfolio moves on from ten to ten, so that partners, who are every tenth client, do not all have the same one.
    for kind in PORTFOLIOS[(person.client_id + (person.client_id - 1) // 10) % 10]:
        number = world.number("account")
        opened = world.between(person.created, person.updated)
        closed = person.updated if person.status is ClientStatus.DELETED or world.often(0.02) else None
        funded = closed is None and (kind.type is AccountType.DEMO or person.level > 1)
        figures = statement(world, kind) if funded else Statement()
        world.add(
            "account",
            number,
            str(50_000_000 + number),
            person.client_id,
            kind.product_id,
            kind.currency,
            kind.name,
            f"{kind.name} {50_000_000 + number}",
            "{" + ",".join(kind.permissions) + "}",
            kind.type.value,
            instant(closed),
            instant(opened),
            money(figures.available, kind.decimals),
            money(figures.balance, kind.decimals),
            money(figures.credit, kind.decimals),
            money(figures.equity, kind.decimals),
            money(figures.equity - figures.margin, kind.decimals),
            money(figures.hold, kind.decimals),
            money(figures.margin, kind.decimals),
            money(figures.margin_level, 2),
            money(figures.pnl, kind.decimals),
            instant(closed or world.between(opened, END)),
        )
        holdings.append(Holding(number, kind, opened, closed))
    return holdings


def statement(world: World, kind: Kind) -> Statement:
    """Most balances are small and a few are large; some accounts are empty."""
    if world.often(0.06):
        return Statement()
    random = world.random
    balance = int(kind.typical * 10**kind.decimals * random.lognormvariate(0, 1))
    figures = Statement(balance)
    if kind.type is AccountType.PERSONAL:
        figures.hold = int(balance * random.uniform(0.1, 0.6)) if world.often(0.08) else 0
    elif world.often(0.6):
        figures.credit = int(balance * random.uniform(0.05, 0.2)) if kind.type is AccountType.TRADE and world.often(0.1) else 0
        figures.margin = int(balance * random.uniform(0.01, 0.4))
        figures.pnl = int(balance * random.gauss(0.02, 0.12)) if balance else 0
        figures.pnl = max(figures.pnl, -balance // 2)
    return figures


def money(units: int, decimals: int) -> str:
    """An exact decimal: `money(-105, 2)` is `-1.05`."""
    whole, rest = divmod(abs(units), 10**decimals)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{decimals}}"
