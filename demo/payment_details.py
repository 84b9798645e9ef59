"""What payment systems and departments have to say of the demo's deposits and withdrawals, in the order of the columns meta_*."""

import json
from decimal import Decimal
from random import Random

from demo.catalog import CRYPTO
from demo.world import Cell, instant
from models import ApprovalStatus, TransactionStatus, VerificationStatus

Cells = tuple[Cell, ...]
NO_DETAILS: Cells = (None, None, None, None, None, None, "[]", None, None, None, None)
UNDER_WAY = (
    [TransactionStatus.PENDING] * 4
    + [TransactionStatus.IN_PROGRESS] * 3
    + [TransactionStatus.NEW, TransactionStatus.HOLD, TransactionStatus.PARTIAL, TransactionStatus.TRADE]
)
ARRIVED = {TransactionStatus.DONE, TransactionStatus.REFUND, TransactionStatus.REFUND_FAILED}
COMMENTS = ["The name on the bank account is another one.", "The client asked for it by phone.", "A document is missing."]
# One refusal is enough.
REFUSALS = [(ApprovalStatus.DECLINED, ApprovalStatus.PENDING), (ApprovalStatus.APPROVED, ApprovalStatus.DECLINED)]


def deposit_details(random: Random, status: TransactionStatus, method: int | None, amount: Decimal, moment: int) -> Cells:
    verified = VerificationStatus.APPROVED if status in ARRIVED else random.choice([VerificationStatus.NEW, VerificationStatus.PENDING])
    invoiced = method not in CRYPTO
    return (
        chain(random, status, method),
        comment(random, status),
        None,
        None,
        f"INV-{random.randrange(10_000_000, 100_000_000)}" if invoiced else None,
        str(round(amount / 40, 2)) if invoiced and status in ARRIVED else None,
        options(random, status, method),
        verified.value,
        instant(moment),
        instant(moment) if invoiced else None,
        instant(moment),
    )


def withdrawal_details(random: Random, status: TransactionStatus, method: int | None, moment: int) -> Cells:
    compliance, dealing = approvals(random, status)
    return (
        chain(random, status, method),
        comment(random, status),
        compliance.value,
        dealing.value,
        None,
        None,
        options(random, status, method),
        None,
        instant(moment),
        None,
        instant(moment),
    )


def approvals(random: Random, status: TransactionStatus) -> tuple[ApprovalStatus, ApprovalStatus]:
    """What compliance and dealing have decided."""
    if status is TransactionStatus.REJECTED:
        return random.choice(REFUSALS)
    if status in UNDER_WAY or status is TransactionStatus.CANCELLED:
        return random.choice([ApprovalStatus.APPROVED, ApprovalStatus.PENDING]), ApprovalStatus.PENDING
    return ApprovalStatus.APPROVED, ApprovalStatus.APPROVED


def chain(random: Random, status: TransactionStatus, method: int | None) -> str | None:
    return random.randbytes(32).hex() if method in CRYPTO and status in ARRIVED else None


def comment(random: Random, status: TransactionStatus) -> str | None:
    return random.choice(COMMENTS) if status is TransactionStatus.REJECTED else None


def options(random: Random, status: TransactionStatus, method: int | None) -> str:
    if status not in ARRIVED:
        return "[]"
    if method in CRYPTO:
        return json.dumps([{"key": "confirmations", "value": "6"}])
    return json.dumps([{"key": "reference", "value": str(random.randrange(10_000_000, 100_000_000))}])
