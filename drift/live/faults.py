"""Every way in which AWS can fail to tell, in words: cause and next step.

Modelled on httpx's `_transports/default.py`: one table, and a test that proves it complete.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import urllib3.exceptions
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from drift.live.credentials import EndpointError, RoleError, TokenFileError
from drift.live.foreign import clean
from drift.live.terms import Cause, Fault, FaultError
from drift.model import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of AWS when it failed."""

    action: str
    """As IAM calls it: `ec2:DescribeFlowLogs`."""
    region: str


class NoListError(Exception):
    """A reply without a list of flow logs: an answer, but not DescribeFlowLogs'."""


@contextlib.contextmanager
def translated(action: str, region: str) -> Iterator[None]:
    """Turn whatever botocore raises into a `FaultError`."""
    try:
        yield
    except FaultError:
        raise
    except Exception as error:
        raise FaultError(translate(error, Asked(action=action, region=region))) from error


@contextlib.contextmanager
def dry_run_granted() -> Iterator[None]:
    """Swallow the error by which AWS says that the request would have been permitted."""
    try:
        yield
    except aws.ClientError as error:
        if error_code(error) != "DryRunOperation":
            raise


def entries(page: dict[str, Any]) -> list[object]:
    """Return the flow logs of a page.

    An HTML page of a proxy can be well-formed XML, and botocore reads one as an empty answer.
    """
    found = page.get("FlowLogs")
    if not isinstance(found, list):
        raise NoListError
    return found


def translate(error: Exception, asked: Asked) -> Fault:
    """Return what an exception means."""
    if isinstance(error, RoleError):
        return _role(error, asked)
    if isinstance(error, aws.ClientError):
        return _refusal(error, asked)
    for kinds, explain in _BY_CLASS:
        if isinstance(error, kinds):
            return explain(error, asked)
    return Fault(
        status=Coverage.FAILED,
        reason=f"{asked.action} failed unexpectedly ({type(error).__name__})",
        next_step="Run again; if it stays so, report it as a bug of drift.",
    )


def _role(error: RoleError, asked: Asked) -> Fault:
    """Explain why a role could not be assumed; unless AWS could not be reached at all."""
    why = translate(error.cause, replace(asked, action=error.action))
    role = clean(error.role_arn)
    next_step = why.next_step
    if why.permission is not None:
        next_step = f"Allow {why.permission} on {role}, and let its trust policy name the caller."
    elif why.cause is Cause.REQUEST:
        next_step = (
            "Check the role, its external id and session name: --assume-role and --external-id, "
            "or those of the provider in the declaration."
        )
    return replace(
        why,
        cause=why.cause if why.cause in {Cause.OTHER, Cause.NO_CREDENTIALS} else Cause.CREDENTIALS,
        reason=f"the role {role} could not be assumed: {why.reason}",
        next_step=next_step,
    )


# -- what AWS answers ---------------------------------------------------------------------------


def error_code(error: aws.ClientError) -> str:
    """Return AWS's error code."""
    return clean(error.response.get("Error", {}).get("Code", "") or "no error code", 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """Error codes that mean the same; `{action}`, `{code}`, `{region}` … are filled in."""

    codes: frozenset[str]
    reason: str
    next_step: str
    status: Coverage = Coverage.DENIED
    cause: Cause = Cause.REFUSED
    permission: bool = False
    """Whether the caller lacks the permission for the action."""


def _refusal(error: aws.ClientError, asked: Asked) -> Fault:
    code = error_code(error)
    row = next((row for row in _REFUSALS if code in row.codes), _UNKNOWN_CODE)
    text = clean(error.response.get("Error", {}).get("Message", ""))
    words = {
        "action": asked.action,
        "code": code,
        "region": asked.region,
        "text": f": {text}" if text else "",
        "policy": text.partition("with an explicit deny in ")[2],
    }
    if row.permission and words["policy"]:
        row = _OUTWEIGHED
    return Fault(
        status=row.status,
        reason=row.reason.format_map(words),
        next_step=row.next_step.format_map(words),
        cause=row.cause,
        code=code,
        permission=asked.action if row.permission else None,
    )


_VALUES: Final = "Check the values of --filter and --flow-log-id."

_REFUSALS: Final = (
    _Refusal(
        codes=frozenset(
            {
                "AccessDenied",
                "AccessDeniedException",
                "UnauthorizedOperation",
                "Client.UnauthorizedOperation",
                "UnauthorizedAccess",
                "NotAuthorized",
            }
        ),
        reason="AWS denied {action} ({code})",
        next_step="Grant {action} to these credentials.",
        permission=True,
    ),
    _Refusal(
        codes=frozenset(
            {
                "AuthFailure",
                "InvalidClientTokenId",
                "InvalidAccessKeyId",
                "InvalidSignatureException",
                "IncompleteSignature",
                "MissingAuthenticationToken",
                "SignatureDoesNotMatch",
                "UnrecognizedClientException",
                "InvalidIdentityToken",
                "IDPRejectedClaim",
            }
        ),
        reason="AWS does not accept the credentials ({code})",
        next_step="Check the access key and secret, and the clock of this machine; a region that "
        "is not enabled for the account answers like this, too.",
    ),
    _Refusal(
        codes=frozenset(
            {
                "ExpiredToken",
                "ExpiredTokenException",
                "RequestExpired",
                "TokenRefreshRequired",
                "ExpiredIdentityToken",
            }
        ),
        reason="the credentials have expired ({code})",
        next_step="Log in again (aws sso login); if that does not help, check the clock.",
    ),
    _Refusal(
        codes=frozenset({"OptInRequired", "RegionDisabledException", "InvalidRegion"}),
        reason="{region} is not enabled for the account ({code})",
        next_step="Enable {region} for the account, or leave it out.",
    ),
    _Refusal(
        codes=frozenset({"Blocked", "PendingVerification", "AccountDisabled"}),
        reason="AWS has restricted the account ({code})",
        next_step="Contact AWS Support about the account.",
    ),
    _Refusal(
        codes=frozenset(
            {
                "BandwidthLimitExceeded",
                "EC2ThrottledException",
                "PriorRequestNotComplete",
                "RequestLimitExceeded",
                "RequestThrottled",
                "RequestThrottledException",
                "SlowDown",
                "ThrottledException",
                "Throttling",
                "ThrottlingException",
                "TooManyRequestsException",
            }
        ),
        status=Coverage.FAILED,
        cause=Cause.OTHER,
        reason="AWS throttled {action} until the retries were used up ({code})",
        next_step="Run again later, when fewer tools call EC2 in this account and region.",
    ),
    _Refusal(
        codes=frozenset(
            {
                "500",
                "502",
                "503",
                "504",
                "InternalError",
                "InternalFailure",
                "InternalServerError",
                "RequestTimeout",
                "RequestTimeoutException",
                "ServiceUnavailable",
                "Unavailable",
                "IDPCommunicationError",
            }
        ),
        status=Coverage.FAILED,
        cause=Cause.OTHER,
        reason="AWS failed to answer {action}, retries included ({code})",
        next_step="Run again later; https://health.aws.amazon.com tells of outages in {region}.",
    ),
    _Refusal(
        codes=frozenset({"InvalidNextToken", "InvalidPaginationToken"}),
        status=Coverage.FAILED,
        cause=Cause.OTHER,
        reason="AWS no longer accepted its own NextToken ({code})",
        next_step="Run again.",
    ),
    _Refusal(
        codes=frozenset(
            {
                "FilterLimitExceeded",
                "InvalidFilter",
                "InvalidFlowLogId.Malformed",
                "InvalidFlowLogId.NotFound",
                "InvalidMaxResults",
                "InvalidParameter",
                "InvalidParameterCombination",
                "InvalidParameterValue",
                "MalformedQueryString",
                "MissingParameter",
                "UnknownParameter",
                "ValidationError",
            }
        ),
        status=Coverage.FAILED,
        cause=Cause.REQUEST,
        reason="AWS does not accept the request ({code}){text}",
        next_step=_VALUES,
    ),
)
_OUTWEIGHED: Final = _Refusal(
    codes=frozenset(),
    reason="AWS denied {action} ({code}), with an explicit deny in {policy}",
    next_step="Lift the deny in {policy}: no grant outweighs it.",
)
_UNKNOWN_CODE: Final = _Refusal(
    codes=frozenset(),
    status=Coverage.FAILED,
    cause=Cause.OTHER,
    reason="AWS answered {action} with {code}{text}",
    next_step="Look the error code up in the reference of the EC2 API; then run again.",
)


# -- what botocore and the network raise --------------------------------------------------------

Explain: TypeAlias = Callable[[Exception, Asked], Fault]
Kinds: TypeAlias = tuple[type[Exception], ...]


def _unreachable(reason: str, next_step: str) -> Explain:
    def explain(error: Exception, asked: Asked) -> Fault:
        host = _host(error) or f"AWS in {asked.region}"
        return Fault(
            status=Coverage.UNREACHABLE,
            reason=f"{reason.format(host=host)} ({type(error).__name__})",
            next_step=next_step,
        )

    return explain


def _host(error: Exception) -> str | None:
    """Return the host that was called: a whole URL may hold a password."""
    if not isinstance(error, aws.BotoCoreError):
        return None
    url = error.kwargs.get("endpoint_url")
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        return clean(f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "")
    except ValueError:
        return None


def _failed(reason: str, next_step: str, cause: Cause = Cause.OTHER) -> Explain:
    """Explain by a fixed sentence; `{text}` is the error's own."""

    def explain(error: Exception, asked: Asked) -> Fault:
        return Fault(
            status=Coverage.FAILED,
            reason=reason.format(text=clean(error), action=asked.action, region=asked.region),
            next_step=next_step.format(region=asked.region),
            cause=cause,
        )

    return explain


def _os_error(error: Exception, asked: Asked) -> Fault:
    """Tell a file of the credentials that can't be read from a connection that failed."""
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return Fault(
            status=Coverage.FAILED,
            reason=f"{clean(error.filename)} could not be read ({type(error).__name__})",
            next_step="The credentials need that file: check that it exists and is readable.",
            cause=Cause.CREDENTIALS,
        )
    return _broken(error, asked)


_NETWORK: Final = "Check the network, the proxy and that the region exists; then run again."
_CONFIGURATION: Final = "Check ~/.aws/config, ~/.aws/credentials and the AWS_… variables."
_broken: Final = _unreachable("the connection to {host} broke", _NETWORK)

_BY_CLASS: Final[tuple[tuple[Kinds, Explain], ...]] = (
    # Replies that are none
    (
        (ResponseParserError,),
        _failed(
            "the reply to {action} was cut off or is not XML",
            "Run again; if it stays so, a proxy or AWS_ENDPOINT_URL may answer in place of AWS.",
        ),
    ),
    (
        (NoListError,),
        _failed(
            "the reply to {action} holds no list of flow logs",
            "Something else answers in place of AWS: check the proxy and AWS_ENDPOINT_URL.",
        ),
    ),
    (
        (aws.PaginationError,),
        _failed("AWS gave the same NextToken twice, so the listing has no end", "Run again."),
    ),
    # The network
    (
        (aws.ConnectTimeoutError,),
        _unreachable("{host} did not accept a connection in time", _NETWORK),
    ),
    ((aws.ReadTimeoutError,), _unreachable("{host} did not answer in time", _NETWORK)),
    (
        (aws.SSLError,),
        _unreachable(
            "the TLS certificate of {host} was not accepted",
            "Behind a proxy that opens TLS, set AWS_CA_BUNDLE to its certificates.",
        ),
    ),
    (
        (aws.ProxyConnectionError,),
        _unreachable("the proxy did not connect to {host}", "Check HTTPS_PROXY and NO_PROXY."),
    ),
    ((aws.EndpointConnectionError,), _unreachable("{host} could not be reached", _NETWORK)),
    (
        (
            aws.ConnectionClosedError,
            aws.ConnectionError,
            aws.HTTPClientError,
            aws.IncompleteReadError,
            aws.ResponseStreamingError,
            aws.CapacityNotAvailableError,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
        ),
        _broken,
    ),
    # Credentials that are not there
    (
        (aws.NoCredentialsError, aws.NoAuthTokenError),
        _failed(
            "there are no AWS credentials",
            "Log in (aws sso login), set AWS_PROFILE, or pass --profile.",
            Cause.NO_CREDENTIALS,
        ),
    ),
    (
        (aws.ProfileNotFound,),
        _failed(
            "there is no such AWS profile here: {text}",
            "List them with aws configure list-profiles, or choose another with --profile.",
            Cause.CREDENTIALS,
        ),
    ),
    (
        (
            aws.SSOError,
            aws.LoginError,
            aws.TokenRetrievalError,
            aws.UnknownTokenProviderError,
        ),
        _failed(
            "the login has expired or is missing: {text}",
            "Log in again (aws sso login) with the same profile.",
            Cause.CREDENTIALS,
        ),
    ),
    (
        (aws.RefreshWithMFAUnsupportedError,),
        _failed(
            "the credentials need an MFA code again",
            "Get a session first, for example with aws sts get-session-token.",
            Cause.CREDENTIALS,
        ),
    ),
    (
        (
            aws.CredentialRetrievalError,
            aws.PartialCredentialsError,
            aws.MetadataRetrievalError,
            aws.InvalidIMDSEndpointError,
            aws.InvalidIMDSEndpointModeError,
            aws.UnknownCredentialError,
            aws.MissingDependencyException,
            aws.InfiniteLoopConfigError,
            aws.ConfigParseError,
            aws.ConfigNotFound,
        ),
        _failed("the credentials could not be had: {text}", _CONFIGURATION, Cause.CREDENTIALS),
    ),
    (
        (TokenFileError,),
        _failed(
            "{text}",
            "Let webIdentityTokenFile of the provider name the file of a web identity token.",
            Cause.CREDENTIALS,
        ),
    ),
    # Regions that are none
    (
        (
            aws.BaseEndpointResolverError,
            aws.EndpointProviderError,
            aws.InvalidHostLabelError,
            aws.InvalidRegionError,
            aws.ServiceNotInRegionError,
            aws.UnknownRegionError,
        ),
        _failed(
            "AWS has no EC2 or STS at {region}, as far as botocore knows",
            "Check the name {region}, or upgrade boto3 if the region is new.",
        ),
    ),
    # Settings, requests and installations that are wrong
    (
        (EndpointError,),
        _failed("{text}", "Write it as https://HOST:PORT, or unset it."),
    ),
    (
        (aws.ValidationError, aws.ParamValidationError, aws.MissingParametersError),
        _failed("botocore does not accept the request: {text}", _VALUES, Cause.REQUEST),
    ),
    (
        (
            aws.InvalidConfigError,
            aws.InvalidChecksumConfigError,
            aws.InvalidDefaultsMode,
            aws.InvalidEndpointConfigurationError,
            aws.InvalidEndpointDiscoveryConfigurationError,
            aws.InvalidProxiesConfigError,
            aws.InvalidRetryConfigurationError,
            aws.InvalidS3UsEast1RegionalEndpointConfigError,
            aws.InvalidSTSRegionalEndpointsConfigError,
            aws.UnknownSignatureVersionError,
            aws.UnsupportedSignatureVersionError,
        ),
        _failed("the AWS configuration is not valid: {text}", _CONFIGURATION),
    ),
    (
        (
            aws.DataNotFoundError,
            aws.ApiVersionNotFoundError,
            aws.MD5UnavailableError,
            aws.OperationNotPageableError,
            aws.UndefinedModelAttributeError,
            aws.UnknownClientMethodError,
            aws.UnknownServiceStyle,
            aws.UnsupportedServiceProtocolsError,
        ),
        _failed(
            "botocore, as it is installed here, cannot ask that: {text}",
            "Reinstall boto3, and unset AWS_DATA_PATH.",
        ),
    ),
    # And the rest
    ((aws.BotoCoreError,), _failed("{action} failed: {text}", "Run again.")),
    ((OSError,), _os_error),
)
