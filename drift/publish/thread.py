"""The comments below one pull request, as both GitHub and GitLab have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment that is there."""

    id: int
    url: str
    body: str


class CommentThread(Protocol):
    """What a door offers; its errors are all `PublishError`."""

    def earlier(self, start: str) -> tuple[Comment, ...]:
        """Return the comments that begin so and that the token's own user wrote, on any page."""
        ...  # pragma: no cover -- a protocol

    def post(self, body: str) -> Comment:
        """Write a new comment."""
        ...  # pragma: no cover -- a protocol

    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment; `RefusedError` if this very comment can't be changed."""
        ...  # pragma: no cover -- a protocol

    def delete(self, comment: Comment) -> None:
        """Remove a comment; `RefusedError` as for `edit`."""
        ...  # pragma: no cover -- a protocol

    def close(self) -> None:
        """Close the connections."""
        ...  # pragma: no cover -- a protocol
