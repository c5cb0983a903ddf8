"""Sessions and credentials, by botocore's own classes."""

from __future__ import annotations

import gzip
import re
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import botocore.exceptions
import botocore.session
import msgspec
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)
from botocore.loaders import JSONFileLoader

from drift import __version__
from drift.live.calls import Once
from drift.live.foreign import clean
from drift.live.terms import Limits
from drift.model import ProviderCredentials

if TYPE_CHECKING:
    from botocore.client import BaseClient

_SESSION_NAME: Final = "flow-log-drift"
"""What CloudTrail shows as the session of an assumed role."""
_LONGEST_TOKEN: Final = 20_000
"""What AssumeRoleWithWebIdentity takes."""
_TOKEN: Final = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+")
"""A JWT: three parts in base64url."""


class RoleError(Exception):
    """A role could not be assumed; the cause is why."""

    def __init__(self, role_arn: str, cause: Exception, action: str = "sts:AssumeRole") -> None:
        """Take the role, which botocore's error does not always name, and what was asked."""
        super().__init__(f"{role_arn}: {cause}")
        self.role_arn = role_arn
        self.cause = cause
        self.action = action


class TokenFileError(Exception):
    """A file that a web identity names is not one of a token; what it holds is never told."""

    def __init__(self, path: str, why: str) -> None:
        """Take the file, and a clause that goes on from its name."""
        super().__init__(f"{clean(path, 160)} {why}")


class EndpointError(Exception):
    """What is set as the URL of an endpoint is none; it may hold a password, so it is not told."""

    def __init__(self, setting: str) -> None:
        """Take where it is set."""
        super().__init__(f"{setting} is not a valid URL")


class Keys(Protocol):
    """What botocore calls credentials, as far as they are needed here."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the keys, fetching them if need be."""


class Sessions:
    """One botocore session for each profile, and credentials for each way."""

    def __init__(self, limits: Limits) -> None:
        """Take how long to wait for AWS."""
        self._limits: Final = limits
        self._sessions: Final[Once[botocore.session.Session]] = Once()
        self._ambient: Final[Once[Keys]] = Once()
        self._keys: Final[Once[Keys]] = Once()
        # "client creation shouldn't be done in parallel using the same session":
        # https://github.com/boto/botocore/pull/2985
        self._creating: Final = threading.Lock()

    def client(self, way: ProviderCredentials, service: str, region: str) -> BaseClient:
        """Return a client for `ec2` or `sts` with the keys of a way; may ask STS for them."""
        keys = self._keys_of(way, region).get_frozen_credentials()
        return self._client(
            way,
            service,
            region_name=region,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token,
        )

    def prepare(self, profile: str | None) -> None:
        """Ask for an MFA code, if the profile wants one: here, where nobody counts the seconds."""
        if "mfa_serial" in self._session(profile).get_scoped_config():
            self._ambient_keys(profile).get_frozen_credentials()

    def _ambient_keys(self, profile: str | None) -> Keys:
        return self._ambient.get(profile, lambda: _Ambient(self._session(profile)))

    def _client(self, way: ProviderCredentials, service: str, **options: Any) -> BaseClient:  # noqa: ANN401 -- those of botocore's create_client
        session = self._session(way.profile)
        with self._creating:
            return session.create_client(
                service, endpoint_url=dict(way.endpoints).get(service), **options
            )

    def _session(self, profile: str | None) -> botocore.session.Session:
        return self._sessions.get(profile, lambda: _session(profile, self._limits))

    def _keys_of(self, way: ProviderCredentials, region: str) -> Keys:
        return self._keys.get(way, lambda: self._chain(way, region))

    def _chain(self, way: ProviderCredentials, region: str) -> Keys:
        """Return credentials that assume role after role; nothing is asked of AWS yet.

        The order is the provider's: the web identity first, then each role with the one before.
        """

        def create(service: str, **options: Any) -> BaseClient:  # noqa: ANN401 -- as _client's
            return self._client(way, service, region_name=region, **options)

        keys = self._ambient_keys(way.profile)
        if way.web_identity is not None:
            web = way.web_identity
            by_token = AssumeRoleWithWebIdentityCredentialFetcher(
                create,
                _TokenFile(web.token_file),
                web.role_arn,
                extra_args={"RoleSessionName": web.session_name or _SESSION_NAME},
            )
            keys = _Assumed(
                web.role_arn, by_token.fetch_credentials, "sts:AssumeRoleWithWebIdentity"
            )
        for role in way.assume_roles:
            extra = {"RoleSessionName": role.session_name or _SESSION_NAME}
            if role.external_id is not None:
                extra["ExternalId"] = role.external_id
            fetcher = AssumeRoleCredentialFetcher(create, keys, role.role_arn, extra_args=extra)
            keys = _Assumed(role.role_arn, fetcher.fetch_credentials, "sts:AssumeRole")
        return keys


class _Ambient:
    """What the environment or a profile gives: keys, SSO, the role of a container or machine."""

    def __init__(self, session: botocore.session.Session) -> None:
        self._session: Final = session
        self._lock: Final = threading.Lock()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        with self._lock:
            found = self._session.get_credentials()
            if found is None:
                raise botocore.exceptions.NoCredentialsError
            return found.get_frozen_credentials()


class _Assumed:
    """A role that is assumed when first needed, and refused once, not once a region."""

    def __init__(self, role_arn: str, fetch: Callable[[], dict[str, Any]], action: str) -> None:
        self._role_arn: Final = role_arn
        self._action: Final = action
        self._keys: Final = DeferredRefreshableCredentials(fetch, action)
        self._lock: Final = threading.Lock()
        self._refusal: RoleError | None = None

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        with self._lock:
            if self._refusal is None:
                try:
                    return self._keys.get_frozen_credentials()
                except RoleError as error:  # of the role before it in the chain
                    self._refusal = error
                except Exception as error:  # noqa: BLE001 -- translated in faults
                    self._refusal = RoleError(self._role_arn, error, self._action)
            raise self._refusal


class _TokenFile:
    """Reads a token, and nothing else: a state names the file, and STS gets what is in it."""

    def __init__(self, path: str) -> None:
        self._path: Final = path

    def __call__(self) -> str:
        try:
            content = self._content()
        except OSError as error:
            why = f"could not be read ({type(error).__name__})"
            raise TokenFileError(self._path, why) from error
        except ValueError:  # of a name with a NUL in it
            raise TokenFileError(self._path, "is not the name of a file") from None
        if len(content) > _LONGEST_TOKEN:
            raise TokenFileError(self._path, f"is larger than {_LONGEST_TOKEN:,} bytes")
        token = content.strip()
        if not _TOKEN.fullmatch(token):
            raise TokenFileError(self._path, "does not hold a token (a JWT)")
        return token.decode("ascii")

    def _content(self) -> bytes:
        path = Path(self._path)
        # Known before it is opened: a pipe would be waited for, and devices may do anything.
        if not stat.S_ISREG(path.stat().st_mode):
            raise TokenFileError(self._path, "is not a regular file")
        with path.open("rb") as file:
            return file.read(_LONGEST_TOKEN + 1)


class _Session(botocore.session.Session):
    """Also makes the clients with which botocore itself gets credentials."""

    # `typing.override` came with Python 3.12.
    def create_client(  # type: ignore[explicit-override]
        self,
        *args: Any,  # noqa: ANN401 -- all is as botocore has it
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Make a client; some URLs that are none pass here, and fail once they are called."""
        theirs = options.get("endpoint_url") is not None
        try:
            client = super().create_client(*args, **options)
            parts = urlsplit(client.meta.endpoint_url)
            if parts.scheme in {"http", "https"} and parts.port != 0:  # `port` raises, too
                return client
        except botocore.exceptions.BotoCoreError:  # of which InvalidRegionError is a ValueError
            raise
        except ValueError:
            pass
        raise EndpointError(
            "an endpoint of the provider"
            if theirs
            else "AWS_ENDPOINT_URL (or endpoint_url in ~/.aws/config)"
        )


def _session(profile: str | None, limits: Limits) -> botocore.session.Session:
    session = _Session(profile=profile)
    session.set_default_client_config(
        Config(
            connect_timeout=limits.connect,
            read_timeout=limits.read,
            retries={"mode": "standard", "total_max_attempts": limits.attempts},
            user_agent_extra=f"flow-log-drift/{__version__}",
        )
    )
    session.get_component("data_loader").file_loader = _Models()
    session.get_component("event_emitter").register_first(
        "needs-retry", _GiveUp(limits.connection_attempts)
    )
    return session


_UNREACHABLE: Final = (
    botocore.exceptions.ConnectionError,
    botocore.exceptions.HTTPClientError,
)


class _GiveUp:
    """Ends the retries of a connection sooner than those of a request that AWS throttles.

    Raising is how botocore's own handlers of this event end retries, too.
    """

    def __init__(self, attempts: int) -> None:
        self._attempts: Final = attempts

    def __call__(self, attempts: int, caught_exception: Exception | None, **_: object) -> None:
        if attempts >= self._attempts and isinstance(caught_exception, _UNREACHABLE):
            raise caught_exception


class _Models:
    """Loads botocore's models, and of EC2's only what one operation needs.

    Making 8 MB of JSON into objects, and methods for 800 operations, takes most of the time in
    which a client is created: 130 ms against 35, and 20 MB. `Loader.file_loader` is botocore's own
    place to put a loader of files.
    """

    def __init__(self) -> None:
        self.exists: Final = JSONFileLoader().exists

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 -- whatever is in the file
        for suffix, opened in ((".json", open), (".json.gz", gzip.open)):
            path = Path(file_path + suffix)
            if path.is_file():
                with opened(path, "rb") as file:
                    data = file.read()
                # …/data/ec2/2016-11-15/service-2; other services give credentials, as SSO does
                if path.parent.parent.name == "ec2" and path.name.startswith("service-2."):
                    return _narrowed(data, "DescribeFlowLogs")
                return msgspec.json.decode(data)
        return None


def _narrowed(data: bytes, operation: str) -> dict[str, Any]:
    """Return a service model with one operation, and the shapes that it refers to."""
    model = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    shapes = msgspec.json.decode(model.pop("shapes"), type=dict[str, msgspec.Raw])
    operations = msgspec.json.decode(model.pop("operations"), type=dict[str, msgspec.Raw])
    wanted = msgspec.json.decode(operations[operation])
    needed: dict[str, Any] = {}
    todo = list(_references(wanted))
    while todo:
        name = todo.pop()
        if name not in needed:
            needed[name] = msgspec.json.decode(shapes[name])
            todo.extend(_references(needed[name]))
    return {
        **{key: msgspec.json.decode(value) for key, value in model.items()},
        "operations": {operation: wanted},
        "shapes": needed,
    }


def _references(node: object) -> Iterator[str]:
    """Yield the shapes that a part of a model names: `{"shape": "FlowLogSet"}`."""
    match node:
        case {"shape": str(name)}:
            yield name
        case dict():
            for value in node.values():
                yield from _references(value)
        case list():
            for value in node:
                yield from _references(value)
        case _:
            pass


def profile_region(profile: str | None) -> str | None:
    """Return the region that a profile names, or the one in use; botocore's errors pass."""
    region = botocore.session.Session(profile=profile).get_config_variable("region")
    return region if isinstance(region, str) else None
