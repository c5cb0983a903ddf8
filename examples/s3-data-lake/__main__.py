"""A data lake of flow logs: Parquet in S3, Hive-compatible prefixes, partitioned by hour.

Athena reads such files for a fraction of what plain text costs, and a partition projection finds
them without a crawler. Each of the three options is part of the table's definition: a flow log that
is recreated by hand without them fills the bucket with files that queries no longer see.
"""

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
region = aws.get_region().region

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
bucket = aws.s3.Bucket("flow-logs")

# AWS adds these two statements by itself where they are missing, behind Pulumi's back. Declared,
# they are there before the flow log is, and no refresh finds others.
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
log_delivery = {"Service": "delivery.logs.amazonaws.com"}
source = {"ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"}}
delivery = aws.s3.BucketPolicy(
    "delivery",
    bucket=bucket.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AWSLogDeliveryWrite",
                    "Effect": "Allow",
                    "Principal": log_delivery,
                    "Action": "s3:PutObject",
                    # Without Hive-compatible prefixes the folder is the account's number alone.
                    "Resource": pulumi.Output.format(
                        "{}/AWSLogs/aws-account-id={}/*", bucket.arn, account
                    ),
                    "Condition": {
                        **source,
                        "StringEquals": {
                            "aws:SourceAccount": account,
                            "s3:x-amz-acl": "bucket-owner-full-control",
                        },
                    },
                },
                {
                    "Sid": "AWSLogDeliveryAclCheck",
                    "Effect": "Allow",
                    "Principal": log_delivery,
                    "Action": "s3:GetBucketAcl",
                    "Resource": bucket.arn,
                    "Condition": {**source, "StringEquals": {"aws:SourceAccount": account}},
                },
            ],
        }
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
