"""Resources of a stack, as the engine sends them and as the SDK hands them to a policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
)
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import unknown_checking_proxy

from drift.policy.as_sent import keep_as_sent
from tests.policy.engine import UNKNOWN, Json, Properties, Provider, Resource

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
AWS: Final = Provider(inputs={"region": REGION})
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
NATIVE_FLOW_LOG: Final = "aws-native:ec2:FlowLog"
VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
BUCKET: Final = "arn:aws:s3:::flow-logs"
FORMAT: Final = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)


def flow_log(name: str, flow_log_id: str, /, **more: Json) -> Resource:
    """Return a deployed flow log of a bucket with the outputs of the bridged provider."""
    return Resource(
        type=FLOW_LOG,
        name=name,
        provider=AWS,
        properties={
            "id": flow_log_id,
            "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/{flow_log_id}",
            "region": REGION,
            "trafficType": "ALL",
            "logDestinationType": "s3",
            "logDestination": BUCKET,
            "logFormat": FORMAT,
            "maxAggregationInterval": 600.0,
            "iamRoleArn": "",
            "tags": {},
            "tagsAll": {},
            **more,
        },
    )


def new_flow_log(name: str, /, **more: Json) -> Resource:
    """Return a flow log that the deployment will create, with what a preview knows of it."""
    return flow_log(name, UNKNOWN, **{"arn": UNKNOWN, "logFormat": UNKNOWN, **more})


def inputs(**values: Json) -> Properties:
    """Return the inputs of a flow log in a bucket."""
    return {
        "vpcId": "vpc-1",
        "trafficType": "ALL",
        "logDestinationType": "s3",
        "logDestination": BUCKET,
        **values,
    }


def asked(name: str, properties: Properties, kind: str = FLOW_LOG) -> Resource:
    """Return a flow log as Analyze is told of it."""
    return Resource(type=kind, name=name, properties=properties, provider=AWS)


def as_seen(*resources: Resource) -> list[PolicyResource]:
    """Return the resources as the SDK hands them to a stack policy."""
    seen = {resource.urn: _as_seen(resource) for resource in resources}
    for resource in resources:
        one = seen[resource.urn]
        one.parent = seen.get(resource.parent)
        one.property_dependencies = {
            name: _known(urns, seen) for name, urns in resource.depends.items()
        }
    return list(seen.values())


def _known(urns: Sequence[str], seen: dict[str, PolicyResource]) -> list[PolicyResource]:
    return [seen[urn] for urn in urns if urn in seen]


def _as_seen(resource: Resource) -> PolicyResource:
    provider = resource.provider
    return PolicyResource(
        resource.type,
        seen_properties(resource.properties),
        resource.urn,
        resource.name,
        PolicyResourceOptions(
            protect=resource.protect,
            ignore_changes=list(resource.ignore_changes),
            delete_before_replace=resource.delete_before_replace or None,
            aliases=[],
            custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
            additional_secret_outputs=[],
            parent=resource.parent or None,
        ),
        None if provider is None else _provider_as_seen(provider),
        None,
        [],
        {},
    )


def _provider_as_seen(provider: Provider) -> PolicyProviderResource:
    return PolicyProviderResource(
        f"pulumi:providers:{provider.package}",
        seen_properties(provider.inputs),
        provider.urn,
        provider.name,
    )


def seen_properties(properties: Properties) -> Properties:
    """Return properties as the SDK hands them over: unknowns raise, secrets are unwrapped."""
    keep_as_sent()
    proxied: Properties = unknown_checking_proxy(
        sdk.deserialize_properties({**properties})  # type: ignore[attr-defined]  # not exported
    )
    return proxied
