"""E-mail addresses are read as email-validator reads them."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.emails import email, email_key
from importers.faults import Fault

LOCALS = st.text(st.sampled_from("abzAZ09.!#$%&'*+-/=?^_`{|}~ \"(),:;<>[\\]@é"), max_size=70)
LABELS = st.text(st.sampled_from("abzAZ09-éü"), min_size=0, max_size=12)
DOMAINS = st.lists(LABELS, max_size=4).map(".".join) | st.sampled_from(
    [
        "example.com",
        "EXAMPLE.com",
        "bücher.de",
        "xn--bcher-kva.de",
        "пример.рф",
        "localhost",
        "a.local",
        "a.test",
        "1.2.3.4",
        "[1.2.3.4]",
        "a.b.c.invalid",
    ]
)


def by_library(text: str) -> str | None:
    try:
        found = validate_email(text, allow_smtputf8=False, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{text.rpartition('@')[0]}@{found.ascii_domain}"


@settings(max_examples=1_500)
@given(text=st.builds("{}@{}".format, LOCALS, DOMAINS) | LOCALS)
def test_the_answer_is_the_librarys(text: str) -> None:
    answer = email(text)

    assert (None if isinstance(answer, Fault) else answer) == by_library(text)


@pytest.mark.parametrize("length", range(236, 246))
@pytest.mark.parametrize("domain", ["example.com", "bücher.example", "xn--bcher-kva.example"])
def test_lengths_are_limited_as_the_library_limits_them(domain: str, length: int) -> None:
    text = "a" * length + "@" + domain
    answer = email(text)

    assert (None if isinstance(answer, Fault) else answer) == by_library(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Ann@Example.COM", "Ann@example.com"),
        ("INFO@example.com", "INFO@example.com"),
        ("ann@Bücher.DE", "ann@xn--bcher-kva.de"),
        ("o'brien+tag@mail.example.co.uk", "o'brien+tag@mail.example.co.uk"),
        ("ann@example.test", "ann@example.test"),
    ],
)
def test_an_address_is_kept_as_given_but_for_its_domain(text: str, read: str) -> None:
    assert email(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "not-an-email",
        "ann@",
        "@example.com",
        "ann@example",
        "ann@example..com",
        "a@b@example.com",
        "élise@example.com",
        "<ann@example.com>",
        ".ann@example.com",
        '"ann"@example.com',
        "ann@[127.0.0.1]",
        "ann@host.local",
        "mailto:ann@example.com",
        "ann,bo@example.com",
    ],
)
def test_what_is_no_address_is_refused_by_name(text: str) -> None:
    fault = email(text)

    assert isinstance(fault, Fault)
    assert fault.code == "INVALID_EMAIL"
    assert repr(text) in fault.message


def test_an_address_over_the_limit_is_too_long() -> None:
    fault = email("a" * 243 + "@example.com")

    assert isinstance(fault, Fault)
    assert (fault.code, "255 characters" in fault.message) == ("VALUE_TOO_LONG", True)


def test_addresses_that_differ_in_case_have_one_key() -> None:
    assert email_key("Ann@example.com") == email_key("ANN@example.com") == "ann@example.com"
