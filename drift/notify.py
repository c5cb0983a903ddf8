"""Tell people what is new or resolved, wherever they chat; the only door to apprise.

The addresses are secrets: they are never printed, nor is what apprise logs, which may hold them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from drift.errors import NotificationError
from drift.findings import Report, Standing, Subject, TrackedFinding
from drift.render import wording

if TYPE_CHECKING:
    import apprise

_FEW: Final = 5
"""Findings that are named; the report names the others."""

_LONGEST_NAME: Final = 80

_NOT_PLAIN: Final = re.compile(r"[^\w ./-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A few lines for a chat or a mail."""

    title: str
    body: str
    good: bool
    """Whether there is nothing but good news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One place to send messages to."""

    label: str
    """Its number and kind, `notification 1 (slack)`."""
    service: apprise.NotifyBase = field(repr=False)


def channels(addresses: Sequence[str]) -> tuple[Channel, ...]:
    """Read apprise URLs; `NotificationError` names a bad one by its number."""
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise NotificationError(
            "notifications need apprise, which is not installed",
            next_step="pipx install 'flow-log-drift[notify]'",
        ) from error
    logger = logging.getLogger("apprise")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    found = []
    for number, address in enumerate(addresses, start=1):
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://", address)
        label = f"notification {number}{f' ({scheme[1].lower()})' if scheme else ''}"
        service = apprise.Apprise.instantiate(address)
        if not isinstance(service, apprise.NotifyBase):
            raise NotificationError(
                f"the address of {label} can't be used",
                next_step="write it as apprise wants it: slack://TOKEN_A/TOKEN_B/TOKEN_C, "
                "msteams://…, mailto://…, json://HOST/PATH; put it in quotes",
            )
        found.append(Channel(label=label, service=service))
    return tuple(found)


def message(report: Report) -> Message | None:
    """Return the news of a report: what is new or resolved, or that it can't be seen any more.

    None where there is no news.
    """
    if report.changes is None:
        return None
    new, resolved = (report.changes.of(one) for one in (Standing.NEW, Standing.RESOLVED))
    blind = _sees_less(report)
    if not (new or resolved or blind):
        return None
    news = (
        f"{len(new)} new" if new else "",
        f"{len(resolved)} resolved" if resolved else "",
        "not everything could be verified" if blind else "",
    )
    return Message(
        title=f"Flow log drift: {', '.join(one for one in news if one)}",
        body="\n".join(_lines(report, new, resolved)),
        good=not (new or blind),
    )


def send(to: Sequence[Channel], told: Message) -> tuple[str, ...]:
    """Send it everywhere; return a sentence for each place that it did not get to."""
    return tuple(problem for channel in to if (problem := _send(channel, told)) is not None)


def _send(channel: Channel, told: Message) -> str | None:
    from apprise import NotifyFormat, NotifyType

    why = ""

    def listen(record: logging.LogRecord) -> bool:
        """Hear the one thing of what apprise logs that is safe to repeat: how HTTP ended."""
        nonlocal why
        text = record.getMessage()
        if status := re.search(r"error=(\d{3})\b", text):
            why = f": the service answered {status[1]}"
        elif "onnection" in text and not why:
            why = ": the service could not be reached"
        return True

    logger = logging.getLogger("apprise")
    logger.addFilter(listen)
    try:
        sent = channel.service.notify(
            title=told.title,
            body=told.body,
            body_format=NotifyFormat.TEXT,
            notify_type=NotifyType.SUCCESS if told.good else NotifyType.WARNING,
        )
    except Exception as error:  # noqa: BLE001 -- a hundred services; none may cost the report
        return f"{channel.label} could not be sent: {type(error).__name__}"
    finally:
        logger.removeFilter(listen)
    return None if sent else f"{channel.label} could not be sent{why}"


def _sees_less(report: Report) -> bool:
    """Whether something can't be verified, and everything could at the run before."""
    trend = () if report.changes is None else report.changes.trend
    before = trend[-2].unverified if len(trend) > 1 else 0
    return report.summary.unverified > 0 and not before


def _lines(
    report: Report, new: Sequence[TrackedFinding], resolved: Sequence[TrackedFinding]
) -> Iterator[str]:
    for label, found in ((Standing.NEW, new), (Standing.RESOLVED, resolved)):
        if found:
            yield f"{wording.STANDINGS[label]}:"
        for one in found[:_FEW]:
            yield f"- {wording.KINDS[one.kind]}: {_named(one.subject)}"
        if len(found) > _FEW:
            yield f"- and {len(found) - _FEW} more"
    changes = report.changes
    still = () if changes is None else changes.of(Standing.STILL_OPEN)
    if still:
        oldest = wording.plural(max(one.nights for one in still), "night")
        yield f"Still open: {len(still)}, for up to {oldest}."
    unseen = 0 if changes is None else len(changes.of(Standing.UNVERIFIED))
    if report.summary.unverified or unseen:
        yield f"Could not be verified: {max(report.summary.unverified, unseen)}."


def _named(subject: Subject) -> str:
    parts = (wording.stack(subject), subject.name, wording.place(subject.account, subject.region))
    return " ".join(dict.fromkeys(_plain(part) for part in parts if part))


def _plain(text: str) -> str:
    """Leave no character that any chat or mail takes for markup, a mention or a link."""
    return _NOT_PLAIN.sub("?", text.replace("//", "??"))[:_LONGEST_NAME]
