"""The least IAM policy that reading needs, and how AWS's answers about it are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable

from drift.escape import visible
from drift.live.terms import Permission
from drift.model import Coverage


def policy(assume_role: str | None = None) -> str:
    """Return the policy as JSON.

    DescribeFlowLogs has no resource-level permissions; STS GetCallerIdentity needs none. With
    `assume_role`, the caller may assume that role, and the role needs the first statement.
    """
    statements: list[dict[str, object]] = [
        {
            "Sid": "ReadFlowLogs",
            "Effect": "Allow",
            "Action": "ec2:DescribeFlowLogs",
            "Resource": "*",
        }
    ]
    if assume_role is not None:
        resource = assume_role.replace("{partition}", "*").replace("{account}", "*")
        statements.append(
            {
                "Sid": "ReadOtherAccounts",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": resource,
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def table(answers: Iterable[Permission]) -> str:
    """Return a line for each account and region: granted, or what is in the way."""
    lines = []
    for answer in answers:
        place = f"{answer.account or 'account unknown':<15} {answer.region:<15}"
        if answer.status is Coverage.READ:
            lines.append(f"{place} granted")
        else:
            lines.append(f"{place} {answer.status}: {visible(answer.reason or '')}")
            if answer.next_step:
                lines.append(f"{'':<31} -> {visible(answer.next_step)}")
    return "".join(f"{line}\n" for line in lines)
