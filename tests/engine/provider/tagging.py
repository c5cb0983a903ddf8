"""Tags, as EC2 takes and tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.engine.provider.session import Session
from tests.engine.provider.wire import Properties


def retag_ec2(
    session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
) -> None:
    """Take off the tags that are no longer wanted and put on those that are new or different."""
    ec2 = session.client("ec2")
    if gone := before.keys() - tags.keys():
        ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in sorted(gone)])
    if tags:
        ec2.create_tags(Resources=[resource_id], Tags=entries(tags))


def entries(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as EC2 takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def told(entry: Mapping[str, Any]) -> Properties:
    """Return the tags in something that EC2 tells."""
    return {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])}
