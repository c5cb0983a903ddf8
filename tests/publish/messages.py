"""Messages and comments to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from drift.publish import marker
from drift.publish.marker import Marker, Run, State
from drift.publish.message import Message
from drift.publish.thread import Comment

KEY: Final = marker.key_named("net/prod")
OTHER_KEY: Final = marker.key_named("net/dev")
AT: Final = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


def message(
    state: State = State.DRIFTED,
    text: str = "1 missing\n",
    *,
    key: str = KEY,
    at: datetime = AT,
    run: int | None = None,
) -> Message:
    return Message(
        key=key, state=state, at=at, run=None if run is None else Run(number=run), text=text
    )


def body(
    state: State = State.DRIFTED,
    text: str = "1 missing\n",
    *,
    key: str = KEY,
    at: datetime = AT,
    run: int | None = None,
) -> str:
    """Return a comment as it would have been posted."""
    first = Marker(key=key, state=state, at=at, run=None if run is None else Run(number=run))
    return f"{first.line()}\n\n{text}"


def comment(number: int, text: str) -> Comment:
    return Comment(id=number, url=f"https://example.com/{number}", body=text)
