"""What can go wrong between here and the comment, beside what nothing can be done about."""

from __future__ import annotations

from drift.errors import PublishError


class UnavailableError(PublishError):
    """The server can't answer now: a rate limit, a gateway, a network. It is worth waiting for."""

    def __init__(self, cause: str, *, next_step: str, wait: float | None = None) -> None:
        """Take the seconds that the server asks to wait too; None if it does not say."""
        super().__init__(cause, next_step=next_step)
        self.wait = wait


class RefusedError(PublishError):
    """One comment can't be changed by this token, or is not there any more."""
