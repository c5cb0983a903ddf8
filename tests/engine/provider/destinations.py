"""Where flow logs go: buckets, with the policies that let them in, and log groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.engine.provider.bridge import all_tags
from tests.engine.provider.schema import Existing, Property
from tests.engine.provider.session import Session
from tests.engine.provider.tagging import entries
from tests.engine.provider.wire import Properties

_HOME: Final = "us-east-1"
"""The region that S3 does not want to be named."""


class Bucket:
    """`aws:s3/bucket:Bucket`, as far as a flow log needs one."""

    outputs: Final = frozenset({"arn"})
    properties: Final[Mapping[str, Property]] = {
        "bucket": Property(force_new=True, named=True),
        "forceDestroy": Property(default=False),
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one, then tag it."""
        name = str(inputs["bucket"])
        placed: dict[str, Any] = {}
        if session.region != _HOME:
            placed["CreateBucketConfiguration"] = {"LocationConstraint": session.region}
        session.client("s3").create_bucket(Bucket=name, **placed)
        tags = all_tags(inputs)
        self.retag(session, name, {}, tags)
        return _bucket(session, name, tags)

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return it if it is there."""
        from botocore.exceptions import ClientError

        s3 = session.client("s3")
        try:
            answer = s3.get_bucket_tagging(Bucket=resource_id)
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "NoSuchBucket":
                    return None
                case "NoSuchTagSet":
                    return _bucket(session, resource_id, {})
                case _:
                    raise
        tags = {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}
        return _bucket(session, resource_id, tags)

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Replace its tags."""
        s3 = session.client("s3")
        if tags:
            s3.put_bucket_tagging(Bucket=resource_id, Tagging={"TagSet": entries(tags)})
        elif before:
            s3.delete_bucket_tagging(Bucket=resource_id)

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it."""
        session.client("s3").delete_bucket(Bucket=resource_id)


def _bucket(session: Session, name: str, tags: Mapping[str, str]) -> Existing:
    return Existing(
        id=name,
        outputs={
            "bucket": name,
            "arn": f"arn:aws:s3:::{name}",
            "region": session.region,
            "forceDestroy": False,
            "tagsAll": {**tags},
        },
    )


class BucketPolicy:
    """`aws:s3/bucketPolicy:BucketPolicy`, whose id is the bucket's."""

    outputs: Final[frozenset[str]] = frozenset()
    properties: Final[Mapping[str, Property]] = {
        "bucket": Property(force_new=True),
        "policy": Property(),
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Give a bucket one."""
        bucket, policy = str(inputs["bucket"]), str(inputs["policy"])
        session.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        return _bucket_policy(session, bucket, policy)

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return it if it is there."""
        from botocore.exceptions import ClientError

        try:
            answer = session.client("s3").get_bucket_policy(Bucket=resource_id)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchBucket", "NoSuchBucketPolicy"}:
                return None
            raise
        return _bucket_policy(session, resource_id, answer["Policy"])

    def delete(self, session: Session, resource_id: str) -> None:
        """Take it away from its bucket."""
        session.client("s3").delete_bucket_policy(Bucket=resource_id)


def _bucket_policy(session: Session, bucket: str, policy: str) -> Existing:
    return Existing(
        id=bucket, outputs={"bucket": bucket, "policy": policy, "region": session.region}
    )


class LogGroup:
    """`aws:cloudwatch/logGroup:LogGroup`, as far as a flow log needs one."""

    outputs: Final = frozenset({"arn"})
    properties: Final[Mapping[str, Property]] = {
        "name": Property(force_new=True, named=True),
        "retentionInDays": Property(),
        "skipDestroy": Property(default=False),
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one."""
        name, tags = str(inputs["name"]), all_tags(inputs)
        tagged = {"tags": tags} if tags else {}
        logs = session.client("logs")
        logs.create_log_group(logGroupName=name, **tagged)
        match inputs.get("retentionInDays"):
            case float(days):
                logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
            case _:
                pass
        created = self.read(session, name)
        if created is None:
            raise RuntimeError(f"reading Log Group ({name}): couldn't find resource")
        return created

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return it if it is there."""
        logs = session.client("logs")
        arn = _arn(session, resource_id)
        for group in logs.describe_log_groups(logGroupNamePrefix=resource_id)["logGroups"]:
            if group["logGroupName"] == resource_id:
                days = group.get("retentionInDays")
                return Existing(
                    id=resource_id,
                    outputs={
                        "name": resource_id,
                        "arn": arn,
                        "region": session.region,
                        **({"retentionInDays": float(days)} if days else {}),
                        "skipDestroy": False,
                        "tagsAll": logs.list_tags_for_resource(resourceArn=arn)["tags"],
                    },
                )
        return None

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Change its tags in place."""
        logs, arn = session.client("logs"), _arn(session, resource_id)
        if gone := before.keys() - tags.keys():
            logs.untag_resource(resourceArn=arn, tagKeys=sorted(gone))
        if tags:
            logs.tag_resource(resourceArn=arn, tags={**tags})

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it."""
        session.client("logs").delete_log_group(logGroupName=resource_id)


def _arn(session: Session, name: str) -> str:
    # Terraform's provider cuts the `:*` off that CloudWatch Logs puts behind.
    return session.arn("logs", f"log-group:{name}")
