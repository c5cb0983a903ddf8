"""`drift.toml`, or `[tool.drift]` of pyproject.toml: options, and what drift is accepted."""
