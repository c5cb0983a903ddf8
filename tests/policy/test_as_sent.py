"""What the SDK raises for or forgets comes back as Pulumi writes it."""

import pytest
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UnknownValueError

from drift.policy.encoding import encoded, keep_secrets
from tests.policy.engine import SIGNATURE, UNKNOWN, output, secret
from tests.policy.stack import seen_properties


def test_unknowns_are_read_field_by_field() -> None:
    properties = seen_properties(
        {"a": UNKNOWN, "b": "known", "tags": {"x": UNKNOWN, "y": "1"}, "list": [UNKNOWN, 600.0]}
    )
    with pytest.raises(UnknownValueError):
        properties["a"]
    assert encoded(properties) == {
        "a": UNKNOWN,
        "b": "known",
        "tags": {"x": UNKNOWN, "y": "1"},
        "list": [UNKNOWN, 600.0],
    }


def test_secrets_are_marked_again_wherever_they_are() -> None:
    properties = seen_properties(
        {
            "whole": secret("s3cret"),
            "tags": {"x": secret("s3cret"), "y": "plain"},
            "block": secret({"a": [1.0, secret(True)]}),
            "later": secret(UNKNOWN),
        }
    )
    assert properties["whole"] == "s3cret"  # other policies see what they always saw
    assert encoded(properties) == {
        "whole": output(value="s3cret", secret=True),
        "tags": {"x": output(value="s3cret", secret=True), "y": "plain"},
        "block": output(value={"a": [1.0, output(value=True, secret=True)]}, secret=True),
        "later": output(value=UNKNOWN, secret=True),
    }


def test_output_values_do_not_stop_the_sdk() -> None:
    properties = seen_properties(
        {
            "known": output(value="v", dependencies=["urn"]),
            "secret": output(value="v", secret=True),
            "unknown": output(),
        }
    )
    assert encoded(properties) == {
        "known": "v",
        "secret": output(value="v", secret=True),
        "unknown": UNKNOWN,
    }


def test_an_asset_is_none_of_our_values() -> None:
    asset = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}
    assert encoded(seen_properties({"a": asset})) == {"a": {SIGNATURE: "StringAsset"}}


def test_secrets_are_kept_once_however_often_it_is_asked_for() -> None:
    keep_secrets()
    first = sdk.deserialize_properties  # type: ignore[attr-defined]  # not exported
    keep_secrets()
    assert sdk.deserialize_properties is first  # type: ignore[attr-defined]  # not exported


def test_remediations_see_secrets_as_the_sdk_shows_them() -> None:
    keep_secrets()
    properties = sdk.deserialize_properties({"a": secret("s3cret")}, True)  # type: ignore[attr-defined]  # not exported
    assert properties["a"] == "s3cret"
    assert properties["__target"]["a"].value == "s3cret"
