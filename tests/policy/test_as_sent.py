"""What the SDK raises for or forgets is still there as it was sent; what it shows is unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UnknownValueError

from drift.policy.as_sent import as_sent, keep_as_sent
from tests.policy.engine import SIGNATURE, UNKNOWN, Properties, output, secret
from tests.policy.stack import seen_properties

SENT: Properties = {
    "plain": "v",
    "unknown": UNKNOWN,
    "tags": {"x": secret("s3cret"), "y": UNKNOWN, "z": "1"},
    "block": secret({"a": [1.0, secret(True)]}),
    "later": secret(UNKNOWN),
    "output": output(value="v", dependencies=["urn"], secret=True),
    "unknown output": output(),
    "asset": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "hello"},
}


def test_all_is_there_as_it_was_sent() -> None:
    assert as_sent(seen_properties(SENT)) == SENT


def test_policies_see_what_they_always_saw() -> None:
    seen = seen_properties(SENT)
    assert list(seen) == list(SENT)
    assert seen["plain"] == "v"
    assert seen["output"] == "v"  # by itself, the SDK stops at an output value
    tags, block = seen["tags"], seen["block"]
    assert isinstance(tags, Mapping)
    assert isinstance(block, Mapping)
    inner = block["a"]
    assert isinstance(inner, Sequence)
    assert (tags["x"], tags["z"], inner[1]) == ("s3cret", "1", True)
    for name in ("unknown", "later", "unknown output"):
        with pytest.raises(UnknownValueError):
            seen[name]
    with pytest.raises(UnknownValueError):
        tags["y"]
    with pytest.raises(KeyError):
        seen["none"]


def test_it_is_kept_once_however_often_it_is_asked_for() -> None:
    keep_as_sent()
    first = sdk.deserialize_properties  # type: ignore[attr-defined]  # not exported
    keep_as_sent()
    assert sdk.deserialize_properties is first  # type: ignore[attr-defined]  # not exported


def test_remediations_see_secrets_as_the_sdk_shows_them() -> None:
    keep_as_sent()
    properties = sdk.deserialize_properties({"a": secret("s3cret")}, True)  # type: ignore[attr-defined]  # not exported
    assert properties["a"] == "s3cret"
    assert properties["__target"]["a"].value == "s3cret"


def test_an_sdk_that_hands_over_something_else_is_not_taken_for_one_that_does_not() -> None:
    with pytest.raises(TypeError, match="no longer"):
        as_sent({"a": "plain"})
