"""The policies as data: what each is called, how strict it is, and what it can be told.

Names are the kinds of `drift.findings` where a policy says what a finding says; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drift.policy.options import EXCLUDE, Option, Shape

DOCUMENTATION: Final = "https://github.com/flow-log-drift/flow-log-drift/blob/main/docs/policies.md"


class Scope(StrEnum):
    """What a policy looks at."""

    RESOURCE = "resource"
    """One flow log as the program asks for it, before anything is deployed."""
    STACK = "stack"
    """All resources at the end of a preview or an update."""


class Level(StrEnum):
    """What a violation does, unless the configuration says otherwise."""

    ADVISORY = "advisory"
    """A warning."""
    MANDATORY = "mandatory"
    """Stops the deployment."""


class Gravity(StrEnum):
    """How bad a violation is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Name(StrEnum):
    """The name of each policy; also its heading in docs/policies.md."""

    REPLACED = "flow-log-replaced"
    MISSING = "flow-log-missing"
    MODIFIED = "flow-log-modified"
    TAGS_MODIFIED = "flow-log-tags-modified"
    COLLISION = "flow-log-collision"
    UNDELIVERED = "flow-log-undelivered"
    UNMANAGED = "flow-log-unmanaged"
    UNVERIFIED = "flow-log-unverified"
    FORMAT = "flow-log-format"
    FORMAT_FIELDS = "flow-log-format-fields"
    DESTINATION = "flow-log-destination"
    DESTINATION_OPTIONS = "flow-log-destination-options"
    VPC_WITHOUT_FLOW_LOG = "vpc-without-flow-log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything about a policy but its code."""

    name: Name
    scope: Scope
    level: Level
    gravity: Gravity
    title: str
    description: str
    """One sentence; the first line of every violation."""
    remediation: str
    reads_aws: bool = False
    options: tuple[Option, ...] = (EXCLUDE,)

    @property
    def url(self) -> str:
        """Where it is explained."""
        return f"{DOCUMENTATION}#{self.name}"


_WAYS_BACK: Final = (
    "Go back to what is declared, or adopt what is live, with the commands in the violation."
)

CARDS: Final = (
    Card(
        name=Name.REPLACED,
        scope=Scope.STACK,
        level=Level.MANDATORY,
        gravity=Gravity.HIGH,
        title="Flow log replaced outside of Pulumi",
        description="A declared flow log was deleted, and another one stands in its place.",
        remediation=_WAYS_BACK,
        reads_aws=True,
    ),
    Card(
        name=Name.MISSING,
        scope=Scope.STACK,
        level=Level.MANDATORY,
        gravity=Gravity.HIGH,
        title="Flow log deleted outside of Pulumi",
        description="A declared flow log is gone, and nothing stands in its place.",
        remediation="Deploy it again, or stop declaring it, with the commands in the violation.",
        reads_aws=True,
    ),
    Card(
        name=Name.MODIFIED,
        scope=Scope.STACK,
        level=Level.MANDATORY,
        gravity=Gravity.HIGH,
        title="Flow log is not as declared",
        description="A deployed flow log is configured otherwise than its declaration says.",
        remediation=_WAYS_BACK,
        reads_aws=True,
    ),
    Card(
        name=Name.TAGS_MODIFIED,
        scope=Scope.STACK,
        level=Level.ADVISORY,
        gravity=Gravity.LOW,
        title="Flow log has other tags",
        description="A deployed flow log has other tags than its declaration says.",
        remediation="Deploy to put the declared tags back, or declare the live ones.",
        reads_aws=True,
        options=(
            EXCLUDE,
            Option(
                name="ignoredTags",
                shape=Shape.GLOBS,
                description="Tag keys, as globs, that may differ.",
                example=["CostCenter", "scheduler:*"],
            ),
        ),
    ),
    Card(
        name=Name.COLLISION,
        scope=Scope.STACK,
        level=Level.ADVISORY,
        gravity=Gravity.MEDIUM,
        title="Flow log will collide with a live one",
        description="A flow log that is about to be created has a live twin.",
        remediation="Import the twin, delete it, or let Pulumi delete before it replaces.",
        reads_aws=True,
    ),
    Card(
        name=Name.UNDELIVERED,
        scope=Scope.STACK,
        level=Level.ADVISORY,
        gravity=Gravity.HIGH,
        title="Flow log is not delivered",
        description="A deployed flow log exists, but AWS does not deliver its records.",
        remediation="Mend the role, the bucket policy or the stream that AWS's message points to.",
        reads_aws=True,
    ),
    Card(
        name=Name.UNMANAGED,
        scope=Scope.STACK,
        level=Level.ADVISORY,
        gravity=Gravity.LOW,
        title="Flow log that this stack does not declare",
        description="A live flow log watches a resource of this stack that does not declare it.",
        remediation="Find out whose it is; then import it, delete it, or exclude it.",
        reads_aws=True,
    ),
    Card(
        name=Name.UNVERIFIED,
        scope=Scope.STACK,
        level=Level.MANDATORY,
        gravity=Gravity.HIGH,
        title="Live flow logs could not be read",
        description="The live flow logs of an account and region could not be read.",
        remediation="Grant ec2:DescribeFlowLogs to whoever deploys: `drift permissions` prints it.",
        reads_aws=True,
        options=(
            Option(
                name="exclude",
                shape=Shape.GLOBS,
                description="Places, as globs of `ACCOUNT/REGION`, that need not be readable.",
                example=["123456789012/*", "*/cn-*"],
            ),
        ),
    ),
    Card(
        name=Name.FORMAT,
        scope=Scope.RESOURCE,
        level=Level.MANDATORY,
        gravity=Gravity.HIGH,
        title="LogFormat that AWS refuses",
        description="The LogFormat of a flow log is one that AWS refuses, or not what it seems.",
        remediation="Write the fields as ${name}, with one space between them.",
    ),
    Card(
        name=Name.FORMAT_FIELDS,
        scope=Scope.RESOURCE,
        level=Level.ADVISORY,
        gravity=Gravity.MEDIUM,
        title="Fields of the LogFormat",
        description="The LogFormat of a flow log lacks fields, or has some AWS may not know.",
        remediation="Add the fields that are required; correct the names that AWS does not know.",
        options=(
            EXCLUDE,
            Option(
                name="requiredFields",
                shape=Shape.NAMES,
                description="Names of fields, without ${}, that every flow log has to record.",
                example=["pkt-srcaddr", "pkt-dstaddr", "flow-direction"],
            ),
            Option(
                name="knownFields",
                shape=Shape.NAMES,
                description="Names of fields that AWS has added since this version of drift.",
                example=["next-year"],
            ),
        ),
    ),
    Card(
        name=Name.DESTINATION,
        scope=Scope.RESOURCE,
        level=Level.MANDATORY,
        gravity=Gravity.HIGH,
        title="Destination that AWS refuses",
        description="The destination of a flow log is one that AWS refuses, or is not allowed.",
        remediation="Bring destination type, destination and roles together as AWS wants them.",
        options=(
            EXCLUDE,
            Option(
                name="allowedDestinations",
                shape=Shape.GLOBS,
                description="ARNs, as globs, that flow logs may be delivered to.",
                example=["arn:aws:s3:::acme-flow-logs*", "arn:aws:logs:*:*:log-group:/flow/*"],
            ),
        ),
    ),
    Card(
        name=Name.DESTINATION_OPTIONS,
        scope=Scope.RESOURCE,
        level=Level.ADVISORY,
        gravity=Gravity.MEDIUM,
        title="Options of the destination",
        description="The files of a flow log are not laid out as is required.",
        remediation="Set destinationOptions as is required, on S3 destinations only.",
        options=(
            EXCLUDE,
            Option(
                name="fileFormat",
                shape=Shape.FILE_FORMAT,
                description="The file format that flow logs in S3 must have.",
                example="parquet",
            ),
            Option(
                name="hiveCompatiblePartitions",
                shape=Shape.FLAG,
                description="Whether flow logs in S3 must have Hive-compatible prefixes.",
                example=True,
            ),
            Option(
                name="perHourPartition",
                shape=Shape.FLAG,
                description="Whether flow logs in S3 must be partitioned by hour.",
                example=True,
            ),
        ),
    ),
    Card(
        name=Name.VPC_WITHOUT_FLOW_LOG,
        scope=Scope.STACK,
        level=Level.ADVISORY,
        gravity=Gravity.MEDIUM,
        title="VPC without a flow log",
        description="A VPC of this stack neither has, nor is getting, a flow log.",
        remediation="Declare a flow log for it, or exempt it by a tag.",
        reads_aws=True,
        options=(
            EXCLUDE,
            Option(
                name="exemptTags",
                shape=Shape.TAGS,
                description="Tags, key and value as globs, of VPCs that need no flow log.",
                example={"FlowLogs": "none", "Environment": "sandbox-*"},
            ),
        ),
    ),
)
"""Every policy of the pack, in the order in which they are asked and documented."""
