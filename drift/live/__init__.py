"""What AWS has: from an account and region, or from a file, to the model.

`ec2` reads AWS, `snapshot` files. Only `client`, `credentials` and `faults` import botocore, and
nothing imports those three before AWS is really asked.
"""
