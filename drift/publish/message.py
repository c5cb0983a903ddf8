"""What a run has to say on a pull request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from drift.findings import Report, Verdict
from drift.publish import marker
from drift.publish.marker import Marker, Run, State
from drift.render import markdown, wording
from drift.render.gfm import block, code, line

_FRAME: Final = 512
"""Bytes kept free for the marker and for `AGAIN`."""

AGAIN: Final = "**In sync again.** What this comment said before holds no more."

_NAME: Final = 80
_LINES: Final = 50
_LINE: Final = 500
"""How much of somebody's words is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The text of a comment, and what later runs have to know of it."""

    key: str
    """Whose result it is; `marker.UNKNOWN` if that could not be found out."""
    state: State
    at: datetime
    run: Run | None = None
    text: str

    def body(self, key: str, state: State) -> str:
        """Return the whole comment, for the identity and the state that it shall have."""
        first = Marker(key=key, state=state, at=self.at, run=self.run)
        return f"{first.line()}\n\n{self.shown(state)}"

    def shown(self, state: State) -> str:
        """Return what people see of it."""
        return f"{AGAIN}\n\n{self.text}" if state is State.IN_SYNC_AGAIN else self.text


def of_report(report: Report, *, key: str | None, run: Run | None, limit: int) -> Message:
    """Return what a report says, in at most `limit` bytes with all that is around it."""
    caption = _caption(key, report)
    room = limit - _FRAME - len(caption.encode())
    return Message(
        key=marker.key_of(report) if key is None else marker.key_named(key),
        state=_state(report.verdict),
        at=report.generated_at,
        run=run,
        text=f"{markdown.render(report, limit=room)}{caption}",
    )


def could_not_run(
    reason: str, *, key: str | None, run: Run | None, run_url: str | None, now: datetime
) -> Message:
    """Return what to say where there is no report: why, in the caller's words."""
    where = "" if run_url is None else f" The log is in [this run]({run_url})."
    text = (
        "### ⚠️ VPC flow logs could not be verified\n\nThe check could not run:\n\n"
        f"{_quoted(reason)}\n\n"
        f"Whether declared and live flow logs agree is not known.{where}\n{_caption(key)}"
    )
    return Message(
        key=marker.UNKNOWN if key is None else marker.key_named(key),
        state=State.COULD_NOT_RUN,
        at=now,
        run=run,
        text=text,
    )


def _state(verdict: Verdict) -> State:
    match verdict:
        case Verdict.IN_SYNC:
            return State.IN_SYNC
        case Verdict.DRIFTED:
            return State.DRIFTED
        case Verdict.UNVERIFIED:
            return State.UNVERIFIED
        case _:
            assert_never(verdict)


def _caption(key: str | None, report: Report | None = None) -> str:
    """Return a line that tells comments for several results apart; empty if nothing does."""
    if key is not None:
        names = [key]
    else:
        sources = () if report is None else report.sources
        names = sorted({wording.stack(source) for source in sources})
    shown = [code(name, most=_NAME) for name in names if name]
    return f"\nThis is about {wording.some(shown)}.\n" if shown else ""


def _quoted(text: str) -> str:
    """Return foreign text as a block of code, in which nothing is markup, a mention or a command.

    Of a long one the end is shown: that is where a log tells what went wrong.
    """
    lines = text.strip().splitlines()[-_LINES:]
    return block("\n".join(line(one, most=_LINE) for one in lines), "text")
