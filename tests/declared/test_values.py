from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared.values import (
    Json,
    NotJsonError,
    decode,
    flag,
    nested,
    number,
    tag_value,
    text,
    unwrap,
)
from drift.model import COMPUTED, MALFORMED, SECRET, Flag, Number, Text, Unknown
from tests.declared.shapes import CIPHERTEXT, SIGNATURE, UNKNOWN, output, plaintext, sent

JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just(SIGNATURE), inner),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ALL", ("ALL", False)),
        (None, (None, False)),
        ({"Owner": "net"}, ({"Owner": "net"}, False)),
        (CIPHERTEXT, (SECRET, False)),
        (plaintext("ALL"), ("ALL", True)),
        (plaintext({"Owner": "net"}), ({"Owner": "net"}, True)),
        (plaintext(plaintext(60)), (60, True)),
        (plaintext(UNKNOWN), (COMPUTED, False)),
        ("[secret]", (SECRET, False)),
        (sent("ALL"), ("ALL", True)),
        (sent(UNKNOWN), (COMPUTED, False)),
        (output(), (COMPUTED, False)),
        (output(secret=True), (COMPUTED, False)),
        (output(value="ALL"), ("ALL", False)),
        (output(value="ALL", secret=True, dependencies=["urn"]), ("ALL", True)),
        (output(value=None), (None, False)),
        (output(value=CIPHERTEXT), (SECRET, False)),
        # An asset, a resource reference, and what nobody has heard of.
        ({SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}, (MALFORMED, False)),
        ({SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "id": "vpc-1"}, (MALFORMED, False)),
        ({SIGNATURE: ["?"]}, (MALFORMED, False)),
        ({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": "ALL"}, (MALFORMED, False)),
    ],
)
def test_unwrap(value: Json, expected: tuple[Json | Unknown, bool]) -> None:
    assert unwrap(value) == expected


@pytest.mark.parametrize(
    "sentinel",
    [
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
    ],
)
def test_every_sentinel_is_computed(sentinel: str) -> None:
    assert unwrap(sentinel) == (COMPUTED, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", "x"), ("", None), (None, None), (SECRET, SECRET), (5, MALFORMED), ([], MALFORMED)],
)
def test_text(value: Json | Unknown, expected: Text) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (60, 60),
        (60.0, 60),
        ("60", 60),
        ("", None),
        (None, None),
        (COMPUTED, COMPUTED),
        (60.5, MALFORMED),
        (True, MALFORMED),
        ("60s", MALFORMED),
        ("٦٠", MALFORMED),
        ("9" * 19, MALFORMED),
        ([60], MALFORMED),
    ],
    ids=repr,
)
def test_number(value: Json | Unknown, expected: Number) -> None:
    assert (type(number(value)), number(value)) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        ("False", False),
        ("", None),
        (None, None),
        (SECRET, SECRET),
        ("yes", MALFORMED),
        (1, MALFORMED),
    ],
)
def test_flag(value: Json | Unknown, expected: Flag) -> None:
    assert flag(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ""),
        ("x", "x"),
        (8080, "8080"),
        (8080.0, "8080"),
        (True, "true"),
        (SECRET, SECRET),
        (1.5, MALFORMED),
        ({}, MALFORMED),
    ],
)
def test_tag_value(value: Json | Unknown, expected: str | Unknown) -> None:
    assert tag_value(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"tags": {}}', ({"tags": {}}, False)),
        ({"tags": {}}, ({"tags": {}}, False)),
        (plaintext('{"tags": {}}'), ({"tags": {}}, True)),
        ("", (None, False)),
        (None, (None, False)),
        (CIPHERTEXT, (SECRET, False)),
        ("{", (MALFORMED, False)),
    ],
)
def test_nested(value: Json, expected: tuple[Json | Unknown, bool]) -> None:
    assert nested(value) == expected


@pytest.mark.parametrize("document", ["", "{", "NaN", "[" * 100_000, '"\\ud800"', "1e999"])
def test_what_is_no_json_is_not_decoded(document: str) -> None:
    with pytest.raises(NotJsonError):
        decode(document)


@given(JSON)
def test_any_value_is_read_as_something(value: Json) -> None:
    plain, _ = unwrap(value)
    text(plain)
    number(plain)
    flag(plain)
    tag_value(plain)
    nested(value)


def test_wrappers_are_unwrapped_however_deep_they_are() -> None:
    value: Json = "ALL"
    for _ in range(5_000):
        value = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": value}
    assert unwrap(value) == ("ALL", False)
