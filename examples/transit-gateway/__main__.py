"""A flow log of a transit gateway: what goes between VPCs, and what is lost on the way.

Three things are unlike a VPC's: the interval has to be 60, and has to be said, for the provider
sends 600 otherwise; there is no traffic type; and the fields are others. Writing them out also
tells drift what to compare with: AWS's default for transit gateways is only known from its guide.
"""

import pulumi
import pulumi_aws as aws

gateway = aws.ec2transitgateway.TransitGateway("hub", description="Between the VPCs")
# To a bucket without a policy AWS attaches one that lets its log delivery in, if whoever deploys
# this may do so. ../s3-data-lake declares it.
bucket = aws.s3.Bucket("flow-logs")

flow_log = aws.ec2.FlowLog(
    "hub",
    transit_gateway_id=gateway.id,
    log_destination_type="s3",
    log_destination=pulumi.Output.format("{}/transit-gateway/", bucket.arn),
    log_format=(
        "${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} "
        "${tgw-src-vpc-id} ${tgw-dst-vpc-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
        "${protocol} ${packets} ${bytes} ${start} ${end} ${log-status} ${packets-lost-no-route} "
        "${packets-lost-blackhole}"
    ),
    max_aggregation_interval=60,
)

pulumi.export("flowLogId", flow_log.id)
