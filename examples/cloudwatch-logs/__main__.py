"""Flow logs in CloudWatch Logs, for alarms within minutes: a log group, and a role that writes.

CloudWatch Logs is the one destination that needs a role; S3 takes none.
"""

import json

import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
group = aws.cloudwatch.LogGroup("flow-logs", name="/flow/main", retention_in_days=30)

role = aws.iam.Role(
    "flow-logs",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
writing = aws.iam.RolePolicy(
    "flow-logs",
    role=role.id,
    policy=group.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "logs:CreateLogStream",
                            "logs:PutLogEvents",
                            "logs:DescribeLogStreams",
                        ],
                        "Resource": f"{arn}:*",
                    }
                ],
            }
        )
    ),
)

flow_log = aws.ec2.FlowLog(
    "alarms",
    vpc_id=vpc.id,
    # What was refused is what alarms are about, and a small part of the bill.
    traffic_type="REJECT",
    log_destination=group.arn,
    iam_role_arn=role.arn,
    # One minute instead of ten: an alarm that comes ten minutes late is none.
    max_aggregation_interval=60,
    opts=pulumi.ResourceOptions(depends_on=[writing]),
)

pulumi.export("flowLogId", flow_log.id)
