"""One judgement of a stack for all policies that ask: read once, compared once.

The SDK calls each stack policy by itself, with resources of its own. The first that asks makes the
judgement, the others share it; a policy that asks again belongs to the next preview or update.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from drift.policy.catalog import Name

if TYPE_CHECKING:
    # Imported once there is something to judge, not while the engine waits for the pack to start.
    from pulumi_policy import PolicyResource

    from drift.errors import DriftError
    from drift.findings import Report
    from drift.model import Inventory
    from drift.policy.asked import Asked, Inputs
    from drift.policy.reading import Ask, Patience
    from drift.policy.resources import Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of a stack."""

    contents: Contents
    inventory: Inventory
    report: Report
    preview: bool
    """Whether nothing was deployed: what is pending may explain a difference."""
    failure: DriftError | None = None
    """Why AWS could not be asked at all; inventory and report are then empty."""


@dataclass(slots=True)
class _Round:
    """A preview or an update, as long as its policies ask."""

    judgement: Judgement
    asked: set[Name] = field(default_factory=set)


class Judge:
    """Remembers what flow logs were asked for, and judges them at the end."""

    def __init__(
        self,
        *,
        is_preview: Callable[[], bool],
        ask: Ask | None = None,
        patience: Patience | None = None,
        announce: Callable[[str], None] = lambda _text: None,
        settings_file: str | None = None,
    ) -> None:
        """Take how to tell a preview, where to list what it can't know, and the drift.toml.

        `ask` and `patience` are for tests: AWS is asked, and waited for, as it is.
        """
        self._is_preview: Final = is_preview
        self._ask: Final = ask
        self._patience: Final = patience
        self._announce: Final = announce
        self._settings_file: Final = settings_file
        self._asked_for: Final[dict[str, Asked]] = {}
        self._round: _Round | None = None
        # The SDK answers on several threads.
        self._lock: Final = threading.Lock()

    def asked(self, urn: str, resource_type: str, inputs: Inputs) -> Asked:
        """Return what a program asks for, and keep it: at the end, the engine tells only outputs.

        It is read once, however many policies look at it.
        """
        from drift.model import Provider
        from drift.policy import asked

        with self._lock:
            known = self._asked_for.get(urn)
            if known is None or known.inputs != inputs:
                known = self._asked_for[urn] = asked.read(Provider(resource_type), inputs)
            return known

    def judgement(self, policy: Name, resources: Sequence[PolicyResource]) -> Judgement:
        """Return the judgement for a policy; the first that asks has it made."""
        with self._lock:
            if self._round is None or policy in self._round.asked:
                self._round = _Round(judgement=self._judge(resources))
            self._round.asked.add(policy)
            return self._round.judgement

    def _judge(self, resources: Sequence[PolicyResource]) -> Judgement:
        from drift.check import check
        from drift.errors import DriftError
        from drift.findings import Report
        from drift.model import Inventory
        from drift.policy import accepting, reading, unjudged
        from drift.policy.resources import read

        contents = read(resources, self._asked_for)
        preview = self._is_preview()
        inventory, report, failure = Inventory(), Report(), None
        if not contents.is_empty:
            try:
                inventory = reading.live(
                    contents,
                    just_deployed=not preview,
                    patience=self._patience or reading.Patience(),
                    ask=self._ask or reading.ask_aws,
                )
            except DriftError as error:
                failure = error
            else:
                report = accepting.accepted(
                    check(contents.declared, inventory, allow_empty=True),
                    self._settings_file,
                    datetime.now(UTC).date(),
                    self._announce,
                )
        judgement = Judgement(
            contents=contents,
            inventory=inventory,
            report=report,
            preview=preview,
            failure=failure,
        )
        skipped = unjudged.told(judgement)
        if skipped:
            self._announce(skipped)
        return judgement
