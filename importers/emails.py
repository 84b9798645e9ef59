"""E-mail addresses: the rules of email-validator without its price for each."""

import re

from email_validator import EmailNotValidError, validate_email

from importers.faults import Code, Fault, shown
from importers.known import Known

EMAIL_LIMIT = 254

_LOCAL = re.compile(r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+(?:\.[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+)*")


def email(text: str) -> str | Fault:
    """An address as given but for its domain, which becomes lower-case ASCII: `Ann@Bücher.DE` is `Ann@xn--bcher-kva.de`.

    The local part must be ASCII, so that Python and PostgreSQL agree on which addresses are the same.
    """
    local, _, domain = text.rpartition("@")
    known = _domains[domain]
    # Up to these lengths no form of the address, which may have four bytes a character, is over the limit.
    if known and len(text) < 64 and len(known) < 48 and _LOCAL.fullmatch(local):
        return text if domain == known else f"{local}@{known}"
    if len(text) > EMAIL_LIMIT:
        return Fault(Code.VALUE_TOO_LONG, f"{shown(text)} has {len(text):,} characters; an e-mail address has {EMAIL_LIMIT} at most.")
    try:
        valid = validate_email(text, allow_smtputf8=False, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return Fault(Code.INVALID_EMAIL, f"{shown(text)} is no e-mail address, as in 'ann@example.com': {error}")
    return f"{local}@{valid.ascii_domain}"


def email_key(address: str) -> str:
    """What is the same for addresses that differ in case only."""
    return address.lower()


def _domain(text: str) -> str | None:
    try:
        return validate_email(f"a@{text}", check_deliverability=False, test_environment=True).ascii_domain
    except EmailNotValidError:
        return None


_domains: Known[str, str | None] = Known(_domain)
