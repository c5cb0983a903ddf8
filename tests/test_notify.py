"""Notifications, against a server that listens where a chat would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from typing_extensions import override

from drift.changes import changes, past_of
from drift.errors import NotificationError
from drift.findings import Kind, Report
from drift.model import Coverage
from drift.notify import Message, channels, message, send
from tests.build import LIVE_A, A, declarations, inventory
from tests.render.reports import HOSTILE, hostile, nightly
from tests.test_changes import EDITED, then
from tests.test_changes import run as first_run

SECRET = "s3cr3t-token"


@dataclass
class Chat:
    """What was posted, and what is answered."""

    address: str = ""
    posts: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            chat.posts.append((self.path, json.loads(body)))
            self.send_response(chat.status)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat.address = f"127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_is_said() -> None:
    assert message(nightly()) == Message(
        title="Flow log drift: 3 new, 1 resolved",
        body="""\
New:
- Replaced: net/prod a 123456789012 us-east-1
- Other tags: net/prod tagged 123456789012 us-east-1
- Undelivered: net/prod good 210987654321 eu-west-1
Resolved:
- Missing: net/prod mended 123456789012 eu-west-1
Still open: 4, for up to 120 nights.
Could not be verified: 2.""",
        good=False,
    )


def test_only_news_is_said() -> None:
    drifted = first_run(declarations(A), inventory(EDITED))
    same = then(drifted, declarations(A), inventory(EDITED))
    assert message(same) is None
    assert message(replace(same, changes=None)) is None
    resolved = message(then(same, declarations(A), inventory(LIVE_A)))
    assert resolved is not None
    assert (resolved.title, resolved.good) == ("Flow log drift: 1 resolved", True)


def test_that_it_sees_less_than_the_night_before_is_said_once() -> None:
    good = first_run(declarations(A), inventory(LIVE_A))
    blind = then(good, declarations(A), inventory(status=Coverage.DENIED))
    told = message(blind)
    assert told == Message(
        title="Flow log drift: not everything could be verified",
        body="Could not be verified: 1.",
        good=False,
    )
    assert message(then(blind, declarations(A), inventory(status=Coverage.DENIED))) is None


def test_many_are_summed_up() -> None:
    report = nightly()
    assert report.changes is not None
    [new, *_] = report.changes.tracked
    many = replace(
        report.changes,
        tracked=tuple(replace(new, fingerprint=f"{number:032x}") for number in range(12)),
    )
    told = message(replace(report, changes=many))
    assert told is not None
    assert told.body.splitlines()[-2:] == ["- and 7 more", "Could not be verified: 2."]


def test_foreign_text_is_harmless_in_any_format() -> None:
    found = hostile()
    told = message(replace(found, changes=changes(found, past_of(first()))))
    assert told is not None
    assert not set(told.title + told.body) & set("<>|`@*[]()$=\\\x1b\r\u202e\"'&#!~{}")
    assert "//" not in told.body
    assert HOSTILE not in told.body
    assert all(len(line) < 300 for line in told.body.splitlines())


def first() -> Report:
    return first_run(declarations(A), inventory(LIVE_A))


TOLD = Message(title="Flow log drift: 1 new", body="New:\n- Missing: net/prod a_b", good=False)


def test_to_a_webhook(chat: Chat) -> None:
    assert send(channels([f"json://{chat.address}/{SECRET}"]), TOLD) == ()
    [(path, body)] = chat.posts
    assert path == f"/{SECRET}"
    assert (body["title"], body["message"], body["type"]) == (TOLD.title, TOLD.body, "warning")


def test_to_a_chat(chat: Chat) -> None:
    report = first_run(declarations(), inventory(EDITED))
    assert [finding.kind for finding in report.findings] == [Kind.UNMANAGED]
    told = message(report)
    assert told is not None
    assert send(channels([f"mmost://{chat.address}/abcdefghijklmnop"]), told) == ()
    [(path, body)] = chat.posts
    assert path == "/hooks/abcdefghijklmnop"
    assert "Flow log drift: 1 new" in body["text"]
    assert "Unmanaged" in body["text"]
    assert "fl-00000000000000001" in body["text"].replace("\\", "")


def test_one_that_fails_says_why_and_costs_the_others_nothing(
    chat: Chat, capfd: pytest.CaptureFixture[str]
) -> None:
    chat.status = 403
    to = channels(
        [
            f"json://{chat.address}/{SECRET}",
            f"json://net:{SECRET}@127.0.0.1:1/{SECRET}",
            f"json://{chat.address}/other",
        ]
    )
    assert send(to, TOLD) == (
        "notification 1 (json) could not be sent: the service answered 403",
        "notification 2 (json) could not be sent: the service could not be reached",
        "notification 3 (json) could not be sent: the service answered 403",
    )
    assert len(chat.posts) == 2
    output = capfd.readouterr()
    assert SECRET not in output.out + output.err
    assert SECRET not in repr(to)


@pytest.mark.parametrize("address", [f"slack://{SECRET}", "nonsense", f"nosuch://{SECRET}@x", ""])
def test_an_address_that_can_not_be_used(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotificationError, match="the address of notification 1") as caught:
        channels([address])
    assert SECRET not in caught.value.cause + caught.value.next_step
    assert capfd.readouterr() == ("", "")
