"""botocore against a real HTTP server: the requests that are sent, and every fault of the wire."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from botocore.exceptions import InvalidRegionError

from drift.errors import CredentialsError
from drift.live import ec2
from drift.live.credentials import Sessions
from drift.live.terms import Access, Limits, Permission, Target
from drift.model import (
    AMBIENT,
    EVERYTHING,
    AssumedRole,
    Coverage,
    Filter,
    FlowLog,
    Inventory,
    Listing,
    LiveFlowLog,
    Narrowing,
    ProviderCredentials,
    WebIdentity,
)
from tests.live.local_aws import (
    ACCOUNT,
    Behaviour,
    LocalAws,
    Reply,
    Request,
    assumed,
    error,
    identity,
    listing,
    serving,
)

EAST = "us-east-1"
SHORT = Limits(
    connect=5, read=1, attempts=2, connection_attempts=1, silence=20, stall=20, identity=5
)
"""Short where it decides how long a test takes, long where a busy machine may take its time."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials of nobody, and none of the machine's own settings."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(
        "[profile team]\naws_access_key_id = TEAM\naws_secret_access_key = s\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Behaviour], LocalAws]]:
    """Start a server, and point botocore at it."""
    running = []

    def start(behave: Behaviour) -> LocalAws:
        server = serving(behave)
        running.append(server)
        aws = server.__enter__()
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        return aws

    yield start
    for server in running:
        server.__exit__(None, None, None)


Serve = Callable[[Behaviour], LocalAws]


def answering(*replies: Reply, caller: Reply | None = None) -> Behaviour:
    """Give one reply after the other to DescribeFlowLogs, the last one for ever."""
    left = list(replies)

    def behave(request: Request) -> Reply:
        if request.action == "GetCallerIdentity":
            return caller or identity()
        return left.pop(0) if len(left) > 1 else left[0]

    return behave


def read(
    account: str | None = ACCOUNT,
    *credentials: ProviderCredentials,
    access: Access | None = None,
    narrowing: Narrowing = EVERYTHING,
    limits: Limits = SHORT,
) -> Listing:
    target = Target(account=account, region=EAST, credentials=credentials or (AMBIENT,))
    (found,) = ec2.read([target], access, narrowing, limits=limits).listings
    return found


def flow_log(flow_log_id: str) -> LiveFlowLog:
    return LiveFlowLog(flow_log_id=flow_log_id, account=ACCOUNT, region=EAST, flow_log=FlowLog())


# -- what is asked ------------------------------------------------------------------------------


def test_one_unfiltered_listing_page_by_page(serve: Serve) -> None:
    aws = serve(answering(listing("fl-1", following="2"), listing("fl-2")))
    assert read() == Listing(
        account=ACCOUNT, region=EAST, flow_logs=(flow_log("fl-1"), flow_log("fl-2"))
    )
    assert aws.actions() == ["DescribeFlowLogs", "DescribeFlowLogs", "GetCallerIdentity"]
    version = {"Action": "DescribeFlowLogs", "Version": "2016-11-15"}
    assert aws.listed() == [
        {**version, "MaxResults": "1000"},
        {**version, "MaxResults": "1000", "NextToken": "2"},
    ]
    assert {request.access_key for request in aws.requests} == {"AMBIENT"}
    assert all("flow-log-drift/" in request.user_agent for request in aws.requests)


def test_filters_and_ids(serve: Serve) -> None:
    aws = serve(answering(listing("fl-1")))
    narrowing = Narrowing(
        filters=(Filter(name="tag:Owner", values=("net", "ops")),), flow_log_ids=("fl-1", "fl-2")
    )
    assert read(narrowing=narrowing).flow_logs == (flow_log("fl-1"),)
    assert aws.listed() == [
        {
            "Action": "DescribeFlowLogs",
            "Version": "2016-11-15",
            "Filter.1.Name": "tag:Owner",
            "Filter.1.Value.1": "net",
            "Filter.1.Value.2": "ops",
            "FlowLogId.1": "fl-1",
            "FlowLogId.2": "fl-2",
        }
    ]


def test_an_unknown_id_is_asked_again_by_filter(serve: Serve) -> None:
    aws = serve(answering(error("InvalidFlowLogId.NotFound"), listing("fl-1")))
    narrowing = Narrowing(flow_log_ids=("fl-1", "fl-2"))
    assert read(narrowing=narrowing).flow_logs == (flow_log("fl-1"),)
    assert aws.listed()[1] == {
        "Action": "DescribeFlowLogs",
        "Version": "2016-11-15",
        "MaxResults": "1000",
        "Filter.1.Name": "flow-log-id",
        "Filter.1.Value.1": "fl-1",
        "Filter.1.Value.2": "fl-2",
    }


def test_a_profile(serve: Serve) -> None:
    aws = serve(answering(listing()))
    read(access=Access(profile="team"))
    assert {request.access_key for request in aws.requests} == {"TEAM"}


def roles(request: Request) -> Reply:
    match request.action:
        case "AssumeRole" | "AssumeRoleWithWebIdentity":
            name = request.parameters["RoleArn"].rpartition("/")[2]
            return assumed(name.upper(), request.action)
        case "GetCallerIdentity":
            return identity()
        case _:
            return listing("fl-1")


def test_a_chain_of_roles(serve: Serve) -> None:
    aws = serve(roles)
    chain = ProviderCredentials(
        profile="team",
        assume_roles=(
            AssumedRole(role_arn=f"arn:aws:iam::{ACCOUNT}:role/one", session_name="deploy"),
            AssumedRole(role_arn=f"arn:aws:iam::{ACCOUNT}:role/two", external_id="its-me"),
        ),
    )
    assert read(ACCOUNT, chain).flow_logs == (flow_log("fl-1"),)
    assert [
        (
            request.action,
            request.access_key,
            request.parameters.get("RoleSessionName"),
            request.parameters.get("ExternalId"),
        )
        for request in sorted(aws.requests, key=lambda one: (one.action, one.access_key))
    ] == [
        ("AssumeRole", "ONE", "flow-log-drift", "its-me"),
        ("AssumeRole", "TEAM", "deploy", None),
        ("DescribeFlowLogs", "TWO", None, None),
        ("GetCallerIdentity", "TWO", None, None),
    ]


def test_a_web_identity(serve: Serve, tmp_path: Path) -> None:
    aws = serve(roles)
    (tmp_path / "token").write_text("eyJh.eyJz-_.c2ln\n", encoding="utf-8")
    web = WebIdentity(role_arn=f"arn:aws:iam::{ACCOUNT}:role/web", token_file=f"{tmp_path}/token")
    assert read(None, ProviderCredentials(web_identity=web)).flow_logs == (flow_log("fl-1"),)
    (request,) = [one for one in aws.requests if one.action == "AssumeRoleWithWebIdentity"]
    assert request.parameters["WebIdentityToken"] == "eyJh.eyJz-_.c2ln"
    assert request.authorization == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"root:x:0:0:root:/root:/bin/sh\n", "does not hold a token (a JWT)"),
        (b"", "does not hold a token (a JWT)"),
        (b"top.secret", "does not hold a token (a JWT)"),
        (b"top.secret.key.s3cr3t", "does not hold a token (a JWT)"),
        (b"top.sec ret.key", "does not hold a token (a JWT)"),
        (b"eyJh.eyJz.c2ln\nsecret", "does not hold a token (a JWT)"),
        ("eyJh.eyJz.\N{LATIN SMALL LETTER E WITH ACUTE}".encode(), "does not hold a token (a JWT)"),
        (b"\xff\xfe.secret.x", "does not hold a token (a JWT)"),
        (b"a.b." + b"c" * 19_997, "is larger than 20,000 bytes"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_web_identity_never_sends_or_tells_what_is_no_token(
    serve: Serve, tmp_path: Path, content: bytes, why: str
) -> None:
    aws = serve(roles)
    file = tmp_path / "file"
    file.write_bytes(content)
    web = WebIdentity(role_arn=f"arn:aws:iam::{ACCOUNT}:role/web", token_file=str(file))
    assert read(None, ProviderCredentials(web_identity=web)) == no_token(f"{file} {why}")
    assert aws.requests == []


def no_token(reason: str) -> Listing:
    return Listing(
        account=None,
        region=EAST,
        status=Coverage.FAILED,
        reason=f"the role arn:aws:iam::{ACCOUNT}:role/web could not be assumed: {reason}",
        next_step="Let webIdentityTokenFile of the provider name the file of a web identity token.",
        account_confirmed=False,
    )


def test_a_web_identity_of_the_longest_token(serve: Serve, tmp_path: Path) -> None:
    aws = serve(roles)
    token = "a.b." + "c" * 19_996
    (tmp_path / "token").write_text(token, encoding="utf-8")
    web = WebIdentity(role_arn=f"arn:aws:iam::{ACCOUNT}:role/web", token_file=f"{tmp_path}/token")
    assert read(None, ProviderCredentials(web_identity=web)).flow_logs == (flow_log("fl-1"),)
    (request,) = [one for one in aws.requests if one.action == "AssumeRoleWithWebIdentity"]
    assert request.parameters["WebIdentityToken"] == token


@pytest.mark.skipif(sys.platform != "linux", reason="there are no such files")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/no/such/token", "/no/such/token could not be read (FileNotFoundError)"),
        ("/proc/self/mem", "/proc/self/mem could not be read (OSError)"),
        ("/dev/zero", "/dev/zero is not a regular file"),
        ("/dev", "/dev is not a regular file"),
        ("{tmp}/pipe", "{tmp}/pipe is not a regular file"),
        ("/etc/\0passwd", "/etc/passwd is not the name of a file"),
        ("/etc/\ud800", "/etc/ is not the name of a file"),
    ],
    ids=["missing", "not readable", "device", "folder", "pipe", "NUL", "surrogate"],
)
def test_a_web_identity_of_no_regular_file(
    serve: Serve, tmp_path: Path, name: str, reason: str
) -> None:
    aws = serve(roles)
    os.mkfifo(tmp_path / "pipe")
    web = WebIdentity(
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/web", token_file=name.replace("{tmp}", str(tmp_path))
    )
    found = read(None, ProviderCredentials(web_identity=web))
    assert found == no_token(reason.replace("{tmp}", str(tmp_path)))
    assert aws.requests == []


def test_the_role_of_the_user(serve: Serve) -> None:
    aws = serve(roles)
    access = Access(assume_role="arn:{partition}:iam::{account}:role/drift", external_id="its-me")
    assert read(access=access).flow_logs == (flow_log("fl-1"),)
    (request,) = [one for one in aws.requests if one.action == "AssumeRole"]
    assert request.parameters["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/drift"
    assert request.parameters["ExternalId"] == "its-me"


def test_a_refused_role_is_asked_for_once(serve: Serve) -> None:
    def refuse(request: Request) -> Reply:
        return error("AccessDenied", status=403) if request.action == "AssumeRole" else listing()

    aws = serve(refuse)
    role = ProviderCredentials(assume_roles=(AssumedRole(role_arn="arn:aws:iam::1:role/one"),))
    targets = [
        Target(account=None, region=f"us-east-{number}", credentials=(role,))
        for number in range(1, 6)
    ]
    listings = ec2.read(targets, limits=SHORT).listings
    assert aws.actions() == ["AssumeRole"]
    assert {one.missing_permission for one in listings} == {"sts:AssumeRole"}
    assert {(one.status, one.reason, one.next_step) for one in listings} == {
        (
            Coverage.DENIED,
            (
                "the role arn:aws:iam::1:role/one could not be assumed: "
                "AWS denied sts:AssumeRole (AccessDenied)"
            ),
            (
                "Allow sts:AssumeRole on arn:aws:iam::1:role/one, "
                "and let its trust policy name the caller."
            ),
        )
    }


def test_endpoints_of_a_state_only_when_allowed(serve: Serve) -> None:
    aws = serve(answering(listing("fl-1")))
    with serving(answering(listing("fl-evil"))) as stranger:
        declared = ProviderCredentials(endpoints=(("ec2", stranger.url), ("sts", stranger.url)))
        assert read(ACCOUNT, declared).flow_logs == (flow_log("fl-1"),)
        assert stranger.requests == []
        asked = len(aws.requests)
        allowed = Access(provider_endpoints=True)
        assert read(ACCOUNT, declared, access=allowed).flow_logs == (flow_log("fl-evil"),)
        assert len(aws.requests) == asked


def test_what_the_quick_reading_leaves_to_botocore(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = "<flowLogId>fl-1</flowLogId><creationTime>2026-01-02T03:04:05.000Z</creationTime>"
    serve(answering(listing(item)))
    quick = read()
    monkeypatch.setattr("drift.live.wire.ReplyReader.read", lambda *_: None)
    (slow,) = read().flow_logs
    assert [one.created_at for one in quick.flow_logs] == ["2026-01-02T03:04:05.000Z"]
    assert slow.created_at == "2026-01-02T03:04:05+00:00"


# -- what goes wrong ----------------------------------------------------------------------------


def test_denied(serve: Serve) -> None:
    serve(answering(error("UnauthorizedOperation", status=403)))
    assert read() == Listing(
        account=ACCOUNT,
        region=EAST,
        status=Coverage.DENIED,
        reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
        next_step=f"Grant ec2:DescribeFlowLogs to arn:aws:iam::{ACCOUNT}:user/me.",
        missing_permission="ec2:DescribeFlowLogs",
    )


def test_another_account(serve: Serve) -> None:
    serve(answering(listing("fl-1"), caller=identity("222222222222")))
    found = read()
    assert (found.status, found.reason, found.flow_logs) == (
        Coverage.WRONG_ACCOUNT,
        f"the ambient credentials reached account 222222222222, not {ACCOUNT}",
        (),
    )


@pytest.mark.parametrize(
    "caller",
    [
        error("AccessDenied", status=403),
        Reply(body=b"<html>"),
        Reply(body=b"<html/>"),
        Reply(drop=True),
    ],
    ids=["denied", "no XML", "no identity", "dropped"],
)
def test_sts_does_not_answer(serve: Serve, caller: Reply) -> None:
    serve(answering(listing("fl-1"), caller=caller))
    assert read() == Listing(
        account=ACCOUNT, region=EAST, account_confirmed=False, flow_logs=(flow_log("fl-1"),)
    )


GOOD = listing("fl-1")


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        pytest.param(
            Reply(body=GOOD.body[:-30], claimed_length=len(GOOD.body)),
            Coverage.FAILED,
            "the reply to ec2:DescribeFlowLogs was cut off or is not XML",
            id="truncated",
        ),
        pytest.param(
            Reply(body=b"Please sign in"),
            Coverage.FAILED,
            "the reply to ec2:DescribeFlowLogs was cut off or is not XML",
            id="not XML",
        ),
        pytest.param(
            Reply(),
            Coverage.FAILED,
            "the reply to ec2:DescribeFlowLogs was cut off or is not XML",
            id="empty",
        ),
        pytest.param(
            Reply(body=b"<html><body>Please sign in</body></html>"),
            Coverage.FAILED,
            "the reply to ec2:DescribeFlowLogs holds no list of flow logs",
            id="HTML that is XML",
        ),
        pytest.param(
            Reply(body=b'{"error": "proxy"}', status=403),
            Coverage.FAILED,
            "the reply to ec2:DescribeFlowLogs was cut off or is not XML",
            id="403 of a proxy",
        ),
        pytest.param(
            Reply(body=b"<html>busy</html>", status=503),
            Coverage.FAILED,
            "AWS failed to answer ec2:DescribeFlowLogs, retries included (503)",
            id="503 of a load balancer",
        ),
        pytest.param(
            error("RequestLimitExceeded", status=503),
            Coverage.FAILED,
            "AWS throttled ec2:DescribeFlowLogs until the retries were used up "
            "(RequestLimitExceeded)",
            id="throttled",
        ),
        pytest.param(
            error("OptInRequired", status=401),
            Coverage.DENIED,
            "us-east-1 is not enabled for the account (OptInRequired)",
            id="region not enabled",
        ),
        pytest.param(
            Reply(drop=True),
            Coverage.UNREACHABLE,
            "the connection to 127.0.0.1:{port} broke (ConnectionClosedError)",
            id="dropped",
        ),
        pytest.param(
            Reply(hang=True),
            Coverage.UNREACHABLE,
            "127.0.0.1:{port} did not answer in time (ReadTimeoutError)",
            id="never answered",
        ),
        pytest.param(
            listing("<resourceId>vpc-1</resourceId>"),
            Coverage.FAILED,
            "the reply of AWS could not be read: an entry of FlowLogs has no FlowLogId",
            id="without an id",
        ),
        pytest.param(
            listing("fl-1", following="again"),
            Coverage.FAILED,
            "AWS gave the same NextToken twice, so the listing has no end",
            id="repeated token",
        ),
    ],
)
def test_faults(serve: Serve, reply: Reply, status: Coverage, reason: str) -> None:
    aws = serve(answering(reply))
    found = read()
    port = aws.url.rpartition(":")[2]
    assert (found.status, found.reason) == (status, reason.replace("{port}", port))
    assert found.missing_permission is None
    assert found.next_step
    assert found.flow_logs == ()


def test_a_fault_on_a_later_page_leaves_nothing_half_read(serve: Serve) -> None:
    serve(answering(listing("fl-1", following="2"), error("UnauthorizedOperation", status=403)))
    assert (read().status, read().flow_logs) == (Coverage.DENIED, ())


def test_throttling_that_ends(serve: Serve) -> None:
    serve(answering(error("RequestLimitExceeded", status=503), listing("fl-1")))
    assert read().flow_logs == (flow_log("fl-1"),)


def test_tokens_without_end(serve: Serve) -> None:
    numbers = count()

    def behave(request: Request) -> Reply:
        if request.action == "GetCallerIdentity":
            return identity()
        return listing("fl-1", following=f"token-{next(numbers)}")

    serve(behave)
    assert read().reason == (
        "AWS keeps giving a NextToken: 21 pages so far, the last 20 without a new flow log"
    )


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(listing())) as gone:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", gone.url)
    found = read()
    assert (found.status, found.reason) == (
        Coverage.UNREACHABLE,
        f"127.0.0.1:{gone.url.rpartition(':')[2]} could not be reached (EndpointConnectionError)",
    )


@pytest.mark.parametrize(
    "url",
    ["not a url", "localhost:4566", "http://", "http://[::1", "http://h:99999", "ftp://127.0.0.1"],
)
def test_an_endpoint_that_is_no_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert read() == Listing(
        account=ACCOUNT,
        region=EAST,
        status=Coverage.FAILED,
        reason="AWS_ENDPOINT_URL (or endpoint_url in ~/.aws/config) is not a valid URL",
        next_step="Write it as https://HOST:PORT, or unset it.",
        account_confirmed=False,
    )


def test_an_endpoint_that_is_no_url_where_a_role_is_needed_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "user:secret@nowhere")
    role = ProviderCredentials(assume_roles=(AssumedRole(role_arn="arn:aws:iam::1:role/one"),))
    assert read(None, role).reason == (
        "the role arn:aws:iam::1:role/one could not be assumed: "
        "AWS_ENDPOINT_URL (or endpoint_url in ~/.aws/config) is not a valid URL"
    )


def test_an_endpoint_of_a_provider_that_is_no_url() -> None:
    declared = ProviderCredentials(endpoints=(("ec2", "nowhere"), ("sts", "nowhere")))
    found = read(None, declared, access=Access(provider_endpoints=True))
    assert found.reason == "an endpoint of the provider is not a valid URL"


def test_a_region_that_is_none_is_not_put_down_to_the_endpoint() -> None:
    with pytest.raises(InvalidRegionError):
        Sessions(SHORT).client(AMBIENT, "ec2", "not a region")


def test_an_external_id_of_a_state_that_sts_would_not_take(serve: Serve) -> None:
    serve(roles)
    role = AssumedRole(role_arn=f"arn:aws:iam::{ACCOUNT}:role/one", external_id="x")
    declared = ProviderCredentials(assume_roles=(role,))
    found = read(None, declared)
    assert (found.status, found.reason, found.next_step) == (
        Coverage.FAILED,
        (
            f"the role arn:aws:iam::{ACCOUNT}:role/one could not be assumed: botocore does not "
            "accept the request: Parameter validation failed: "
            "Invalid length for parameter ExternalId, value: 1, valid min length: 2"
        ),
        (
            "Check the role, its external id and session name: --assume-role and --external-id, "
            "or those of the provider in the declaration."
        ),
    )
    assert read(ACCOUNT, declared).flow_logs == (flow_log("fl-1"),)


def test_credentials_that_never_come(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        f"[profile team]\ncredential_process = {sys.executable} -c 'import time; time.sleep(30)'\n",
        encoding="utf-8",
    )
    aws = serve(answering(listing("fl-1")))
    start = time.monotonic()
    found = read(access=Access(profile="team"), limits=Limits(silence=1, identity=30))
    assert time.monotonic() - start < 15  # STS is not waited for beyond the silence
    assert found == Listing(
        account=ACCOUNT,
        region=EAST,
        status=Coverage.FAILED,
        reason="getting the credentials did not end within 1 s",
        next_step="Check the credential_process or the login of the profile, and that STS can be "
        "reached; then run again.",
        account_confirmed=False,
    )
    assert aws.requests == []


def test_one_region_that_never_answers_beside_one_that_does(serve: Serve) -> None:
    def behave(request: Request) -> Reply:
        if request.action == "GetCallerIdentity":
            return identity()
        return Reply(hang=True) if "/us-west-2/" in request.authorization else listing("fl-1")

    serve(behave)
    start = time.monotonic()
    slow = Limits(read=30, silence=4)
    targets = [Target(account=ACCOUNT, region=region) for region in (EAST, "us-west-2")]
    assert ec2.read(targets, limits=slow) == Inventory(
        listings=(
            Listing(account=ACCOUNT, region=EAST, flow_logs=(flow_log("fl-1"),)),
            Listing(
                account=ACCOUNT,
                region="us-west-2",
                status=Coverage.UNREACHABLE,
                reason="AWS did not answer within 4 s",
                next_step="Check the network, the proxy and that the region exists; "
                "then run again.",
            ),
        )
    )
    assert time.monotonic() - start < 10


def test_a_connection_is_tried_less_often_than_a_request(serve: Serve) -> None:
    aws = serve(answering(Reply(drop=True)))
    read(limits=Limits(attempts=8, connection_attempts=2, silence=5))
    assert len(aws.listed()) == 2


def test_a_profile_that_wants_a_code_is_asked_before_anything_is_waited_for(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(
        "[profile team]\nmfa_serial = arn:aws:iam::1:mfa/me\nrole_arn = arn:aws:iam::1:role/one\n"
        "source_profile = nobody\n",
        encoding="utf-8",
    )
    aws = serve(answering(listing()))
    with pytest.raises(CredentialsError) as caught:
        read(access=Access(profile="team"))
    assert caught.value.cause.startswith("the AWS configuration is not valid: ")
    assert aws.requests == []


def test_ctrl_c_ends_at_once(serve: Serve) -> None:
    asked = threading.Event()

    def behave(_: Request) -> Reply:
        asked.set()
        return Reply(hang=True)

    serve(behave)
    program = (
        "from drift.live import ec2; from drift.live.terms import Target; "
        "ec2.read([Target(account=None, region='us-east-1')])"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as process:
        assert asked.wait(30)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert time.monotonic() - start < 10
    assert stderr.decode().endswith("KeyboardInterrupt\n")


def test_no_credentials(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = serve(answering(listing()))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsError) as caught:
        read()
    assert caught.value.cause == "there are no AWS credentials"
    assert aws.requests == []


# -- DryRun -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            error("DryRunOperation", status=412),
            Permission(
                account=ACCOUNT,
                region=EAST,
                status=Coverage.READ,
                caller=f"arn:aws:iam::{ACCOUNT}:user/me",
            ),
        ),
        (
            error("UnauthorizedOperation", status=403),
            Permission(
                account=ACCOUNT,
                region=EAST,
                status=Coverage.DENIED,
                caller=f"arn:aws:iam::{ACCOUNT}:user/me",
                reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
                next_step=f"Grant ec2:DescribeFlowLogs to arn:aws:iam::{ACCOUNT}:user/me.",
            ),
        ),
    ],
    ids=["granted", "denied"],
)
def test_permissions(serve: Serve, reply: Reply, expected: Permission) -> None:
    aws = serve(answering(reply))
    target = Target(account=ACCOUNT, region=EAST)
    assert ec2.check_permissions([target], limits=SHORT) == (expected,)
    assert [one["DryRun"] for one in aws.listed()] == ["true"]
