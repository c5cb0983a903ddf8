"""What AWS's identifiers look like: they come from states and options, and end up in requests."""

from __future__ import annotations

import re
from typing import Final

REGION: Final = re.compile(r"[a-z]{2,8}(-[a-z]{1,16}){1,3}-\d{1,2}", re.ASCII)
"""`eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`; it becomes part of a host name."""
ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
FLOW_LOG_ID: Final = re.compile(r"fl-[0-9a-z]{1,64}", re.ASCII)
"""AWS makes 8 or 17 hexadecimal digits; test doubles are not always that exact."""
