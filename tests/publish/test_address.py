"""Where a token may be sent."""

from __future__ import annotations

import pytest

from drift.errors import UsageError
from drift.publish import address


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://api.github.com", "https://api.github.com"),
        ("https://git.example.com:8443/api/v3/", "https://git.example.com:8443/api/v3"),
        ("http://localhost:3000/api/v4", "http://localhost:3000/api/v4"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_allowed(url: str, checked: str) -> None:
    assert address.checked(url, named_by="--api-url") == checked


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("", "--api-url is no address of an API"),
        ("api.github.com", "--api-url is no address of an API"),
        ("ftp://example.com", "--api-url is no address of an API"),
        ("https://", "--api-url is no address of an API"),
        ("https://example.com:x", "--api-url is no address of an API"),
        ("https://[::1", "--api-url is no address of an API"),
        ("https://me:secret@example.com", "--api-url holds a user name or a password"),
        ("https://secret@example.com", "--api-url holds a user name or a password"),
        ("https://example.com?secret", "--api-url goes on behind its path"),
        ("https://example.com#x", "--api-url goes on behind its path"),
        ("http://example.com", "--api-url would send the token to example.com unencrypted"),
        (
            "http://127.0.0.1.nip.io",
            "--api-url would send the token to 127.0.0.1.nip.io unencrypted",
        ),
    ],
)
def test_refused(url: str, cause: str) -> None:
    with pytest.raises(UsageError) as raised:
        address.checked(url, named_by="--api-url")
    assert raised.value.cause == cause
    assert "secret" not in raised.value.cause + raised.value.next_step


def test_one_server_is_one_origin() -> None:
    assert address.same_origin("https://a.example/x", "https://a.example:443/y")
    assert not address.same_origin("https://a.example", "http://a.example")
    assert not address.same_origin("https://a.example", "https://a.example:8443")
    assert not address.same_origin("https://a.example", "https://b.example")
