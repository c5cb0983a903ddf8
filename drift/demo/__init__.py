"""The scenario that `drift demo` plays, on an AWS inside the process.

Importing this package costs nothing; `drift.demo.aws` is the door to moto, the extra `demo`.
"""
