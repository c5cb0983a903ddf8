"""What the page can be filtered by: the choices that occur in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drift.findings import Kind, Report, Standing, Subject
from drift.render import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value to filter by."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One menu of the filter form; its name is that of the `data-` attribute it looks at."""

    name: str
    label: str
    every: str
    """What it says where everything is shown."""
    none: str | None
    """What it says for entries that have no such value; None where all have one."""
    options: tuple[Option, ...]


def choices(report: Report) -> tuple[Choice, ...]:
    """Return the menus that can make a difference."""
    subjects = _subjects(report)
    kinds = {finding.kind for finding in report.findings}
    standings: set[Standing] = set()
    if report.changes is not None:
        kinds |= {one.kind for one in report.changes.tracked}
        standings = {one.standing for one in report.changes.tracked}
    every = (
        Choice(
            name="kind",
            label="Kind",
            every="All kinds",
            none=None,
            options=tuple(
                Option(value=kind, label=wording.KINDS[kind]) for kind in Kind if kind in kinds
            ),
        ),
        Choice(
            name="standing",
            label="Since the run before",
            every="New and old",
            none=None,
            options=tuple(
                Option(value=one, label=wording.STANDINGS[one])
                for one in Standing
                if one in standings
            ),
        ),
        _of_places("account", "All accounts", (subject.account for subject in subjects)),
        _of_places("region", "All regions", (subject.region for subject in subjects)),
        _of_places("stack", "All stacks", (wording.stack(subject) for subject in subjects)),
    )
    return tuple(choice for choice in every if choice.options)


def _subjects(report: Report) -> list[Subject]:
    """Return the subjects of everything that can be filtered."""
    tracked = report.changes.tracked if report.changes is not None else ()
    return [
        *(finding.subject for finding in report.findings),
        *(entry.subject for entry in report.in_sync),
        *(entry.subject for entry in report.pending),
        *(one.subject for one in tracked),
    ]


def _of_places(name: str, every: str, values: Iterable[str | None]) -> Choice:
    found = {value or "" for value in values}
    return Choice(
        name=name,
        label=name.capitalize(),
        every=every,
        none=f"Without {name}" if "" in found else None,
        options=tuple(Option(value=value, label=value) for value in sorted(found) if value),
    )
