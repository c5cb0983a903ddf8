"""Finds drift between the AWS VPC flow logs that Pulumi declares and the ones that are live."""

__version__ = "0.1.0"
