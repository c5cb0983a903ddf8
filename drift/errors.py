"""What can stop a run, each with its cause and the next step; and the exit codes."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What `drift` tells the shell; also a table of the README."""

    IN_SYNC = 0
    """In sync."""
    DRIFT = 1
    """Drift."""
    COULD_NOT_RUN = 2
    """Could not run: usage, a named SOURCE that can't be read, no credentials at all."""
    UNVERIFIED = 3
    """No drift found, but not everything could be verified."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


class DriftError(Exception):
    """Something that stops the run: exit code 2, nothing written."""

    def __init__(self, cause: str, *, next_step: str) -> None:
        """Take what went wrong, and what the user can do about it, a sentence each."""
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step


class UsageError(DriftError):
    """Options that do not go together, or a value that an option can't take."""


class SourceError(DriftError):
    """A declaration (state, preview, backend, pulumi CLI) that can't be read."""


class LiveFileError(DriftError):
    """A `--live` file that can't be read."""


class ReportFileError(DriftError):
    """A report, written by `-o json`, that can't be read back."""


class CredentialsError(DriftError):
    """No AWS credentials at all."""


class SettingsFileError(DriftError):
    """A `drift.toml`, or `[tool.drift]` of pyproject.toml, that can't be read or followed."""


class OutputError(DriftError):
    """A file that can't be written."""


class PublishError(DriftError):
    """A comment that can't be posted: no pull request, no token, a permission that is missing."""


class HistoryError(DriftError):
    """A history of runs that can't be read, or written to."""


class NotificationError(DriftError):
    """A `--notify` address that can't be used."""
