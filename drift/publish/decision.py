"""What to do with the comments that are there already; pure, so that every case can be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from drift.publish import marker
from drift.publish.marker import Marker, State
from drift.publish.message import Message
from drift.publish.thread import Comment


class Reason(StrEnum):
    """Why there is nothing to write."""

    SAME = "it says so already"
    NEWER = "it holds the result of a newer run"
    NOTHING_TO_SAY = "in sync, and there was never anything else to say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Write a new comment."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Let an earlier comment say something else."""

    comment: Comment
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Write nothing."""

    reason: Reason
    comment: Comment | None = None


Decision: TypeAlias = Post | Edit | Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """An earlier comment with what it holds."""

    comment: Comment
    marker: Marker
    text: str


def decide(message: Message, earlier: Sequence[Comment], *, always: bool = False) -> Decision:
    """Return what brings the pull request up to date; `earlier` are this token's own comments.

    `always` also posts where all is well and there was never anything to say.
    """
    mine = _mine(message, earlier)
    if not mine:
        if message.state is State.IN_SYNC and not always:
            return Keep(reason=Reason.NOTHING_TO_SAY)
        return Post(body=message.body(message.key, message.state))
    kept = mine[0]
    if _is_newer(kept.marker, message):
        return Keep(reason=Reason.NEWER, comment=kept.comment)
    again = message.state is State.IN_SYNC and kept.marker.state is not State.IN_SYNC
    state = State.IN_SYNC_AGAIN if again else message.state
    if kept.marker.state is state and _normal(kept.text) == _normal(message.shown(state)):
        return Keep(reason=Reason.SAME, comment=kept.comment)
    key = kept.marker.key if message.key == marker.UNKNOWN else message.key
    return Edit(comment=kept.comment, body=message.body(key, state))


def surplus(message: Message, earlier: Sequence[Comment]) -> tuple[Comment, ...]:
    """Return the comments for the same result beside the one to keep: two runs began at once."""
    return tuple(one.comment for one in _mine(message, earlier)[1:])


def _mine(message: Message, earlier: Iterable[Comment]) -> list[_Marked]:
    """Return the comments for this result, the one to keep first.

    A check that could not run does not know whose result it would have been: its comment is the
    next result's. And where there is just one comment, it is that one which is not true any more.
    A job of the same run speaks for itself, though.
    """
    marked = [
        _Marked(comment=comment, marker=parsed[0], text=parsed[1])
        for comment in earlier
        if (parsed := marker.read(comment.body)) is not None
    ]
    marked.sort(key=lambda one: (one.marker.at, one.comment.id), reverse=True)
    same = [one for one in marked if one.marker.key == message.key]
    others = [
        one
        for one in marked
        if one.marker.key != message.key
        and (one.marker.run is None or one.marker.run != message.run)
    ]
    if message.key == marker.UNKNOWN:
        return same or (others if len(marked) == 1 else [])
    unnamed = [one for one in others if one.marker.key == marker.UNKNOWN]
    return same + [one for one in unnamed if not same or not _is_newer(one.marker, message)]


def _is_newer(kept: Marker, message: Message) -> bool:
    """Return whether a comment holds the result of a newer run than this one.

    A result knows when it was made. That a check could not run is known at its end, which may be
    later than the result of a run that began after it: there the CI server's own order tells.
    """
    failed = State.COULD_NOT_RUN in {kept.state, message.state}
    if failed and kept.run is not None and message.run is not None and kept.run != message.run:
        return kept.run > message.run
    return kept.at > message.at


def _normal(text: str) -> list[str]:
    """Return text without what servers change of it: line ends, and white space at the end."""
    return [line.rstrip() for line in text.rstrip().splitlines()]
