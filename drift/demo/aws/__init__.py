"""An AWS inside the process: moto, with what it lacks for flow logs added.

    with extended_aws() as aws:
        console = aws.console(region="eu-west-1")
        bucket = console.create_bucket("flow-logs")
        declared = console.create_flow_log(console.create_vpc(), log_destination=bucket)
        stand_in = console.recreate(declared, traffic_type=TrafficType.REJECT)

What is added, beyond moto 5.2: destination options, cross-account roles and tag field
specifications are kept; destinations and resources of every kind are checked; defaults, pages,
filters, limits and errors are AWS's; calls are counted and can be made to fail.
"""

from drift.demo.aws.console import Console
from drift.demo.aws.extended import Aws, Credentials, extended_aws
from drift.demo.aws.flow_log import (
    DestinationOptions,
    DestinationType,
    Entry,
    FileFormat,
    TagFieldSpecification,
    TaggedResourceType,
    TrafficType,
)
from drift.demo.aws.world import (
    ACCESS_DENIED,
    AUTH_FAILURE,
    DENIED,
    EXPIRED_TOKEN,
    INTERNAL_ERROR,
    INVALID_CLIENT_TOKEN_ID,
    OPT_IN_REQUIRED,
    REQUEST_EXPIRED,
    THROTTLED,
    UNAVAILABLE,
    Call,
    Fault,
    Garbling,
    Paging,
    Refusal,
)

__all__ = [
    "ACCESS_DENIED",
    "AUTH_FAILURE",
    "DENIED",
    "EXPIRED_TOKEN",
    "INTERNAL_ERROR",
    "INVALID_CLIENT_TOKEN_ID",
    "OPT_IN_REQUIRED",
    "REQUEST_EXPIRED",
    "THROTTLED",
    "UNAVAILABLE",
    "Aws",
    "Call",
    "Console",
    "Credentials",
    "DestinationOptions",
    "DestinationType",
    "Entry",
    "Fault",
    "FileFormat",
    "Garbling",
    "Paging",
    "Refusal",
    "TagFieldSpecification",
    "TaggedResourceType",
    "TrafficType",
    "extended_aws",
]
