"""What the user may write, and what is refused before AWS is asked."""

from __future__ import annotations

import pytest

from drift.errors import UsageError
from drift.live.terms import Access, Limits


@pytest.mark.parametrize(
    "template",
    [
        "arn:{partition}:iam::{account}:role/Drift",
        "arn:aws:iam::111111111111:role/path/Drift@x",
        "arn:aws-cn:iam::{account}:role/Drift",
    ],
)
def test_roles(template: str) -> None:
    assert Access(assume_role=template, external_id="me").assume_role == template


@pytest.mark.parametrize(
    "template",
    [
        "Drift",
        "arn:{partition}:iam::{account}:user/Drift",
        "arn:{partition}:iam::{account.__class__}:role/Drift",
        "arn:{partition}:iam::{account}:role/{region}",
        "arn:aws:iam::1:role/Drift",
        "arn:aws:iam::111111111111:role/Drift\n",
    ],
)
def test_what_is_no_role(template: str) -> None:
    with pytest.raises(UsageError) as caught:
        Access(assume_role=template)
    assert caught.value.cause == f"--assume-role {template!r} is not the ARN of a role"
    assert caught.value.next_step == "Write it as 'arn:{partition}:iam::{account}:role/NAME'."


def test_external_id_alone() -> None:
    with pytest.raises(UsageError, match="--external-id belongs to --assume-role"):
        Access(external_id="x")


ROLE = "arn:{partition}:iam::{account}:role/Drift"


@pytest.mark.parametrize("external_id", ["me", "x" * 1224, "a_+=,.@:/-9"], ids=len)
def test_external_ids(external_id: str) -> None:
    assert Access(assume_role=ROLE, external_id=external_id).external_id == external_id


@pytest.mark.parametrize(
    "external_id",
    ["", "x", "x" * 1225, "two words", "me\n", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 2, "{a}"],
    ids=repr,
)
def test_what_is_no_external_id(external_id: str) -> None:
    with pytest.raises(UsageError) as caught:
        Access(assume_role=ROLE, external_id=external_id)
    assert caught.value.cause == "--external-id is not one that AWS takes"
    assert caught.value.next_step == ("It has 2 to 1224 characters: letters, digits and _+=,.@:/-")


def test_what_is_around_the_silence_fits_into_twenty_seconds() -> None:
    assert Limits().silence == 18
