"""What can go wrong on the way to a server: the errors of requests, which both libraries use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from drift.errors import PublishError
from drift.publish.errors import UnavailableError


@contextmanager
def translated(host: str) -> Iterator[None]:
    """Turn every error of requests into one that tells what to do; `host` is named in it."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise PublishError(
            f"the certificate of {host} can't be verified",
            next_step="name the file of its authority: REQUESTS_CA_BUNDLE=PATH",
        ) from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise UnavailableError(
            f"{host} can't be reached ({type(error).__name__})",
            next_step="look at the network, a proxy, and the address (--api-url)",
        ) from error
    except requests.RequestException as error:
        raise PublishError(
            f"{host} can't be asked ({type(error).__name__})",
            next_step="look at the address (--api-url) and at the proxy",
        ) from error
