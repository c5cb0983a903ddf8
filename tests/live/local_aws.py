"""AWS's wire, on 127.0.0.1: a real HTTP server that can also misbehave."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

ACCOUNT = "123456789012"
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    body: bytes = b""
    status: int = 200
    claimed_length: int | None = None
    """Another Content-Length than that of the body."""
    drop: bool = False
    """Close the connection without a word."""
    hang: bool = False
    """Never answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    parameters: dict[str, str]
    authorization: str
    user_agent: str

    @property
    def action(self) -> str:
        return self.parameters["Action"]

    @property
    def access_key(self) -> str:
        return self.authorization.partition("Credential=")[2].partition("/")[0]


Behaviour = Callable[[Request], Reply]


@dataclass(kw_only=True)
class LocalAws:
    """The server, while it runs."""

    url: str
    requests: list[Request] = field(default_factory=list)

    def actions(self) -> list[str]:
        return sorted(request.action for request in self.requests)

    def listed(self) -> list[dict[str, str]]:
        """Return the parameters of each DescribeFlowLogs."""
        return [one.parameters for one in self.requests if one.action == "DescribeFlowLogs"]


@contextlib.contextmanager
def serving(behave: Behaviour) -> Iterator[LocalAws]:
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = Request(
                parameters=dict(parse_qsl(self.rfile.read(length).decode())),
                authorization=self.headers.get("Authorization", ""),
                user_agent=self.headers["User-Agent"],
            )
            aws.requests.append(request)
            reply = behave(request)
            if reply.hang:
                over.wait(30)
            if reply.hang or reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", "text/xml;charset=UTF-8")
            claimed = reply.claimed_length
            self.send_header("Content-Length", str(claimed or len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = claimed is not None

    # Not overridden in the class: its signature differs between versions of typeshed.
    Handler.log_request = lambda *_: None  # type: ignore[method-assign]
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        aws = LocalAws(url=f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield aws
        finally:
            over.set()
            server.shutdown()


def identity(account: str = ACCOUNT) -> Reply:
    return Reply(
        body=f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/me</Arn><UserId>AIDA</UserId>
        <Account>{account}</Account></GetCallerIdentityResult>
        <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
        </GetCallerIdentityResponse>""".encode()
    )


def assumed(access_key: str, action: str = "AssumeRole") -> Reply:
    return Reply(
        body=f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <{action}Result><Credentials><AccessKeyId>{access_key}</AccessKeyId>
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>
        <AssumedRoleUser><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/r/s</Arn>
        <AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser></{action}Result>
        <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
        </{action}Response>""".encode()
    )


def listing(*items: str, following: str | None = None) -> Reply:
    """Return a page; an item is its XML, or only a flow log id."""
    entries = "".join(
        f"<item>{item if item.startswith('<') else f'<flowLogId>{item}</flowLogId>'}</item>"
        for item in items
    )
    token = f"<nextToken>{following}</nextToken>" if following else ""
    return Reply(
        body=f"""<?xml version="1.0" encoding="UTF-8"?>
        <DescribeFlowLogsResponse xmlns="{NAMESPACE}"><requestId>r</requestId>
        <flowLogSet>{entries}</flowLogSet>{token}</DescribeFlowLogsResponse>""".encode()
    )


def error(code: str, message: str = "No.", status: int = 400) -> Reply:
    return Reply(
        status=status,
        body=f"""<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>
        </Errors><RequestID>7f3c1c2e-0000-4000-8000-000000000000</RequestID></Response>""".encode(),
    )
