"""What flow logs watch: VPCs, subnets and transit gateways, as far as a flow log needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.engine.provider.bridge import all_tags
from tests.engine.provider.schema import Existing, Property
from tests.engine.provider.session import Session
from tests.engine.provider.tagging import entries, retag_ec2, told
from tests.engine.provider.wire import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2Resource:
    """A resource type whose calls EC2 names all alike."""

    noun: str
    """`vpc` of create_vpc, describe_vpcs and delete_vpc."""
    entry: str
    """`Vpc` of what CreateVpc answers, and of its `VpcId`."""
    members: Mapping[str, str]
    """Properties, and what EC2 calls them."""

    @property
    def properties(self) -> Mapping[str, Property]:
        """What a program can set."""
        return dict.fromkeys(self.members, Property(force_new=True))

    @property
    def outputs(self) -> frozenset[str]:
        """What only AWS tells."""
        return frozenset({"arn"})

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one, then tag it."""
        ec2 = session.client("ec2")
        asked = {member: inputs[name] for name, member in self.members.items() if name in inputs}
        entry = getattr(ec2, f"create_{self.noun}")(**asked)[self.entry]
        resource_id = str(entry[f"{self.entry}Id"])
        if tags := all_tags(inputs):
            ec2.create_tags(Resources=[resource_id], Tags=entries(tags))
        created = self.read(session, resource_id)
        if created is None:
            raise RuntimeError(f"reading {self.entry} ({resource_id}): couldn't find resource")
        return created

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return what EC2 says of it."""
        from botocore.exceptions import ClientError

        describe = getattr(session.client("ec2"), f"describe_{self.noun}s")
        try:
            [entry] = describe(**{f"{self.entry}Ids": [resource_id]})[f"{self.entry}s"]
        except ClientError as error:
            if error.response["Error"]["Code"].endswith(".NotFound"):
                return None
            raise
        return Existing(
            id=resource_id,
            outputs={
                **{name: entry.get(member, "") for name, member in self.members.items()},
                "arn": session.arn("ec2", f"{self.noun.replace('_', '-')}/{resource_id}"),
                "region": session.region,
                "tagsAll": told(entry),
            },
        )

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Change its tags in place."""
        retag_ec2(session, resource_id, before, tags)

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it."""
        if self.read(session, resource_id) is not None:
            delete: Any = getattr(session.client("ec2"), f"delete_{self.noun}")
            delete(**{f"{self.entry}Id": resource_id})


VPC: Final = Ec2Resource(noun="vpc", entry="Vpc", members={"cidrBlock": "CidrBlock"})
SUBNET: Final = Ec2Resource(
    noun="subnet", entry="Subnet", members={"cidrBlock": "CidrBlock", "vpcId": "VpcId"}
)
TRANSIT_GATEWAY: Final = Ec2Resource(
    noun="transit_gateway", entry="TransitGateway", members={"description": "Description"}
)
