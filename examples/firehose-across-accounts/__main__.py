"""Flow logs of one account into a Firehose stream of another, where a security team keeps them.

    pulumi config set securityRoleArn arn:aws:iam::222222222222:role/deploy

Two roles make a chain: AWS's log delivery becomes the sender here, and the sender becomes the
receiver there. Each names the other, so neither account can send or receive by itself.
https://docs.aws.amazon.com/vpc/latest/userguide/firehose-cross-account-delivery.html
"""

from typing import Any

import pulumi
import pulumi_aws as aws


def allow(*statements: dict[str, Any]) -> pulumi.Output[str]:
    """Return the policy that allows just that."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", **statement} for statement in statements],
        }
    )


def trust(**principal: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the policy of a role that this principal may assume."""
    return allow({"Principal": principal, "Action": "sts:AssumeRole"})


security = aws.Provider(
    "security",
    # The stack's `aws:region` is only for the provider that nobody declares.
    region=aws.get_region().region,
    assume_roles=[{"role_arn": pulumi.Config().require("securityRoleArn")}],
)
there = pulumi.ResourceOptions(provider=security)

# -- the security account: a stream that fills a bucket ------------------------------------------

bucket = aws.s3.Bucket("flow-logs", opts=there)
writer = aws.iam.Role(
    "stream", assume_role_policy=trust(Service="firehose.amazonaws.com"), opts=there
)
writing = aws.iam.RolePolicy(
    "stream",
    role=writer.id,
    policy=allow(
        {
            "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": pulumi.Output.format("{}/*", bucket.arn),
        },
        {
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": bucket.arn,
        },
    ),
    opts=there,
)
stream = aws.kinesis.FirehoseDeliveryStream(
    "flow-logs",
    destination="extended_s3",
    extended_s3_configuration={
        "bucket_arn": bucket.arn,
        "role_arn": writer.arn,
        "compression_format": "GZIP",
    },
    # AWS puts this tag here for its log delivery, and an update that knew nothing of it would take
    # it away, and with it the delivery.
    tags={"LogDeliveryEnabled": "true"},
    opts=pulumi.ResourceOptions(provider=security, depends_on=[writing]),
)

# -- the chain -----------------------------------------------------------------------------------

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
sender = aws.iam.Role("sender", assume_role_policy=trust(Service="delivery.logs.amazonaws.com"))
receiver = aws.iam.Role(
    "receiver",
    # AWS wants the name to begin so.
    name="AWSLogDeliveryFirehoseCrossAccountRole",
    assume_role_policy=trust(AWS=sender.arn),
    opts=there,
)
receiving = aws.iam.RolePolicy(
    "receiver",
    role=receiver.id,
    policy=allow(
        {"Action": "firehose:TagDeliveryStream", "Resource": stream.arn},
        {
            "Action": "iam:CreateServiceLinkedRole",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:AWSServiceName": "delivery.logs.amazonaws.com"}},
        },
    ),
    opts=there,
)
sending = aws.iam.RolePolicy(
    "sender",
    role=sender.id,
    policy=allow(
        {"Action": "sts:AssumeRole", "Resource": receiver.arn},
        {
            "Action": "iam:PassRole",
            "Resource": sender.arn,
            "Condition": {
                "StringEquals": {"iam:PassedToService": "delivery.logs.amazonaws.com"},
                "StringLike": {"iam:AssociatedResourceARN": vpc.arn},
            },
        },
        {
            # These know no resources.
            "Action": [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
            ],
            "Resource": "*",
        },
    ),
)

flow_log = aws.ec2.FlowLog(
    "security",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="kinesis-data-firehose",
    log_destination=stream.arn,
    iam_role_arn=sender.arn,
    deliver_cross_account_role=receiver.arn,
    max_aggregation_interval=60,
    opts=pulumi.ResourceOptions(depends_on=[sending, receiving]),
)

pulumi.export("flowLogId", flow_log.id)
