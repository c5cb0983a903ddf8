"""`drift report`: a check, and what changed since the run before."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from drift.cli import values
from drift.cli.asking import Request, answer, asks
from drift.cli.configured import help_option
from drift.cli.history import DEFAULT, HISTORY, opened
from drift.cli.options import EPILOG, no_color_option, outputs_option, quiet_option
from drift.cli.streams import reader_may_leave, terminal
from drift.errors import UsageError
from drift.escape import visible

if TYPE_CHECKING:
    from drift.findings import Report

NOTIFY: Final = "FLOW_LOG_DRIFT_NOTIFY"


@click.command(epilog=EPILOG)
@asks
@click.option(
    "--history",
    metavar="URL",
    help="Database of earlier runs: a file (SQLite), or postgresql://USER@HOST/DATABASE. "
    f"Default: {HISTORY} of the environment, else {DEFAULT} in this folder.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="Whose earlier runs these are. Default: those, without a name, that had a stack in "
    "common.",
)
@click.option(
    "--previous",
    metavar="FILE",
    help="Compare with a report that -o json wrote, instead of a history.",
)
@click.option(
    "--fail-on-new",
    is_flag=True,
    help="Exit 1 only for what is new since the run before; still 3 where something could not be "
    "verified.",
)
@click.option(
    "--notify",
    metavar="URL",
    multiple=True,
    help="Tell what is new or resolved, or can't be verified any more: an apprise URL (slack://, "
    f"msteams://, mailto://, ...). Repeatable; also {NOTIFY}, separated by spaces.",
)
@outputs_option
@quiet_option
@no_color_option
@help_option
def report(
    request: Request,
    history: str | None,
    name: str | None,
    previous: str | None,
    fail_on_new: bool,
    notify: tuple[str, ...],
    outputs: tuple[str, ...],
    quiet: bool,
    no_color: bool,
) -> None:
    """Compare, record the run, and say what is new, still open and resolved.

    SOURCE and the options about them are those of `drift check`. The run is recorded once its
    outputs are known to be writable, whole or not at all; then they are put in their place, then
    --notify is told. A notification that fails is said on standard error and changes no exit code.
    """
    from drift import outputs as output_files

    if previous is not None and (history is not None or name is not None):
        raise UsageError(
            "--previous is instead of a history: it goes with neither --history nor --name",
            next_step="leave out one of the two",
        )
    wanted = output_files.parse(outputs or (() if quiet else ("text",)))
    tell = _teller(notify)
    # All that can be refused is refused before AWS is read.
    before = _Previous(previous) if previous is not None else _Recorded(history, name, quiet=quiet)
    output_files.refuse_overwriting(wanted, (*request.input_files, *before.files))
    found = answer(request, quiet=quiet)
    with ExitStack() as staged:
        with before.compared(found) as told:
            publish = staged.enter_context(
                output_files.staged(told, wanted, terminal(no_color=no_color))
            )
        with reader_may_leave():
            publish(sys.stdout)
    tell(told)
    sys.exit(values.exit_code_of_news(told) if fail_on_new else values.exit_code(told.verdict))


class _Previous:
    """The run before, as a file tells it."""

    def __init__(self, path: str) -> None:
        from drift import report_file
        from drift.changes import past_of

        self.files = () if path == "-" else (path,)
        self._past = past_of(report_file.read(path, stdin=sys.stdin.buffer))

    @contextmanager
    def compared(self, found: Report) -> Iterator[Report]:
        from drift.changes import changes

        yield replace(found, changes=changes(found, self._past))


class _Recorded:
    """The runs before, as a database tells them; this one is added."""

    def __init__(self, history: str | None, name: str | None, *, quiet: bool) -> None:
        self._history = opened(history)
        self._name = name
        self._says_so = not (self._history.exists or quiet)
        self.files = self._history.files
        self._history.prepare()

    @contextmanager
    def compared(self, found: Report) -> Iterator[Report]:
        with self._history.recording(found, self._name) as told:
            yield told
        if self._says_so:
            click.echo(f"drift: began a history in {visible(self._history.label)}", err=True)


def _teller(addresses: tuple[str, ...]) -> Callable[[Report], None]:
    """Return what sends the notifications; a bad address is refused here."""
    addresses = (*addresses, *os.environ.get(NOTIFY, "").split())
    if not addresses:
        return lambda _: None
    from drift import notify

    channels = notify.channels(addresses)

    def tell(report: Report) -> None:
        message = notify.message(report)
        for problem in () if message is None else notify.send(channels, message):
            click.echo(f"drift: {visible(problem)}; the report itself is complete", err=True)

    return tell
