"""`aws:ec2/flowLog:FlowLog`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.engine.provider.bridge import all_tags
from tests.engine.provider.schema import Existing, Property
from tests.engine.provider.session import Session
from tests.engine.provider.tagging import entries, retag_ec2, told
from tests.engine.provider.wire import Properties, Value

_RESOURCE_TYPES: Final = {
    "vpcId": "VPC",
    "subnetId": "Subnet",
    "eniId": "NetworkInterface",
    "transitGatewayId": "TransitGateway",
    "transitGatewayAttachmentId": "TransitGatewayAttachment",
    "regionalNatGatewayId": "RegionalNatGateway",
}
# Longest first: an attachment's id begins as a transit gateway's does.
_RESOURCE_IDS: Final = {
    "vpc-": "vpcId",
    "subnet-": "subnetId",
    "eni-": "eniId",
    "tgw-attach-": "transitGatewayAttachmentId",
    "tgw-": "transitGatewayId",
    "nat-": "regionalNatGatewayId",
}
_MEMBERS: Final = {
    "trafficType": "TrafficType",
    "logDestinationType": "LogDestinationType",
    "logDestination": "LogDestination",
    "logFormat": "LogFormat",
    "iamRoleArn": "DeliverLogsPermissionArn",
    "deliverCrossAccountRole": "DeliverCrossAccountRole",
}
_OPTIONS: Final = {
    "fileFormat": "FileFormat",
    "hiveCompatiblePartitions": "HiveCompatiblePartitions",
    "perHourPartition": "PerHourPartition",
}
_FIXED: Final = Property(force_new=True)


class FlowLog:
    """As `aws_flow_log` of Terraform's provider: tags apart, every change replaces it."""

    outputs: Final = frozenset({"arn"})
    properties: Final[Mapping[str, Property]] = {
        **dict.fromkeys(_RESOURCE_TYPES, _FIXED),
        "trafficType": _FIXED,
        "logDestinationType": Property(force_new=True, default="cloud-watch-logs"),
        "logDestination": Property(force_new=True, computed=True),
        "logFormat": Property(force_new=True, computed=True),
        "maxAggregationInterval": Property(force_new=True, default=600.0),
        "iamRoleArn": _FIXED,
        "deliverCrossAccountRole": _FIXED,
        "destinationOptions": Property(
            force_new=True,
            block=True,
            members={
                "fileFormat": Property(default="plain-text"),
                "hiveCompatiblePartitions": Property(default=False),
                "perHourPartition": Property(default=False),
            },
        ),
        "tagFieldSpecifications": _FIXED,
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one; what AWS says in `Unsuccessful` is an error."""
        [name] = [name for name in _RESOURCE_TYPES if inputs.get(name)]
        resource_id = str(inputs[name])
        answer = session.client("ec2").create_flow_logs(
            ResourceIds=[resource_id],
            ResourceType=_RESOURCE_TYPES[name],
            **_asked(inputs),
            **_tag_specifications(all_tags(inputs)),
        )
        for item in answer["Unsuccessful"]:
            error = item["Error"]
            raise RuntimeError(
                f"creating Flow Log ({resource_id}): {error['Code']}: {error['Message']}"
            )
        [flow_log_id] = answer["FlowLogIds"]
        created = self.read(session, flow_log_id)
        if created is None:
            raise RuntimeError(f"reading Flow Log ({flow_log_id}): couldn't find resource")
        return created

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return what DescribeFlowLogs says of it."""
        from botocore.exceptions import ClientError

        try:
            answer = session.client("ec2").describe_flow_logs(FlowLogIds=[resource_id])
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidFlowLogId.NotFound":
                return None
            raise
        for entry in answer["FlowLogs"]:
            return Existing(
                id=resource_id,
                outputs={
                    **_told(entry),
                    "arn": session.arn("ec2", f"vpc-flow-log/{resource_id}"),
                    "region": session.region,
                },
            )
        return None

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Change its tags in place."""
        retag_ec2(session, resource_id, before, tags)

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it."""
        answer = session.client("ec2").delete_flow_logs(FlowLogIds=[resource_id])
        for item in answer["Unsuccessful"]:
            error = item["Error"]
            if error["Code"] != "InvalidFlowLogId.NotFound":
                raise RuntimeError(
                    f"deleting Flow Log ({resource_id}): {error['Code']}: {error['Message']}"
                )


def _asked(inputs: Properties) -> dict[str, Any]:
    """Return the parameters of CreateFlowLogs."""
    asked: dict[str, Any] = {
        member: inputs[name] for name, member in _MEMBERS.items() if inputs.get(name)
    }
    if destination := asked.get("LogDestination"):
        asked["LogDestination"] = str(destination).removesuffix(":*")
    match inputs.get("maxAggregationInterval"):
        case float(seconds):
            asked["MaxAggregationInterval"] = int(seconds)
        case _:
            pass
    match inputs.get("destinationOptions"):
        case dict(options):
            asked["DestinationOptions"] = {
                member: options[name] for name, member in _OPTIONS.items() if name in options
            }
        case _:
            pass
    match inputs.get("tagFieldSpecifications"):
        case list(specifications):
            asked["TagFieldSpecifications"] = [
                {"ResourceType": one["resourceType"], "TagKeys": one["tagKeys"]}
                for one in specifications
                if isinstance(one, dict)
            ]
        case _:
            pass
    return asked


def _tag_specifications(tags: Mapping[str, str]) -> dict[str, Any]:
    if not tags:
        return {}
    return {"TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": entries(tags)}]}


def _told(entry: Mapping[str, Any]) -> Properties:
    """Return the state of an entry of DescribeFlowLogs."""
    state: Properties = {
        name: entry[member] for name, member in _MEMBERS.items() if member in entry
    }
    # Terraform's schema has no null: text that AWS does not send is empty.
    state.setdefault("iamRoleArn", "")
    state.setdefault("deliverCrossAccountRole", "")
    state[_resource_id_name(entry["ResourceId"])] = entry["ResourceId"]
    state["maxAggregationInterval"] = float(entry["MaxAggregationInterval"])
    if "DestinationOptions" in entry:
        options: Properties = {
            name: entry["DestinationOptions"][member] for name, member in _OPTIONS.items()
        }
        state["destinationOptions"] = options
    if "TagFieldSpecifications" in entry:
        state["tagFieldSpecifications"] = [
            _specification(one) for one in entry["TagFieldSpecifications"]
        ]
    state["tagsAll"] = told(entry)
    return state


def _specification(entry: Mapping[str, Any]) -> Value:
    return {"resourceType": entry["ResourceType"], "tagKeys": list(entry["TagKeys"])}


def _resource_id_name(resource_id: str) -> str:
    return next(name for prefix, name in _RESOURCE_IDS.items() if resource_id.startswith(prefix))
