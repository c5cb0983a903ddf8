"""Every error of botocore, of urllib3 and of the network, in words."""

from __future__ import annotations

import http.client
import inspect
import re
import socket
import ssl
import string

import pytest
import urllib3.exceptions
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from drift.live import faults
from drift.live.credentials import RoleError
from drift.live.faults import Asked, translate
from drift.live.terms import Cause, Fault, FaultError
from drift.model import Coverage

ASKED = Asked(action="ec2:DescribeFlowLogs", region="eu-south-1")

NEVER_RAISED_BY_EC2_OR_STS = {
    "AliasConflictParameterError",  # a ValidationError: would be a bug of the request
    "AwsChunkedWrapperError",
    "ChecksumError",
    "EventStreamError",
    "FlexibleChecksumError",
    "InvalidDNSNameError",
    "InvalidExpressionError",
    "InvalidS3AddressingStyleError",
    "StubAssertionError",
    "StubResponseError",
    "UnStubbedResponseError",
    "UnseekableStreamError",
    "UnsupportedOutpostResourceError",
    "UnsupportedS3AccesspointConfigurationError",
    "UnsupportedS3ArnError",
    "UnsupportedS3ConfigurationError",
    "UnsupportedS3ControlArnError",
    "UnsupportedS3ControlConfigurationError",
    "WaiterConfigError",
    "WaiterError",
}


BOTOCORE_ERRORS: list[type[Exception]] = [
    kind
    for _, kind in inspect.getmembers(aws, inspect.isclass)
    if kind.__module__ == aws.__name__
    and issubclass(kind, Exception)
    and not issubclass(kind, Warning | aws.ClientError)
]


def make(kind: type[Exception]) -> Exception:
    """Make an error with a value for each field of its message."""
    if issubclass(kind, aws.WaiterError):
        return kind(name="x", reason="x", last_response={})
    text = getattr(kind, "fmt", "")
    fields = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    return kind(**dict.fromkeys(fields, "x"))


@pytest.mark.parametrize("kind", BOTOCORE_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_has_words(kind: type[Exception]) -> None:
    fault = translate(make(kind), ASKED)
    assert fault.status in {Coverage.FAILED, Coverage.UNREACHABLE}
    assert fault.reason
    assert not re.search(r"[{}\n]|\.$", fault.reason)
    assert fault.next_step.endswith(".")


@pytest.mark.parametrize("kind", BOTOCORE_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_has_a_row(kind: type[Exception]) -> None:
    rows = [kinds for kinds, _ in faults._BY_CLASS if kinds != (aws.BotoCoreError,)]
    in_table = any(issubclass(kind, kinds) for kinds in rows)
    assert in_table or kind is aws.BotoCoreError or kind.__name__ in NEVER_RAISED_BY_EC2_OR_STS


NETWORK_ERRORS = [
    socket.gaierror(-2, "Name or service not known"),
    TimeoutError("timed out"),
    ConnectionResetError(104, "Connection reset by peer"),
    ConnectionRefusedError(111, "Connection refused"),
    BrokenPipeError(32, "Broken pipe"),
    OSError(101, "Network is unreachable"),
    ssl.SSLError(1, "bad record mac"),
    ssl.SSLCertVerificationError(1, "self-signed certificate"),
    http.client.RemoteDisconnected("closed"),
    http.client.IncompleteRead(b"x", 10),
    http.client.BadStatusLine("x"),
    urllib3.exceptions.ProtocolError("Connection broken"),
    urllib3.exceptions.HTTPError("x"),
    urllib3.exceptions.LocationParseError("x"),
]


@pytest.mark.parametrize("error", NETWORK_ERRORS, ids=repr)
def test_every_error_of_the_network_is_unreachable(error: Exception) -> None:
    assert translate(error, ASKED) == Fault(
        status=Coverage.UNREACHABLE,
        reason=f"the connection to AWS in eu-south-1 broke ({type(error).__name__})",
        next_step="Check the network, the proxy and that the region exists; then run again.",
    )


def refusal(code: str, message: str = "", operation: str = "DescribeFlowLogs") -> aws.ClientError:
    return aws.ClientError({"Error": {"Code": code, "Message": message}}, operation)


def told(error: Exception) -> tuple[Coverage, str, str]:
    fault = translate(error, ASKED)
    return fault.status, fault.reason, fault.next_step


def test_denied() -> None:
    error = refusal(
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not "
        "authorized to perform: ec2:DescribeFlowLogs because no identity-based policy allows the "
        "ec2:DescribeFlowLogs action. Encoded authorization failure message: mJbZ0aGVyZQ",
    )
    assert translate(error, ASKED) == Fault(
        status=Coverage.DENIED,
        reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
        next_step="Grant ec2:DescribeFlowLogs to these credentials.",
        cause=Cause.REFUSED,
        code="UnauthorizedOperation",
        permission="ec2:DescribeFlowLogs",
    )


def test_denied_by_a_policy_that_no_grant_outweighs() -> None:
    error = refusal(
        "UnauthorizedOperation",
        "You are not authorized … with an explicit deny in a service control policy. "
        "Encoded authorization failure message: mJbZ0aGVyZQ",
    )
    assert translate(error, ASKED) == Fault(
        status=Coverage.DENIED,
        reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation), "
        "with an explicit deny in a service control policy",
        next_step="Lift the deny in a service control policy: no grant outweighs it.",
        cause=Cause.REFUSED,
        code="UnauthorizedOperation",
    )


def test_only_a_missing_grant_is_a_missing_permission() -> None:
    codes = {code for row in faults._REFUSALS for code in row.codes}
    assert {code for code in codes if translate(refusal(code), ASKED).permission} == {
        "AccessDenied",
        "AccessDeniedException",
        "Client.UnauthorizedOperation",
        "NotAuthorized",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
    }


@pytest.mark.parametrize(
    ("code", "status", "reason", "next_step"),
    [
        (
            "AuthFailure",
            Coverage.DENIED,
            "AWS does not accept the credentials (AuthFailure)",
            (
                "Check the access key and secret, and the clock of this machine; a region that "
                "is not enabled for the account answers like this, too."
            ),
        ),
        (
            "ExpiredToken",
            Coverage.DENIED,
            "the credentials have expired (ExpiredToken)",
            "Log in again (aws sso login); if that does not help, check the clock.",
        ),
        (
            "OptInRequired",
            Coverage.DENIED,
            "eu-south-1 is not enabled for the account (OptInRequired)",
            "Enable eu-south-1 for the account, or leave it out.",
        ),
        (
            "PendingVerification",
            Coverage.DENIED,
            "AWS has restricted the account (PendingVerification)",
            "Contact AWS Support about the account.",
        ),
        (
            "RequestLimitExceeded",
            Coverage.FAILED,
            (
                "AWS throttled ec2:DescribeFlowLogs until the retries were used up "
                "(RequestLimitExceeded)"
            ),
            "Run again later, when fewer tools call EC2 in this account and region.",
        ),
        (
            "ServiceUnavailable",
            Coverage.FAILED,
            "AWS failed to answer ec2:DescribeFlowLogs, retries included (ServiceUnavailable)",
            "Run again later; https://health.aws.amazon.com tells of outages in eu-south-1.",
        ),
        (
            "InvalidPaginationToken",
            Coverage.FAILED,
            "AWS no longer accepted its own NextToken (InvalidPaginationToken)",
            "Run again.",
        ),
        (
            "InvalidFilter",
            Coverage.FAILED,
            "AWS does not accept the request (InvalidFilter): Some text",
            "Check the values of --filter and --flow-log-id.",
        ),
        (
            "Brand.New",
            Coverage.FAILED,
            "AWS answered ec2:DescribeFlowLogs with Brand.New: Some text",
            "Look the error code up in the reference of the EC2 API; then run again.",
        ),
    ],
)
def test_refusals(code: str, status: Coverage, reason: str, next_step: str) -> None:
    assert told(refusal(code, "Some\ntext.")) == (status, reason, next_step)


def test_each_code_is_in_one_row() -> None:
    codes = [code for row in faults._REFUSALS for code in row.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("response", [{}, {"Error": {}}], ids=repr)
def test_a_refusal_without_a_code(response: dict[str, object]) -> None:
    error = aws.ClientError({}, "DescribeFlowLogs")
    error.response.update(response)  # type: ignore[typeddict-item]
    assert translate(error, ASKED).reason == (
        "AWS answered ec2:DescribeFlowLogs with no error code"
    )


def test_braces_in_foreign_text_stay() -> None:
    assert translate(refusal("New{code}", "{0} {action.__class__}"), ASKED).reason == (
        "AWS answered ec2:DescribeFlowLogs with New{code}: {0} {action.__class__}"
    )


ENDPOINT = "https://user:secret@ec2.eu-south-1.amazonaws.com:8443/path?query"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            aws.ConnectTimeoutError(endpoint_url=ENDPOINT),
            (
                "ec2.eu-south-1.amazonaws.com:8443 did not accept a connection in time "
                "(ConnectTimeoutError)"
            ),
        ),
        (
            aws.ReadTimeoutError(endpoint_url=ENDPOINT),
            "ec2.eu-south-1.amazonaws.com:8443 did not answer in time (ReadTimeoutError)",
        ),
        (
            aws.EndpointConnectionError(endpoint_url=ENDPOINT),
            "ec2.eu-south-1.amazonaws.com:8443 could not be reached (EndpointConnectionError)",
        ),
        (
            aws.ConnectionClosedError(endpoint_url=ENDPOINT),
            "the connection to ec2.eu-south-1.amazonaws.com:8443 broke (ConnectionClosedError)",
        ),
        (
            aws.SSLError(endpoint_url=ENDPOINT, error=ssl.SSLError("x")),
            "the TLS certificate of ec2.eu-south-1.amazonaws.com:8443 was not accepted (SSLError)",
        ),
        (
            aws.ProxyConnectionError(proxy_url="http://user:secret@proxy"),
            "the proxy did not connect to AWS in eu-south-1 (ProxyConnectionError)",
        ),
        (
            aws.EndpointConnectionError(endpoint_url="http://[::1"),
            "AWS in eu-south-1 could not be reached (EndpointConnectionError)",
        ),
    ],
    ids=str,
)
def test_unreachable(error: Exception, reason: str) -> None:
    fault = translate(error, ASKED)
    assert (fault.status, fault.reason) == (Coverage.UNREACHABLE, reason)
    assert not fault.other_credentials_may_help


@pytest.mark.parametrize(
    ("error", "cause", "reason"),
    [
        (aws.NoCredentialsError(), Cause.NO_CREDENTIALS, "there are no AWS credentials"),
        (
            aws.ProfileNotFound(profile="x"),
            Cause.CREDENTIALS,
            "there is no such AWS profile here: The config profile (x) could not be found",
        ),
        (
            aws.SSOTokenLoadError(error_msg="Token for x does not exist"),
            Cause.CREDENTIALS,
            (
                "the login has expired or is missing: "
                "Error loading SSO Token: Token for x does not exist"
            ),
        ),
        (
            FileNotFoundError(2, "No such file or directory", "/token"),
            Cause.CREDENTIALS,
            "/token could not be read (FileNotFoundError)",
        ),
        (
            ResponseParserError("invalid XML received:\n<a"),
            Cause.OTHER,
            "the reply to ec2:DescribeFlowLogs was cut off or is not XML",
        ),
        (
            aws.PaginationError(message="The same next token was received twice: {'x': 'y'}"),
            Cause.OTHER,
            "AWS gave the same NextToken twice, so the listing has no end",
        ),
        (
            aws.InvalidRegionError(region_name="x"),
            Cause.OTHER,
            "AWS has no EC2 or STS at eu-south-1, as far as botocore knows",
        ),
        (KeyError("x"), Cause.OTHER, "ec2:DescribeFlowLogs failed unexpectedly (KeyError)"),
    ],
    ids=str,
)
def test_failed(error: Exception, cause: Cause, reason: str) -> None:
    fault = translate(error, ASKED)
    assert (fault.status, fault.cause, fault.reason) == (Coverage.FAILED, cause, reason)


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (
            refusal("AccessDenied", "User: x is not authorized", "AssumeRole"),
            Fault(
                status=Coverage.DENIED,
                reason="the role arn:aws:iam::1:role/x could not be assumed: "
                "AWS denied sts:AssumeRole (AccessDenied)",
                next_step="Allow sts:AssumeRole on arn:aws:iam::1:role/x, "
                "and let its trust policy name the caller.",
                cause=Cause.CREDENTIALS,
                code="AccessDenied",
                permission="sts:AssumeRole",
            ),
        ),
        (
            refusal(
                "AccessDenied",
                "User: x is not authorized … with an explicit deny in an identity-based policy",
                "AssumeRole",
            ),
            Fault(
                status=Coverage.DENIED,
                reason="the role arn:aws:iam::1:role/x could not be assumed: AWS denied "
                "sts:AssumeRole (AccessDenied), with an explicit deny in an identity-based policy",
                next_step="Lift the deny in an identity-based policy: no grant outweighs it.",
                cause=Cause.CREDENTIALS,
                code="AccessDenied",
            ),
        ),
        (
            refusal("ExpiredToken", "The security token is expired", "AssumeRole"),
            Fault(
                status=Coverage.DENIED,
                reason="the role arn:aws:iam::1:role/x could not be assumed: "
                "the credentials have expired (ExpiredToken)",
                next_step="Log in again (aws sso login); if that does not help, check the clock.",
                cause=Cause.CREDENTIALS,
                code="ExpiredToken",
            ),
        ),
        (
            aws.ParamValidationError(report="Invalid length for parameter ExternalId"),
            Fault(
                status=Coverage.FAILED,
                reason="the role arn:aws:iam::1:role/x could not be assumed: botocore does not "
                "accept the request: Parameter validation failed: "
                "Invalid length for parameter ExternalId",
                next_step="Check the role, its external id and session name: --assume-role and "
                "--external-id, or those of the provider in the declaration.",
                cause=Cause.CREDENTIALS,
            ),
        ),
        (
            aws.EndpointConnectionError(endpoint_url="https://sts.amazonaws.com"),
            Fault(
                status=Coverage.UNREACHABLE,
                reason="the role arn:aws:iam::1:role/x could not be assumed: "
                "sts.amazonaws.com could not be reached (EndpointConnectionError)",
                next_step="Check the network, the proxy and that the region exists; "
                "then run again.",
            ),
        ),
        (
            aws.NoCredentialsError(),
            Fault(
                status=Coverage.FAILED,
                reason="the role arn:aws:iam::1:role/x could not be assumed: "
                "there are no AWS credentials",
                next_step="Log in (aws sso login), set AWS_PROFILE, or pass --profile.",
                cause=Cause.NO_CREDENTIALS,
            ),
        ),
    ],
    ids=[
        "denied",
        "denied by a policy",
        "expired",
        "not a valid request",
        "unreachable",
        "no credentials",
    ],
)
def test_a_role_that_is_not_assumed(why: Exception, expected: Fault) -> None:
    assert translate(RoleError("arn:aws:iam::1:role/x", why), ASKED) == expected


def test_a_fault_that_is_one_already_passes() -> None:
    fault = Fault(status=Coverage.DENIED, reason="no", next_step="Ask.")
    with pytest.raises(FaultError) as caught, faults.translated("x:Y", "z"):
        raise FaultError(fault)
    assert caught.value.fault is fault


def test_a_role_by_web_identity_needs_another_permission() -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    error = RoleError("arn:aws:iam::1:role/x", refusal("AccessDenied"), action)
    fault = translate(error, ASKED)
    assert fault.permission == action
    assert fault.reason == (
        "the role arn:aws:iam::1:role/x could not be assumed: "
        "AWS denied sts:AssumeRoleWithWebIdentity (AccessDenied)"
    )
