"""Foreign text, made fit for a sentence."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.live.foreign import clean, misnamed


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ("Rate exceeded.", "Rate exceeded"),
        ("two\nlines\tand  gaps", "two lines and gaps"),
        ("\x1b[31mred\x07", "[31mred"),
        ("user\u202egnp.exe", "usergnp.exe"),
        (
            "You are not authorized. Encoded authorization failure message: mJbZ0aGVyZQ",
            "You are not authorized",
        ),
        ("Denied (Service: Ec2, Status Code: 403, Request ID: 7f3c-1)", None),
        ("Denied; RequestId: 7f3c-1", "Denied"),
        ("The key AKIAIOSFODNN7EXAMPLE is unknown", "The key … is unknown"),
        ("x" * 300, "x" * 239 + "…"),
    ],
)
def test_cleaning(foreign: str, ours: str | None) -> None:
    assert clean(foreign) == (ours or "Denied (Service: Ec2, Status Code: 403")


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= 240
    assert not [char for char in cleaned if unicodedata.category(char)[0] == "C"]


@pytest.mark.parametrize(
    ("account", "region", "wrong"),
    [
        ("111111111111", "eu-west-1", None),
        (None, "us-gov-west-1", None),
        (None, "eusc-de-east-1", None),
        ("zzz", "eu-west-1", ("account", "'zzz' is not an AWS account: it needs twelve digits")),
        (
            "111111111111\n",
            "eu-west-1",
            ("account", "'111111111111' is not an AWS account: it needs twelve digits"),
        ),
        (
            None,
            "not a region",
            ("region", "'not a region' is not the name of an AWS region"),
        ),
        (None, "\u202ex", ("region", "'x' is not the name of an AWS region")),
    ],
)
def test_names_of_no_place(account: str | None, region: str, wrong: tuple[str, str] | None) -> None:
    assert misnamed(account, region) == wrong
