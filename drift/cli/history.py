"""`drift history`: the runs that `drift report` recorded, and what became of a finding."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from drift.cli.streams import reader_may_leave
from drift.errors import HistoryError, UsageError
from drift.escape import json_safe, visible

if TYPE_CHECKING:
    from drift.history.nouns import Life, PastRun
    from drift.history.store import History

HISTORY: Final = "FLOW_LOG_DRIFT_HISTORY"
DEFAULT: Final = "drift-history.db"

_MOST_STRETCHES: Final = 20
_LONGEST: Final = 200


def opened(place: str | None) -> History:
    """Return the history named by an option, else by the environment, else in this folder."""
    try:
        from drift.history.location import locate
        from drift.history.store import History
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise HistoryError(
            "a history needs SQLAlchemy, which is not installed",
            next_step="pipx install 'flow-log-drift[history]', or compare with --previous FILE",
        ) from error
    return History(locate(place if place is not None else os.environ.get(HISTORY) or DEFAULT))


_history_option = click.option(
    "--history",
    "place",
    metavar="URL",
    help=f"Database to look into. Default: {HISTORY} of the environment, else {DEFAULT} here.",
)
_name_option = click.option("--name", metavar="NAME", help="Only runs recorded under this name.")
_json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
_limit_option = click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="How many of the newest runs; 0 for all.",
)


@click.group(invoke_without_command=True)
@_history_option
@_name_option
@_limit_option
@_json_option
@click.pass_context
def history(
    context: click.Context, place: str | None, name: str | None, limit: int, as_json: bool
) -> None:
    """List the runs that `drift report` recorded, newest first."""
    if context.invoked_subcommand is None:
        _list(place, name, limit, as_json=as_json)
        return
    # Given before the subcommand, they are meant for it.
    given = {"place": place, "name": name}
    context.default_map = {
        command: {option: value for option, value in given.items() if value is not None}
        for command in history.commands
    }


@history.command()
@click.argument("fingerprint")
@_history_option
@_name_option
@_json_option
def show(fingerprint: str, place: str | None, name: str | None, as_json: bool) -> None:
    """Show what became of a finding: since when, how it stood, what differed.

    FINGERPRINT is that of a report; its beginning will do.
    """
    lives = opened(place).life(_fingerprint(fingerprint), name=name)
    with reader_may_leave():
        if as_json:
            _print_json([_document(life) for life in lives])
        else:
            _print("\n\n".join("\n".join(_life_lines(life)) for life in lives))


@history.command()
@click.option("--keep", metavar="AGE", help="Forget runs older than that: 90d, 12w.")
@click.option(
    "--keep-runs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Forget all but the newest N runs (of each name or set of stacks).",
)
@_history_option
@_name_option
@click.option("--dry-run", is_flag=True, help="Only say how much would be forgotten.")
def prune(
    keep: str | None, keep_runs: int | None, place: str | None, name: str | None, dry_run: bool
) -> None:
    """Forget old runs.

    With both options a run has to be too old and beyond the newest N. What is still open keeps its
    age, and the last run is always kept.
    """
    if keep is None and keep_runs is None:
        raise UsageError("nothing says what to keep", next_step="give --keep 90d or --keep-runs N")
    before = None if keep is None else datetime.now(UTC) - _age(keep)
    store = opened(place)
    _refuse_nothing(store)
    done = store.prune(before=before, keep_runs=keep_runs, name=name, dry_run=dry_run)
    _print(
        f"{'Would forget' if dry_run else 'Forgot'} {done.runs} runs and {done.findings} findings "
        f"that only they knew of; {done.kept} runs remain."
    )


@history.command()
@click.argument("fingerprint")
@_history_option
@_name_option
def forget(fingerprint: str, place: str | None, name: str | None) -> None:
    """Stop carrying on a finding that can't be seen any more, of a stack that is gone for good.

    Only one that could not be verified at the last run.
    """
    store = opened(place)
    _refuse_nothing(store)
    gone = store.forget(_fingerprint(fingerprint), name=name)
    _print(visible(f"Forgot {gone.kind} {gone.subject.name} ({gone.fingerprint})."))


def _refuse_nothing(store: History) -> None:
    """Refuse to make a database only to forget something in it."""
    if not store.exists:
        raise HistoryError(
            f"there is no history in {store.label}",
            next_step="name the database that `drift report --history` writes to",
        )


def _fingerprint(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{4,32}", text):
        raise UsageError(
            f"{text!r} is no fingerprint",
            next_step="write the 32 hexadecimal digits that a report gives, or at least 4 of them",
        )
    return text


def _age(text: str) -> timedelta:
    parsed = re.fullmatch(r"([1-9][0-9]{0,4})([dw])", text)
    if parsed is None:
        raise UsageError(f"--keep {text!r} is no age", next_step="write it as 90d or 12w")
    return timedelta(days=int(parsed[1]) * (7 if parsed[2] == "w" else 1))


# -- what is printed -------------------------------------------------------------------------------


def _list(place: str | None, name: str | None, limit: int, *, as_json: bool) -> None:
    runs, total = opened(place).runs(name=name, most=limit or None)
    if name is not None and not total:
        raise HistoryError(
            f"no run was recorded under the name {name}",
            next_step="`drift history` without --name lists those that were",
        )
    with reader_may_leave():
        if as_json:
            _print_json([_document(run) for run in runs])
            return
        _print("\n".join(_table(runs)))
        if total > len(runs):
            _print(f"{total - len(runs)} older runs are not shown: --limit 0 shows all.")


_COLUMNS: Final = {
    "drifted": "drift",
    "other": "other",
    "unverified": "unverified",
    "accepted": "accepted",
    "new": "new",
    "still_open": "still open",
    "resolved": "resolved",
    "unseen": "unseen",
}


def _table(runs: Sequence[PastRun]) -> Iterator[str]:
    rows = [("when (UTC)", "verdict", *_COLUMNS.values(), "name")]
    rows += [
        (
            f"{run.at:%Y-%m-%d %H:%M}",
            run.verdict,
            *(str(getattr(run, column)) for column in _COLUMNS),
            visible(run.name),
        )
        for run in runs
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            # Numbers stand to the right.
            f"{cell:>{width}}" if 2 <= number < 2 + len(_COLUMNS) else f"{cell:<{width}}"  # noqa: PLR2004
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _life_lines(life: Life) -> Iterator[str]:
    from drift.render import wording

    subject = life.subject
    yield f"{life.kind}  {visible(subject.name)}  ({life.fingerprint})"
    where = (
        wording.stack(subject),
        subject.resource_id or "",
        wording.place(subject.account, subject.region),
    )
    yield f"  {visible(' | '.join(part for part in where if part))}"
    yield f"  {visible(_short(life.message))}"
    yield f"  First seen {wording.moment(life.first_seen)}, {wording.plural(life.nights, 'night')}."
    if life.accepted is not None:
        since = life.stretches[-1].first
        yield (
            f"  Accepted since {wording.moment(since)}: "
            f"{visible(_short(wording.accepted(life.accepted)))}"
        )
    if life.differences:
        yield ""
    for difference in life.differences:
        yield f"  {visible(_short(wording.difference(difference)))}"
    yield ""
    hidden = len(life.stretches) - _MOST_STRETCHES
    if hidden > 0:
        yield f"  {hidden} earlier changes are not shown: --json shows all."
    for stretch in life.stretches[-_MOST_STRETCHES:]:
        when = wording.moment(stretch.first)
        if stretch.runs > 1:
            when = f"{when} - {wording.moment(stretch.last)}"
        yield f"  {stretch.seen:<10}  {when}  ({wording.plural(stretch.runs, 'run')})"


def _short(text: str) -> str:
    from drift.render import wording

    return " ".join(part for part in wording.cut(text, _LONGEST) if part)


def _document(noun: object) -> dict[str, object]:
    """Return a noun as what JSON is made of."""
    import msgspec

    document: dict[str, object] = msgspec.to_builtins(noun)
    return document


def _print_json(documents: Iterable[dict[str, object]]) -> None:
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(list(documents)), indent=2).decode()
    _print(json_safe(text))


def _print(text: str) -> None:
    from drift.outputs import write_stdout

    write_stdout(f"{text}\n", sys.stdout)
