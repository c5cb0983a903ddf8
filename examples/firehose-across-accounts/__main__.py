"""Flow logs into a Firehose stream of another account, where a security team keeps them.

    pulumi config set streamArn arn:aws:firehose:eu-west-1:222222222222:deliverystream/flow-logs
    pulumi config set deliveryRoleArn arn:aws:iam::222222222222:role/AWSLogDeliveryFirehose

Two roles take part: one here, which AWS's delivery service may assume, and one there, which the
first may assume in turn.
https://docs.aws.amazon.com/vpc/latest/userguide/firehose-cross-account-delivery.html
"""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
stream_arn = config.require("streamArn")
delivery_role_arn = config.require("deliveryRoleArn")

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")

role = aws.iam.Role(
    "flow-logs",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "delivery.logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
assuming = aws.iam.RolePolicy(
    "flow-logs",
    role=role.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": delivery_role_arn},
                {
                    "Effect": "Allow",
                    "Action": [
                        "iam:PassRole",
                        "logs:CreateLogDelivery",
                        "logs:DeleteLogDelivery",
                        "logs:GetLogDelivery",
                        "logs:ListLogDeliveries",
                    ],
                    "Resource": "*",
                },
            ],
        }
    ),
)

flow_log = aws.ec2.FlowLog(
    "security",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="kinesis-data-firehose",
    log_destination=stream_arn,
    iam_role_arn=role.arn,
    deliver_cross_account_role=delivery_role_arn,
    max_aggregation_interval=60,
    opts=pulumi.ResourceOptions(depends_on=[assuming]),
)

pulumi.export("flowLogId", flow_log.id)
