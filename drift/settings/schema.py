"""The JSON Schema of the file, for editors."""

from __future__ import annotations

import json
from collections.abc import Sequence

from drift.settings import keys, rules
from drift.settings.keys import Table


def schema(tables: Sequence[Table]) -> str:
    """Return the JSON Schema of drift.toml, with a newline at its end."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:flow-log-drift:settings:1.0",
        "title": "drift.toml of flow-log-drift, or [tool.drift] of pyproject.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string", "description": "Where an editor finds this schema."},
            **{table.name: keys.schema(table) for table in tables},
            rules.ACCEPT.name: {
                "type": "array",
                "description": "What drift is accepted; of several rules the first counts.",
                "items": _rule(),
            },
        },
    }
    return f"{json.dumps(document, indent=2, ensure_ascii=False)}\n"


def _rule() -> dict[str, object]:
    """Say too that a rule has to be about something."""
    about = [key.name for key in rules.ACCEPT.keys if key.name not in {"reason", "owner", "until"}]
    return {**keys.schema(rules.ACCEPT), "anyOf": [{"required": [name]} for name in about]}
