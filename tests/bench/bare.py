"""What one would write by hand: the state by json.load, the live side by boto3's own paginator."""

import json
import sys
from pathlib import Path

import boto3


def main() -> None:
    """Read both sides of the estate, and compare nothing."""
    with Path(sys.argv[1]).open(encoding="utf-8") as file:
        state = json.load(file)
    declared = {
        row["id"]: row for row in state["deployment"]["resources"] if "FlowLog" in row["type"]
    }
    pages = boto3.client("ec2").get_paginator("describe_flow_logs").paginate()
    live = {flow_log["FlowLogId"]: flow_log for page in pages for flow_log in page["FlowLogs"]}
    print(len(declared), len(live))


if __name__ == "__main__":
    main()
