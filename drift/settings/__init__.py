"""`drift.toml`, or `[tool.drift]` of pyproject.toml: options, and what drift is accepted."""

from typing import Final

ENVIRONMENT: Final = "FLOW_LOG_DRIFT_CONFIG"
"""The environment variable that may name the file."""
