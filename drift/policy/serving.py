"""The pack as the SDK wants it: the policies, and the server that the engine starts.

    from drift.policy.serving import serve

    serve()

A pack of your own takes what it wants of `policies()`:

    PolicyPack("acme", policies=[*policies(), my_own_policy])
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

import pulumi.runtime
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from drift.policy import options
from drift.policy.as_sent import as_sent, keep_as_sent
from drift.policy.catalog import CARDS, Card, Gravity, Level, Scope
from drift.policy.judgement import Judge
from drift.policy.options import Settings, SettingsError
from drift.settings import ENVIRONMENT

if TYPE_CHECKING:
    # Imported once there is something to judge, not while the engine waits for the pack to start.
    from drift.policy.reading import Ask, Patience

PACK: Final = "flow-log-drift"

_FLOW_LOG_TYPES: Final = frozenset({"aws:ec2/flowLog:FlowLog", "aws-native:ec2:FlowLog"})
"""`drift.model.Provider`, without its import; a test compares."""


def serve() -> None:
    """Serve the pack to the engine, for as long as it wants; prints nothing but the port."""
    # As in the command: one preview builds a lot, drops next to nothing that is cyclic, and ends.
    gc.disable()
    # Returns when the engine is done: the SDK serves from inside the constructor.
    PolicyPack(PACK, policies=[*policies()])


def policies(*, ask: Ask | None = None, patience: Patience | None = None) -> tuple[Policy, ...]:
    """Return the policies of the pack, which share one reading of AWS.

    `ask` and `patience` are for tests: AWS is asked, and waited for, as it is.
    """
    keep_as_sent()
    judge = Judge(
        is_preview=pulumi.runtime.is_dry_run,
        ask=ask,
        patience=patience,
        announce=_announce,
        settings_file=os.environ.get(ENVIRONMENT),
    )
    return tuple(_policy(card, judge) for card in CARDS)


def _announce(text: str) -> None:
    """Tell whoever watches; the engine shows what a pack writes to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _policy(card: Card, judge: Judge) -> Policy:
    make: Callable[..., Policy]
    match card.scope:
        case Scope.RESOURCE:
            make = partial(ResourceValidationPolicy, validate=_ResourceValidator(card, judge))
        case Scope.STACK:
            make = partial(StackValidationPolicy, validate=_StackValidator(card, judge))
        case _:
            assert_never(card.scope)
    return make(
        name=card.name.value,
        description=card.description,
        enforcement_level=_LEVELS[card.level],
        config_schema=_schema(card),
        display_name=card.title,
        severity=_SEVERITIES[card.gravity],
        remediation_steps=card.remediation,
        url=card.url,
    )


_LEVELS: Final = {
    Level.ADVISORY: EnforcementLevel.ADVISORY,
    Level.MANDATORY: EnforcementLevel.MANDATORY,
}
_SEVERITIES: Final = {
    Gravity.LOW: Severity.LOW,
    Gravity.MEDIUM: Severity.MEDIUM,
    Gravity.HIGH: Severity.HIGH,
}


def _schema(card: Card) -> PolicyConfigSchema:
    return PolicyConfigSchema({option.name: option.schema for option in card.options})


class _Configuration:
    """Reads a policy's configuration; a wrong one is reported once."""

    def __init__(self, card: Card) -> None:
        self._card: Final = card
        self._reported = False

    def settings(self, config: Mapping[str, object], report: ReportViolation) -> Settings | None:
        """Return the settings, or report what is wrong with them and return None."""
        try:
            return options.read(self._card.options, config)
        except SettingsError as error:
            if not self._reported:
                from drift.policy import wording

                self._reported = True
                report(wording.settings(error.wrong), None)
            return None


class _ResourceValidator:
    """Judges a flow log as the program asks for it."""

    def __init__(self, card: Card, judge: Judge) -> None:
        self._card: Final = card
        self._judge: Final = judge
        self._configuration: Final = _Configuration(card)

    def __call__(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        """Report at most one violation, with everything that is wrong."""
        settings = self._configuration.settings(args.get_config(), report_violation)
        if args.resource_type not in _FLOW_LOG_TYPES:
            return
        sent = as_sent(args.props)
        if not sent:
            # Of what a run with `--target` will not create the engine tells the name alone.
            return
        # By each of these policies: any of them may be disabled.
        asked = self._judge.asked(args.urn, args.resource_type, sent)
        if settings is None or settings.excludes(args.name, args.urn):
            return
        from drift.model import COMPUTED
        from drift.policy import rules, unjudged, wording

        rule = rules.RULES[self._card.name]
        found = list(rule.problems(asked, settings))
        if found:
            unknown = [
                name
                for name, why in unjudged.unknowns(asked.flow_log)
                if name in rule.reads and why == COMPUTED
            ]
            report_violation(wording.problems(found, unknown), args.urn)


class _StackValidator:
    """Judges a stack, once for all policies, and reports one policy's share."""

    def __init__(self, card: Card, judge: Judge) -> None:
        self._card: Final = card
        self._judge: Final = judge
        self._configuration: Final = _Configuration(card)

    def __call__(self, args: StackValidationArgs, report_violation: ReportViolation) -> None:
        """Report what this policy says of the stack: at most one violation for a flow log."""
        settings = self._configuration.settings(args.get_config(), report_violation)
        if settings is None:
            return
        judgement = self._judge.judgement(self._card.name, args.resources)
        from drift.policy import verdicts

        for violation in verdicts.violations(self._card.name, judgement, settings):
            report_violation(violation.message, violation.urn)
