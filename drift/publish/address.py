"""The address of an API: where a token may be sent."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from drift.errors import UsageError

_LOOPBACK_NAME: Final = "localhost"


def checked(url: str, *, named_by: str) -> str:
    """Return the address without a slash at its end; `UsageError` if no token may go there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, SplitResult("", "", "", "", "")
    if not host or parts.scheme not in {"https", "http"} or port == 0:
        raise UsageError(
            f"{named_by} is no address of an API", next_step="write it as https://HOST/PATH"
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"{named_by} holds a user name or a password",
            next_step="leave them out; the token comes from the environment",
        )
    if parts.query or parts.fragment:
        raise UsageError(
            f"{named_by} goes on behind its path", next_step="leave out what begins with ? or #"
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(
            f"{named_by} would send the token to {host} unencrypted",
            next_step="write https://; http is only for this machine itself",
        )
    return url.rstrip("/")


def same_origin(one: str, other: str) -> bool:
    """Return whether two addresses are of the same server, port and scheme."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_loopback(host: str) -> bool:
    if host == _LOOPBACK_NAME:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
