"""Pulumi states for tests, as `pulumi stack export` writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from drift.demo.aws import Console

Row: TypeAlias = dict[str, Any]

STACK = "urn:pulumi:prod::net"
TYPE = "aws:ec2/flowLog:FlowLog"


def row(console: Console, name: str, flow_log_id: str, **more: Any) -> Row:  # noqa: ANN401 -- any key
    """Return the row of a flow log that exists, with the inputs that its program would have."""
    [entry] = [one for one in console.flow_logs() if one["FlowLogId"] == flow_log_id]
    inputs: Row = {
        "vpcId": entry["ResourceId"],
        "trafficType": entry["TrafficType"],
        "logDestinationType": entry["LogDestinationType"],
        "logDestination": entry["LogDestination"],
        "logFormat": entry["LogFormat"],
        "maxAggregationInterval": entry["MaxAggregationInterval"],
        "iamRoleArn": entry.get("DeliverLogsPermissionArn", ""),
        "tags": {tag["Key"]: tag["Value"] for tag in entry["Tags"]},
        "__defaults": [],
    }
    if "DestinationOptions" in entry:
        options = entry["DestinationOptions"]
        inputs["destinationOptions"] = {
            "fileFormat": options["FileFormat"],
            "hiveCompatiblePartitions": options["HiveCompatiblePartitions"],
            "perHourPartition": options["PerHourPartition"],
        }
    arn = f"arn:aws:ec2:{console.region}:{console.account}:vpc-flow-log/{flow_log_id}"
    return {
        "urn": f"{STACK}::{TYPE}::{name}",
        "type": TYPE,
        "custom": True,
        "id": flow_log_id,
        "inputs": inputs,
        "outputs": {**inputs, "id": flow_log_id, "arn": arn, "region": console.region},
        "sourcePosition": "project:///__main__.py#7",
        **more,
    }


def state(rows: Iterable[Row]) -> str:
    """Return the export of a stack."""
    stack = {"urn": f"{STACK}::pulumi:pulumi:Stack::net-prod", "type": "pulumi:pulumi:Stack"}
    return json.dumps({"version": 3, "deployment": {"resources": [stack, *rows]}})
