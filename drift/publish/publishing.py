"""Bring the comment of a result up to date, whatever other runs do meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from drift.publish import marker
from drift.publish.decision import Decision, Edit, Keep, Post, Reason, decide, surplus
from drift.publish.errors import RefusedError
from drift.publish.message import Message
from drift.publish.patience import Patience
from drift.publish.thread import Comment, CommentThread


class Done(StrEnum):
    """What was done."""

    POSTED = "posted"
    UPDATED = "updated"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done, and where it can be seen."""

    done: Done
    url: str | None = None
    reason: Reason | None = None
    """Why nothing was written."""
    removed: int = 0
    """Older comments for the same result that are there no more."""

    def line(self) -> str:
        """Return it as a line."""
        said = str(self.done) if self.url is None else f"{self.done} {self.url}"
        if self.reason is not None:
            said = f"{said}: {self.reason}" if self.url else f"no comment: {self.reason}"
        if self.removed:
            said += f" ({self.removed} older one{'s' if self.removed > 1 else ''} removed)"
        return said


def publish(
    thread: CommentThread, message: Message, *, always: bool, patience: Patience
) -> Outcome:
    """Post or edit the comment for this result, or leave it; ask again where that may help.

    Each attempt looks anew at what is there. So a comment that was written although the server's
    answer got lost is found, instead of written twice.
    """
    return patience.insist(lambda: _attempt(thread, message, always=always))


def _attempt(thread: CommentThread, message: Message, *, always: bool) -> Outcome:
    earlier = thread.earlier(marker.START)
    decision = decide(message, earlier, always=always)
    while isinstance(decision, Edit):
        try:
            thread.edit(decision.comment, decision.body)
        except RefusedError:
            # Not ours after all, or removed meanwhile: as if it were not there.
            earlier = _without(earlier, decision.comment)
            decision = decide(message, earlier, always=always)
        else:
            break
    match decision:
        case Post():
            posted = thread.post(decision.body)
            # Another run may have posted at the same moment. What is new may not be listed yet.
            earlier = (*_without(thread.earlier(marker.START), posted), posted)
            outcome = _after_posting(posted, decide(message, earlier, always=always))
        case Edit():
            outcome = Outcome(done=Done.UPDATED, url=decision.comment.url)
        case Keep():
            outcome = _kept(decision)
        case _:
            assert_never(decision)
    removed = sum(_removed(thread, one) for one in surplus(message, earlier))
    return replace(outcome, removed=removed)


def _after_posting(posted: Comment, now: Decision) -> Outcome:
    if isinstance(now, Keep) and now.reason is Reason.NEWER:
        return _kept(now)
    return Outcome(done=Done.POSTED, url=posted.url)


def _kept(decision: Keep) -> Outcome:
    url = None if decision.comment is None else decision.comment.url
    return Outcome(done=Done.KEPT, url=url, reason=decision.reason)


def _without(comments: Iterable[Comment], comment: Comment) -> tuple[Comment, ...]:
    return tuple(one for one in comments if one.id != comment.id)


def _removed(thread: CommentThread, comment: Comment) -> bool:
    with suppress(RefusedError):
        thread.delete(comment)
        return True
    return False
