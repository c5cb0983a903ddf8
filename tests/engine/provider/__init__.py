"""A `pulumi-resource-aws` for tests: the bridged provider's ways, with a few of its resources.

The real one is in no package registry. This one answers the engine as it does (`bridge`), and
calls AWS with boto3, which AWS_ENDPOINT_URL leads to the AWS of the tests.
"""
