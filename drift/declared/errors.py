"""What is wrong with a source, told with its name or, where that stands beside it, without."""

from __future__ import annotations

from drift.errors import SourceError


class BadSourceError(SourceError):
    """A source whose content can't be read."""

    def __init__(self, source: str, problem: str, *, next_step: str) -> None:
        """Take the source, what is said of it (`is empty.`), and what the user can do about it."""
        super().__init__(f"{source} {problem}", next_step=next_step)
        self.nameless_cause = f"it {problem}"
        """The cause for a list that names the source anyhow."""
