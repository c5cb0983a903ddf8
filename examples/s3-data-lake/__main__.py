"""A data lake of flow logs: Parquet in S3, Hive-compatible prefixes, partitioned by hour.

Athena reads such files for a fraction of what plain text costs, and a partition projection finds
them without a crawler. Each of the three options is part of the table's definition: a flow log that
is recreated by hand without them fills the bucket with files that queries no longer see.
"""

import json

import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
bucket = aws.s3.Bucket("flow-logs")

# Without this AWS answers "Access Denied" when the flow log is made.
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
delivery = aws.s3.BucketPolicy(
    "delivery",
    bucket=bucket.id,
    policy=bucket.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "delivery.logs.amazonaws.com"},
                        "Action": "s3:PutObject",
                        "Resource": f"{arn}/*",
                        "Condition": {
                            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}
                        },
                    },
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "delivery.logs.amazonaws.com"},
                        "Action": "s3:GetBucketAcl",
                        "Resource": arn,
                    },
                ],
            }
        )
    ),
)

flow_log = aws.ec2.FlowLog(
    "lake",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    # The fields of version 2, then those that tell who is behind NAT and which way traffic went.
    # New fields go to the end: the columns before them keep their places.
    log_format=(
        "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
        "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} "
        "${vpc-id} ${subnet-id} ${pkt-srcaddr} ${pkt-dstaddr} ${flow-direction}"
    ),
    max_aggregation_interval=600,
    destination_options={
        "file_format": "parquet",
        "hive_compatible_partitions": True,
        "per_hour_partition": True,
    },
    tags={"Owner": "network"},
    opts=pulumi.ResourceOptions(depends_on=[delivery]),
)

pulumi.export("flowLogId", flow_log.id)
