"""Where flow logs go, continued: Firehose delivery streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.engine.provider.bridge import all_tags
from tests.engine.provider.schema import Existing, Property
from tests.engine.provider.session import Session
from tests.engine.provider.tagging import entries, told
from tests.engine.provider.wire import Properties

_MEMBERS: Final = {
    "roleArn": "RoleARN",
    "bucketArn": "BucketARN",
    "prefix": "Prefix",
    "compressionFormat": "CompressionFormat",
}


class FirehoseDeliveryStream:
    """`aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream`, one that fills a bucket."""

    outputs: Final = frozenset({"arn"})
    properties: Final[Mapping[str, Property]] = {
        "name": Property(force_new=True, named=True),
        "destination": Property(force_new=True),
        "extendedS3Configuration": Property(
            block=True,
            members={
                **dict.fromkeys(_MEMBERS, Property()),
                "compressionFormat": Property(default="UNCOMPRESSED"),
            },
        ),
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one."""
        tags = all_tags(inputs)
        tagged = {"Tags": entries(tags)} if tags else {}
        arn = session.client("firehose").create_delivery_stream(
            DeliveryStreamName=inputs["name"],
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration=_asked(inputs),
            **tagged,
        )["DeliveryStreamARN"]
        created = self.read(session, arn)
        if created is None:
            raise RuntimeError(f"reading Firehose Stream ({arn}): couldn't find resource")
        return created

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return it if it is there."""
        firehose, name = session.client("firehose"), _name(resource_id)
        try:
            answer = firehose.describe_delivery_stream(DeliveryStreamName=name)
        except firehose.exceptions.ResourceNotFoundException:
            return None
        [destination] = answer["DeliveryStreamDescription"]["Destinations"]
        filled: Mapping[str, Any] = destination["ExtendedS3DestinationDescription"]
        return Existing(
            id=resource_id,
            outputs={
                "name": name,
                "arn": resource_id,
                "destination": "extended_s3",
                "extendedS3Configuration": {
                    name: filled[member] for name, member in _MEMBERS.items() if member in filled
                },
                "region": session.region,
                "tagsAll": told(firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)),
            },
        )

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Change its tags in place."""
        firehose, name = session.client("firehose"), _name(resource_id)
        if gone := before.keys() - tags.keys():
            firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=sorted(gone))
        if tags:
            firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=entries(tags))

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it."""
        session.client("firehose").delete_delivery_stream(DeliveryStreamName=_name(resource_id))


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _asked(inputs: Properties) -> dict[str, Any]:
    match inputs.get("extendedS3Configuration"):
        case dict(filled):
            return {member: filled[name] for name, member in _MEMBERS.items() if name in filled}
        case _:
            raise RuntimeError("the streams of these tests have an extendedS3Configuration")
