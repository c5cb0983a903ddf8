"""Files in place of AWS."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.errors import LiveFileError
from drift.live import snapshot
from drift.model import (
    MALFORMED,
    Coverage,
    Filter,
    FlowLog,
    Inventory,
    Listing,
    LiveFlowLog,
    Narrowing,
)
from tests.live.test_response import flow_logs

AGAIN = "Write it again with `drift live`, or `aws ec2 describe-flow-logs --output json`."
TWICE = "Keep the newer one, or write the file again with `drift live`."
READ_AT = "2026-01-02T03:04:05Z"


def live(flow_log_id: str, flow_log: FlowLog | None = None) -> LiveFlowLog:
    return LiveFlowLog(
        flow_log_id=flow_log_id,
        account="111111111111",
        region="us-east-1",
        created_at="2026-01-01T00:00:00.000Z",
        flow_log=flow_log or FlowLog(),
    )


INVENTORY = Inventory(
    listings=(
        Listing(
            account=None,
            region="eu-west-1",
            status=Coverage.DENIED,
            reason="AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
            next_step="Grant it.",
            missing_permission="ec2:DescribeFlowLogs",
            account_confirmed=False,
        ),
        Listing(
            account="111111111111",
            region="us-east-1",
            flow_logs=(
                live("fl-1", FlowLog(resource_id="vpc-1", tags={"b": "2", "a": "1"})),
                live("fl-2", FlowLog(log_format=MALFORMED)),
            ),
        ),
    ),
    narrowing=Narrowing(
        filters=(Filter(name="resource-id", values=("vpc-1",)),), flow_log_ids=("fl-1", "fl-2")
    ),
)

WRITTEN = """\
{
  "format": "drift-live",
  "version": "1.0",
  "read_at": "2026-01-02T03:04:05Z",
  "narrowing": {
    "Filters": [
      {
        "Name": "resource-id",
        "Values": [
          "vpc-1"
        ]
      }
    ],
    "FlowLogIds": [
      "fl-1",
      "fl-2"
    ]
  },
  "listings": [
    {
      "account": null,
      "region": "eu-west-1",
      "status": "denied",
      "reason": "AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)",
      "next_step": "Grant it.",
      "missing_permission": "ec2:DescribeFlowLogs",
      "account_confirmed": false,
      "FlowLogs": []
    },
    {
      "account": "111111111111",
      "region": "us-east-1",
      "status": "read",
      "reason": null,
      "next_step": null,
      "missing_permission": null,
      "account_confirmed": true,
      "FlowLogs": [
        {
          "FlowLogId": "fl-1",
          "CreationTime": "2026-01-01T00:00:00.000Z",
          "ResourceId": "vpc-1",
          "Tags": [
            {
              "Key": "a",
              "Value": "1"
            },
            {
              "Key": "b",
              "Value": "2"
            }
          ]
        },
        {
          "FlowLogId": "fl-2",
          "CreationTime": "2026-01-01T00:00:00.000Z",
          "LogFormat": {
            "unreadable": "malformed"
          }
        }
      ]
    }
  ]
}
"""


def test_what_is_written() -> None:
    assert snapshot.dump(INVENTORY, READ_AT).decode() == WRITTEN


def test_reading_it_back() -> None:
    assert snapshot.parse(WRITTEN.encode(), name="x") == INVENTORY


def test_the_order_of_reading_never_shows() -> None:
    shuffled = Inventory(
        listings=tuple(
            Listing(
                account=one.account,
                region=one.region,
                status=one.status,
                reason=one.reason,
                next_step=one.next_step,
                missing_permission=one.missing_permission,
                account_confirmed=one.account_confirmed,
                flow_logs=one.flow_logs[::-1],
            )
            for one in reversed(INVENTORY.listings)
        ),
        narrowing=INVENTORY.narrowing,
    )
    assert snapshot.dump(shuffled, READ_AT).decode() == WRITTEN


@given(st.lists(flow_logs, max_size=3))
def test_any_inventory_survives(logs: list[FlowLog]) -> None:
    flow_logs_of = tuple(live(f"fl-{number}", log) for number, log in enumerate(logs))
    inventory = Inventory(
        listings=(Listing(account="111111111111", region="us-east-1", flow_logs=flow_logs_of),)
    )
    assert snapshot.parse(snapshot.dump(inventory, READ_AT), name="x") == inventory


CLI_OUTPUT = json.dumps({"FlowLogs": [{"FlowLogId": "fl-1", "Unheard": {"of": []}}]})


@pytest.mark.parametrize(
    "data",
    [
        CLI_OUTPUT.encode(),
        b"\xef\xbb\xbf" + CLI_OUTPUT.encode(),
        CLI_OUTPUT.encode("utf-16"),
        b"\n " + CLI_OUTPUT.encode() + b"\r\n",
        json.dumps({"FlowLogs": [{"FlowLogId": "fl-1"}] * 2, "NextToken": None}).encode(),
    ],
    ids=["plain", "byte order mark", "PowerShell", "space", "twice the same"],
)
def test_output_of_the_aws_cli(data: bytes) -> None:
    (listing,) = snapshot.parse(data, name="x", account="111111111111", region="us-east-1").listings
    assert listing == Listing(
        account="111111111111",
        region="us-east-1",
        flow_logs=(
            LiveFlowLog(
                flow_log_id="fl-1",
                account="111111111111",
                region="us-east-1",
                flow_log=FlowLog(),
            ),
        ),
    )


def test_output_that_was_cut_short_tells_what_is_there_but_not_what_is_missing() -> None:
    data = b'{"FlowLogs": [{"FlowLogId": "fl-1"}], "NextToken": "more"}'
    (listing,) = snapshot.parse(
        data, name="live.json", account="111111111111", region="us-east-1"
    ).listings
    assert listing.status is Coverage.FAILED
    assert listing.reason == "live.json was cut short: it ends with a NextToken"
    assert listing.next_step == (
        "Run `aws ec2 describe-flow-logs` without --max-items and --no-paginate."
    )
    assert [one.flow_log_id for one in listing.flow_logs] == ["fl-1"]


@pytest.mark.parametrize(
    ("account", "region", "missing"),
    [
        (None, None, "account and region"),
        ("111111111111", None, "region"),
        (None, "us-east-1", "account"),
    ],
)
def test_output_of_nobody_knows_where(
    account: str | None, region: str | None, missing: str
) -> None:
    with pytest.raises(LiveFileError) as caught:
        snapshot.parse(CLI_OUTPUT.encode(), name="x", account=account, region=region)
    assert caught.value.cause == f"x is output of the AWS CLI, which does not tell its {missing}"
    assert caught.value.next_step == "Name them with --account and --region."


@pytest.mark.parametrize(
    ("text", "cause", "next_step"),
    [
        ("", "x is empty", AGAIN),
        (" \n", "x is empty", AGAIN),
        (WRITTEN[:-40], "x is cut off: Input data was truncated", AGAIN),
        (
            "{'FlowLogs': []}",
            "x is not JSON: JSON is malformed: object keys must be strings (byte 1)",
            AGAIN,
        ),
        ("FlowLogs:\n- FlowLogId: fl-1\n", "x is not a JSON object", AGAIN),
        ("-----------\n|DescribeFlowLogs|\n", "x is not a JSON object", AGAIN),
        ("[]", "x is not a JSON object", AGAIN),
        (
            "{}",
            "x holds no flow logs: it has neither FlowLogs nor the format 'drift-live'",
            AGAIN,
        ),
        (
            '{"FlowLogs": {"FlowLogId": "fl-1"}}',
            "x is not of the shape it should be: Expected `array`, got `object`",
            AGAIN,
        ),
        (
            '{"FlowLogs": [{"FlowLogId": "fl-1"}, {"ResourceId": "vpc-1"}]}',
            "x: an entry of FlowLogs has no FlowLogId (number 2)",
            AGAIN,
        ),
        (
            '{"FlowLogs": ["fl-1"]}',
            "x: an entry of FlowLogs is not an object (number 1)",
            AGAIN,
        ),
        (
            '{"version": 3, "deployment": {"resources": []}}',
            "x is declared, not live: it is a Pulumi state or preview",
            "Give it as a SOURCE, without --live.",
        ),
        (
            '{"config": {}, "steps": []}',
            "x is declared, not live: it is a Pulumi state or preview",
            "Give it as a SOURCE, without --live.",
        ),
        (
            '{"format": "drift-live", "version": "2.0"}',
            "x has version 2.0, which this drift does not know",
            "Read it with the drift that wrote it, or write it again with `drift live`.",
        ),
        (
            '{"format": "drift-live"}',
            "x has version None, which this drift does not know",
            "Read it with the drift that wrote it, or write it again with `drift live`.",
        ),
        (
            '{"format": "drift-live", "version": "1.0", "read_at": ""}',
            "x is not of the shape it should be: Object missing required field `listings`",
            AGAIN,
        ),
        (
            WRITTEN.replace('"denied"', '"maybe"'),
            (
                "x is not of the shape it should be: "
                "Invalid enum value 'maybe' - at `$.listings[0].status`"
            ),
            AGAIN,
        ),
        (
            WRITTEN.replace('"111111111111"', '"zzz"'),
            "x: 'zzz' is not an AWS account: it needs twelve digits",
            AGAIN,
        ),
        (
            WRITTEN.replace('"us-east-1"', '"not a region"'),
            "x: 'not a region' is not the name of an AWS region",
            AGAIN,
        ),
        (
            '{"FlowLogs": [{"FlowLogId": "fl-1"}, {"FlowLogId": "fl-1", "ResourceId": "vpc-1"}]}',
            "x holds two different answers for fl-1",
            TWICE,
        ),
    ],
    ids=str,
)
def test_files_that_are_none(text: str, cause: str, next_step: str) -> None:
    with pytest.raises(LiveFileError) as caught:
        snapshot.parse(text.encode(), name="x", account="111111111111", region="us-east-1")
    assert (caught.value.cause, caught.value.next_step) == (cause, next_step)


@pytest.mark.parametrize(
    ("account", "region", "cause", "next_step"),
    [
        (
            "zzz",
            "us-east-1",
            "x: 'zzz' is not an AWS account: it needs twelve digits",
            "Correct --account.",
        ),
        (
            "111111111111",
            "not a region",
            "x: 'not a region' is not the name of an AWS region",
            "Correct --region.",
        ),
    ],
)
def test_output_of_no_place(account: str, region: str, cause: str, next_step: str) -> None:
    with pytest.raises(LiveFileError) as caught:
        snapshot.parse(CLI_OUTPUT.encode(), name="x", account=account, region=region)
    assert (caught.value.cause, caught.value.next_step) == (cause, next_step)


HERE = {"account": "111111111111", "region": "us-east-1"}


def of(*listings: dict[str, object]) -> tuple[Listing, ...]:
    file = {"format": "drift-live", "version": "1.0", "read_at": READ_AT, "listings": listings}
    return snapshot.parse(json.dumps(file).encode(), name="x").listings


def test_an_older_snapshot_tells_no_missing_permission() -> None:
    (listing,) = of({**HERE, "status": "denied", "reason": "no", "next_step": "Ask."})
    assert listing.missing_permission is None


def test_listings_of_one_place_are_one() -> None:
    one, two, three = ({"FlowLogId": f"fl-{number}"} for number in (1, 2, 3))
    listings = of(
        {**HERE, "status": "denied", "reason": "no", "next_step": "Ask."},
        {**HERE, "FlowLogs": [one, two]},
        {**HERE, "account": None, "FlowLogs": [one]},
        {**HERE, "account": None, "FlowLogs": [three]},
        {**HERE, "account_confirmed": False, "FlowLogs": [two, three]},
    )
    assert [
        (
            one.account,
            one.status,
            one.reason,
            one.account_confirmed,
            [live.flow_log_id for live in one.flow_logs],
        )
        for one in listings
    ] == [
        ("111111111111", Coverage.READ, None, False, ["fl-1", "fl-2", "fl-3"]),
        (None, Coverage.READ, None, True, ["fl-1"]),
        (None, Coverage.READ, None, True, ["fl-3"]),
    ]


def test_listings_of_one_place_that_contradict_each_other() -> None:
    with pytest.raises(LiveFileError) as caught:
        of(
            {**HERE, "FlowLogs": [{"FlowLogId": "fl-1", "TrafficType": "ALL"}]},
            {**HERE, "FlowLogs": [{"FlowLogId": "fl-1", "TrafficType": "REJECT"}]},
        )
    assert caught.value.cause == "x holds two different answers for fl-1"
    assert caught.value.next_step == TWICE


def test_a_newer_minor_version_may_say_more() -> None:
    text = WRITTEN.replace('"1.0"', '"1.7"').replace('"read_at"', '"more": 1, "read_at"')
    assert snapshot.parse(text.encode(), name="x") == INVENTORY


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "live.json"
    path.write_bytes(snapshot.dump(INVENTORY, READ_AT))
    assert snapshot.load(str(path)) == INVENTORY


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LiveFileError) as caught:
        snapshot.load(f"{tmp_path}/none.json")
    assert (
        caught.value.cause == f"{tmp_path}/none.json could not be read: No such file or directory"
    )


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(LiveFileError):
        snapshot.parse(data, name="x", account="111111111111", region="us-east-1")
