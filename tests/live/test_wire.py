"""The quick reading of XML against botocore's own."""

from __future__ import annotations

from xml.sax.saxutils import escape

import botocore.session
import pytest
from botocore.model import StructureShape
from botocore.parsers import EC2QueryParser
from hypothesis import given
from hypothesis import strategies as st

from drift.live.wire import ReplyReader
from tests.live.local_aws import NAMESPACE


def output_shape(operation: str) -> StructureShape:
    model = botocore.session.Session().get_service_model("ec2")
    shape = model.operation_model(operation).output_shape
    assert isinstance(shape, StructureShape)
    return shape


SHAPE = output_shape("DescribeFlowLogs")
READER = ReplyReader(SHAPE)


def by_botocore(body: bytes) -> dict[str, object]:
    parser = EC2QueryParser(timestamp_parser=str)
    parsed = parser.parse({"body": body, "headers": {}, "status_code": 200}, SHAPE)
    assert isinstance(parsed, dict)
    parsed.pop("ResponseMetadata")
    return parsed


def reply(items: str, rest: str = "") -> bytes:
    return (
        f'<DescribeFlowLogsResponse xmlns="{NAMESPACE}"><requestId>r</requestId>'
        f"<flowLogSet>{items}</flowLogSet>{rest}</DescribeFlowLogsResponse>"
    ).encode()


EVERYTHING = reply(
    """<item><creationTime>2026-01-02T03:04:05.678Z</creationTime><unheardOf>x</unheardOf>
    <deliverLogsErrorMessage>Access error</deliverLogsErrorMessage><flowLogId>fl-1</flowLogId>
    <deliverLogsPermissionArn>arn:1</deliverLogsPermissionArn><logGroupName/>
    <deliverCrossAccountRole>arn:2</deliverCrossAccountRole><logFormat>${version} &lt;</logFormat>
    <maxAggregationInterval>600</maxAggregationInterval><destinationOptions>
    <fileFormat>parquet</fileFormat><hiveCompatiblePartitions>true</hiveCompatiblePartitions>
    <perHourPartition>false</perHourPartition></destinationOptions>
    <tagSet><item><key>Owner</key><value/></item>
    <item><key>é</key><value> v </value></item></tagSet>
    <tagFieldSpecificationSet><item><resourceType>instance</resourceType>
    <tagKeySet><item>Name</item><item>Team</item></tagKeySet></item></tagFieldSpecificationSet>
    </item><item/>""",
    "<nextToken>more</nextToken>",
)


def test_every_member_is_read_as_botocore_reads_it() -> None:
    read = READER.read(EVERYTHING)
    assert read == by_botocore(EVERYTHING)
    assert read == {
        "FlowLogs": [
            {
                "CreationTime": "2026-01-02T03:04:05.678Z",
                "DeliverLogsErrorMessage": "Access error",
                "FlowLogId": "fl-1",
                "DeliverLogsPermissionArn": "arn:1",
                "LogGroupName": "",
                "DeliverCrossAccountRole": "arn:2",
                "LogFormat": "${version} <",
                "MaxAggregationInterval": 600,
                "DestinationOptions": {
                    "FileFormat": "parquet",
                    "HiveCompatiblePartitions": True,
                    "PerHourPartition": False,
                },
                "Tags": [{"Key": "Owner", "Value": ""}, {"Key": "é", "Value": " v "}],
                "TagFieldSpecifications": [
                    {"ResourceType": "instance", "TagKeys": ["Name", "Team"]}
                ],
            },
            {},
        ],
        "NextToken": "more",
    }


@pytest.mark.parametrize(
    "body",
    [
        reply(""),
        b"<DescribeFlowLogsResponse/>",
        b"<html><body>Sign in</body></html>",
        reply("<item><flowLogId>fl-1</flowLogId></item>").replace(NAMESPACE.encode(), b"urn:new"),
        reply("<item><flowLogId>fl-1</flowLogId></item>").replace(
            f' xmlns="{NAMESPACE}"'.encode(), b""
        ),
    ],
)
def test_other_replies_are_read_as_botocore_reads_them(body: bytes) -> None:
    assert READER.read(body) == by_botocore(body)


xml_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)
leaves = st.sampled_from(
    ["flowLogId", "logFormat", "creationTime", "trafficType", "logDestination", "x", "value"]
)


@st.composite
def items(draw: st.DrawFn) -> str:
    members = draw(st.dictionaries(leaves, xml_text))
    inside = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in members.items())
    tags = draw(st.dictionaries(xml_text, xml_text, max_size=3))
    inside += "<tagSet>"
    for key, value in tags.items():
        inside += f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>"
    return f"<item>{inside}</tagSet></item>"


@given(st.lists(items(), max_size=4).map("".join))
def test_any_reply_is_read_as_botocore_reads_it(entries: str) -> None:
    assert READER.read(reply(entries)) == by_botocore(reply(entries))


@pytest.mark.parametrize("body", [b"", b"not XML", EVERYTHING[:-20], b"\xff\xfe<"])
def test_what_is_no_xml_is_left_to_botocore(body: bytes) -> None:
    assert READER.read(body) is None


def test_an_unusual_shape_is_left_to_botocore() -> None:
    with_prices = output_shape("DescribeReservedInstancesOfferings")
    assert ReplyReader(with_prices).read(b"<reply/>") is None


def test_a_number_that_is_none_stays_text() -> None:
    body = reply("<item><maxAggregationInterval>often</maxAggregationInterval></item>")
    assert READER.read(body) == {"FlowLogs": [{"MaxAggregationInterval": "often"}]}
