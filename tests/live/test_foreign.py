"""Foreign text, made fit for a sentence."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.live.foreign import clean


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
