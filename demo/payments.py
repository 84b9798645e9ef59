"""The transactions of the demo's clients: what they paid in, moved between accounts and paid out."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from demo.catalog import METHODS
from demo.holdings import Holding
from demo.network import partners
from demo.payment_details import NO_DETAILS, UNDER_WAY, Cells, deposit_details, withdrawal_details
from demo.people import Person
from demo.world import END, SEED, World, instant
from models import AccountType, TransactionKind, TransactionStatus

# Ten clients one after the other have fifty transactions.
SPREAD = [1, 2, 3, 4, 5, 5, 6, 7, 8, 9]
KINDS = (
    [TransactionKind.DEPOSIT] * 10
    + [TransactionKind.TRANSFER] * 5
    + [TransactionKind.WITHDRAWAL] * 5
    + [TransactionKind.EXCHANGE] * 2
    + [TransactionKind.EXTERNAL, TransactionKind.PARTNER]
)
ENDED = (
    [TransactionStatus.DONE] * 84
    + [TransactionStatus.CANCELLED] * 5
    + [TransactionStatus.FAILED] * 5
    + [TransactionStatus.REJECTED] * 3
    + [TransactionStatus.REFUND, TransactionStatus.REFUND_FAILED, TransactionStatus.HOLD_FAILED]
)
NOT_MOVED = [TransactionStatus.CANCELLED, TransactionStatus.FAILED, TransactionStatus.REJECTED]
DAY = 86_400
IN_USD = {"USD": Decimal(1), "EUR": Decimal("1.1"), "BTC": Decimal(60_000), "USDT": Decimal(1)}
DECIMALS = {"USD": 2, "EUR": 2, "BTC": 8, "USDT": 6}
NO_SIDE: Cells = (None, None, "0", None)


@dataclass
class Payment:
    """A transaction that is being made up."""

    kind: TransactionKind
    moment: int
    status: TransactionStatus
    credit: Cells = NO_SIDE
    debit: Cells = NO_SIDE
    rate: Decimal | None = None
    method: int | None = None
    details: Cells = NO_DETAILS


@dataclass
class Payments:
    """Makes up the transactions of one client after the other; its draws have a source of their own, so that clients stay as they are."""

    world: World
    random: Random = field(default_factory=lambda: Random(SEED + 1))  # noqa: S311 - chance that is the same each time
    # The last open wallet of somebody else, by currency.
    others: dict[str, Holding] = field(default_factory=dict)

    def add(self, person: Person, holdings: list[Holding]) -> None:
        own = [each for each in holdings if each.kind.type is not AccountType.DEMO]
        for _ in range(several(self.world, person.client_id)):
            self._write(person.client_id, self._drawn(person, own))
        self.others |= {each.kind.currency: each for each in own if each.kind.type is AccountType.PERSONAL and each.closed is None}

    def _drawn(self, person: Person, own: list[Holding]) -> Payment:
        """A transaction of some kind; a deposit, if the client can have none of that kind."""
        if person.level == 1:
            return self._deposit(own, NOT_MOVED)
        kind = self.random.choice(KINDS)
        # The highest level is the only one that may pay out.
        if kind is TransactionKind.WITHDRAWAL and person.level == 3:
            return self._withdrawal(own)
        if kind is TransactionKind.PARTNER and is_partner(self.world, person):
            return self._partner_fee(own)
        pairs = self._pairs(kind, own)
        return self._move(kind, *self.random.choice(pairs)) if pairs else self._deposit(own, ENDED)

    def _pairs(self, kind: TransactionKind, own: list[Holding]) -> list[tuple[Holding, Holding]]:
        """From which account to which there can be a transaction of some kind, as both were open once."""
        pairs: list[tuple[Holding, Holding]] = []
        if kind is TransactionKind.EXTERNAL:
            pairs = [(one, self.others[one.kind.currency]) for one in own if one.kind.currency in self.others]
        elif kind in (TransactionKind.TRANSFER, TransactionKind.EXCHANGE):
            same = kind is TransactionKind.TRANSFER
            pairs = [(one, other) for one in own for other in own if (one.kind.currency == other.kind.currency) == same]
        return [(one, other) for one, other in pairs if one is not other and max(one.opened, other.opened) < until(one, other)]

    def _deposit(self, own: list[Holding], endings: list[TransactionStatus]) -> Payment:
        holding = self.random.choice(own)
        # Some pay with crypto money, which is changed on the way.
        currency = self.random.choice(["BTC", "USDT"]) if self.random.random() < 0.1 else holding.kind.currency
        payment = Payment(TransactionKind.DEPOSIT, *self._begun(endings, holding), method=self.random.choice(METHODS[currency]))
        paid = self._amount(holding, currency)
        credit, payment.rate = converted(paid, currency, holding.kind.currency)
        payment.credit = side(holding, credit)
        if payment.rate is not None:
            payment.debit = (None, str(paid), "0", currency)
        payment.details = deposit_details(self.random, payment.status, payment.method, credit, payment.moment)
        return payment

    def _withdrawal(self, own: list[Holding]) -> Payment:
        holding = self.random.choice(own)
        payment = Payment(
            TransactionKind.WITHDRAWAL, *self._begun(ENDED, holding), method=self.random.choice(METHODS[holding.kind.currency])
        )
        taken = self._amount(holding, holding.kind.currency)
        payment.debit = side(holding, taken, rounded(taken / 100, holding.kind.currency))
        payment.details = withdrawal_details(self.random, payment.status, payment.method, payment.moment)
        return payment

    def _move(self, kind: TransactionKind, source: Holding, target: Holding) -> Payment:
        payment = Payment(kind, *self._begun(ENDED, source, target))
        taken = self._amount(source, source.kind.currency)
        credit, payment.rate = converted(taken, source.kind.currency, target.kind.currency)
        fee = Decimal(0) if payment.rate is None else rounded(taken / 200, source.kind.currency)
        payment.credit, payment.debit = side(target, credit), side(source, taken, fee)
        return payment

    def _partner_fee(self, own: list[Holding]) -> Payment:
        holding = self.random.choice(own)
        credit = side(holding, self._amount(holding, holding.kind.currency))
        return Payment(TransactionKind.PARTNER, *self._begun(ENDED, holding), credit=credit)

    def _begun(self, endings: list[TransactionStatus], *holdings: Holding) -> tuple[int, TransactionStatus]:
        """When, while all accounts were open, and how far it has come by the demo's last day."""
        begin = max(each.opened for each in holdings)
        moment = begin + int(self.random.random() * (until(*holdings) - begin))
        # Nobody leaves a payment open for longer than a month.
        under_way = endings is ENDED and moment > END - 30 * DAY and self.random.random() < 0.5
        return moment, self.random.choice(UNDER_WAY if under_way else endings)

    def _amount(self, holding: Holding, currency: str) -> Decimal:
        """Round, as people pay: tens of euros and dollars, thousandths of a bitcoin."""
        typical = holding.kind.typical * float(IN_USD[holding.kind.currency] / IN_USD[currency])
        amount = Decimal(typical * self.random.lognormvariate(-1, 0.9))
        step = Decimal("0.001") if currency == "BTC" else Decimal(10)
        return rounded(max(step, amount // step * step), currency)

    def _write(self, client_id: int, made: Payment) -> None:
        """Adds the row under a number that only tells it from the others: see `number_transactions`."""
        changed = min(END, made.moment + self.random.randrange(60, 2 * DAY))
        processed = None if made.status in UNDER_WAY else changed
        fake = self.random.random() < 0.01
        plain = (None if made.rate is None else str(made.rate), made.method, made.status.value, made.kind.value, fake)
        times = (instant(made.moment), instant(changed), instant(processed))
        number = self.world.number("transaction")
        self.world.add("transaction", number, client_id, *made.credit, *made.debit, *plain, *made.details, *times)


def several(world: World, client_id: int) -> int:
    """How many transactions a client has: five on average, and ten among a hundred thousand clients, which makes a million."""
    return SPREAD[(3 * client_id + (client_id - 1) // 10) % 10] * (2 if world.clients >= 100_000 else 1)


def is_partner(world: World, person: Person) -> bool:
    number, rest = divmod(person.client_id, 10)
    return rest == 0 and number <= partners(world.clients)


def until(*holdings: Holding) -> int:
    """The end of the time in which all accounts are open."""
    return min(END if each.closed is None else each.closed for each in holdings)


def side(holding: Holding, amount: Decimal, commission: Decimal = Decimal(0)) -> Cells:
    return (holding.account_id, str(amount), str(commission), holding.kind.currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    return round(amount, DECIMALS[currency])


def converted(amount: Decimal, source: str, target: str) -> tuple[Decimal, Decimal | None]:
    """An amount in another currency, and the rate; none where it is the same."""
    if source == target:
        return amount, None
    rate = round(IN_USD[source] / IN_USD[target], 8)
    return rounded(amount * rate, target), rate
