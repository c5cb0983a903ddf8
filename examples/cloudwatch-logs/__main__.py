"""Flow logs in CloudWatch Logs, for alarms within minutes: a log group, and a role that writes.

CloudWatch Logs always needs a role; S3 takes none, and Firehose only wants one across accounts.
"""

import json

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
region = aws.get_region().region

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
group = aws.cloudwatch.LogGroup("flow-logs", name="/flow/main", retention_in_days=30)

# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
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
                    # The service works for everybody: it may be this role for this account only.
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": account},
                        "ArnLike": {
                            "aws:SourceArn": f"arn:aws:ec2:{region}:{account}:vpc-flow-log/*"
                        },
                    },
                }
            ],
        }
    ),
)
writing = aws.iam.RolePolicy(
    "flow-logs",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    # Not logs:CreateLogGroup: a deleted group would come back without retention. As
                    # it is, delivery fails, and drift says so.
                    "Action": [
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams",
                    ],
                    # Here the `:*` is right, for the streams; as a destination it gets nothing.
                    "Resource": pulumi.Output.format("{}:*", group.arn),
                }
            ],
        }
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
    # The role is there before it may write; without this, so is the flow log.
    opts=pulumi.ResourceOptions(depends_on=[writing]),
)

pulumi.export("flowLogId", flow_log.id)
