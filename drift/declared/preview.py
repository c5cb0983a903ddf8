"""Previews: what `pulumi preview --json` prints.

After a `pulumi refresh` only a preview still knows what the program asks for: a refresh puts live
values into the inputs that the state has.

Source: `PreviewDigest` in pulumi/pulumi `pkg/display/json.go`; `ShowPreviewDigest` and `shouldShow`
in `pkg/backend/display`; the operations in `pkg/resource/deploy/step.go`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import Final, assert_never

import msgspec

from drift.declared import providers
from drift.declared.differing import differing_fields
from drift.declared.documents import Document
from drift.declared.properties import unreadable
from drift.declared.providers import PROVIDER_TYPES, ProviderConfig
from drift.declared.rows import (
    FLOW_LOG_TYPES,
    Providers,
    Row,
    declare,
    stack_and_project,
    type_of,
)
from drift.errors import SourceError
from drift.model import (
    MALFORMED,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    Lifecycle,
    Provider,
)


class _Outcome(Enum):
    """What a step says of the flow log that will be there after the deployment."""

    UNCHANGED = auto()
    UPDATED = auto()
    CREATED = auto()
    ADOPTED = auto()
    """Imported: it is there already."""
    NOT_DECLARED = auto()
    OLD_COPY = auto()
    """Nothing; it is about the copy that another step replaces."""


_OUTCOMES: Final = {
    "same": _Outcome.UNCHANGED,
    "refresh": _Outcome.UNCHANGED,
    "update": _Outcome.UPDATED,
    "create": _Outcome.CREATED,
    "replace": _Outcome.CREATED,
    "create-replacement": _Outcome.CREATED,
    "import": _Outcome.ADOPTED,
    "import-replacement": _Outcome.ADOPTED,
    "read": _Outcome.NOT_DECLARED,
    "read-replacement": _Outcome.NOT_DECLARED,
    "delete": _Outcome.NOT_DECLARED,
    "discard": _Outcome.NOT_DECLARED,
    "delete-replaced": _Outcome.OLD_COPY,
    "discard-replaced": _Outcome.OLD_COPY,
    "remove-pending-replace": _Outcome.OLD_COPY,
}


class _Head(msgspec.Struct, gc=False):
    """What tells whether a step has to be decoded at all."""

    op: str
    urn: str


class _Step(msgspec.Struct, rename="camel", gc=False):
    """One step of the deployment that is previewed."""

    op: str
    old_state: Row | None = None
    new_state: Row | None = None

    @property
    def outcome(self) -> _Outcome:
        """What it comes to; an operation that Pulumi invents later is taken for a change."""
        if self.op == "delete" and self.old_state and self.old_state.delete:
            return _Outcome.OLD_COPY
        return _OUTCOMES.get(self.op, _Outcome.UPDATED)

    @property
    def is_custom(self) -> bool:
        """Whether it is about a resource, not a component that has taken the type's name."""
        return all(row.custom for row in (self.old_state, self.new_state) if row)

    @property
    def ids(self) -> list[str]:
        """The ids in AWS that it speaks of."""
        rows = (self.old_state, self.new_state)
        return [live_id for row in rows if row and (live_id := row.flow_log_id)]


_HEAD: Final = msgspec.json.Decoder(_Head)
_STEP: Final = msgspec.json.Decoder(_Step)


def declarations(document: Document, source: str) -> Declarations:
    """Return what the program asks for."""
    if any(diagnostic.severity == "error" for diagnostic in document.diagnostics or ()):
        raise SourceError(
            f"{source} is a preview that failed: it does not list everything that is declared.",
            next_step="Run `pulumi preview`, repair what it reports, and write it again.",
        )
    known = Providers(default=_default_providers(document.config or {}))
    steps_by_urn: dict[str, list[msgspec.Raw]] = {}
    heads = [_HEAD.decode(raw) for raw in document.steps or ()]
    for head, raw in zip(heads, document.steps or (), strict=True):
        kind = type_of(head.urn)
        if kind in PROVIDER_TYPES:
            step = _STEP.decode(raw)
            if row := step.new_state or step.old_state:
                known.add(row)
        elif kind in FLOW_LOG_TYPES:
            steps_by_urn.setdefault(head.urn, []).append(raw)
    flow_logs: list[DeclaredFlowLog] = []
    claimed: set[str] = set()
    for urn, raws in steps_by_urn.items():
        steps = [_STEP.decode(raw) for raw in raws]
        declared = _declared(urn, steps, source, known)
        if declared is not None:
            flow_logs.append(declared)
        # What is replaced, deleted or only read: Pulumi knows of it and does not declare it.
        own_id = declared.flow_log_id if declared else None
        claimed |= {live_id for step in steps for live_id in step.ids if live_id != own_id}
    stack, project = stack_and_project(heads[0].urn) if heads else ("", "")
    return Declarations(
        flow_logs=tuple(flow_logs),
        sources=(
            DeclarationSource(
                source=source,
                project=project or None,
                stack=stack or None,
                flow_logs=len(flow_logs),
                lists_unchanged=_lists_unchanged(heads, document.change_summary),
            ),
        ),
        claimed_ids=frozenset(claimed),
    )


def _declared(
    urn: str, steps: list[_Step], source: str, known: Providers
) -> DeclaredFlowLog | None:
    """Return what the steps of one URN come to; None for what is deleted or only read.

    A replacement is up to three steps, and `--refresh` puts what it found before what will be done:
    the last step that is not about an old copy decides.
    """
    deciding = [step for step in steps if step.outcome is not _Outcome.OLD_COPY]
    if not deciding or not all(step.is_custom for step in steps):
        return None
    last = deciding[-1]
    old = next((step.old_state for step in reversed(deciding) if step.old_state), None)
    before = declare(old, source=source, known=known) if old else None
    declared: DeclaredFlowLog | None
    match last.outcome:
        case _Outcome.NOT_DECLARED | _Outcome.OLD_COPY:
            declared = None
        case _Outcome.CREATED:
            declared = _planned(urn, last, source, known, Lifecycle.TO_CREATE)
            declared = _located(declared, before) if before else declared
        case _Outcome.ADOPTED:
            declared = _planned(urn, last, source, known, Lifecycle.CREATED)
        case _Outcome.UNCHANGED if before and not last.new_state:
            declared = before
        case _Outcome.UNCHANGED | _Outcome.UPDATED:
            declared = _planned(urn, last, source, known, Lifecycle.CREATED)
            declared = _completed(declared, before) if before else declared
        case never:
            assert_never(never)
    return declared


def _planned(
    urn: str, step: _Step, source: str, known: Providers, lifecycle: Lifecycle
) -> DeclaredFlowLog:
    """Return what a step plans.

    It lacks a new state where Pulumi could not serialise one, and only Pulumi's log says so: then
    something is declared all the same, and not a field of it can be verified.
    """
    if step.new_state:
        declared = declare(step.new_state, source=source, known=known, lifecycle=lifecycle)
        # Planned outputs are not recorded anywhere yet.
        return replace(declared, recorded=None)
    nothing = Row(urn=urn, type=type_of(urn), custom=True)
    declared = declare(nothing, source=source, known=known, lifecycle=lifecycle)
    return replace(declared, flow_log=unreadable(MALFORMED))


def _located(planned: DeclaredFlowLog, before: DeclaredFlowLog) -> DeclaredFlowLog:
    """Fill in where it is: the ARN of what it replaces may be all that tells."""
    return replace(
        planned,
        account=planned.account or before.account,
        region=planned.region or before.region,
    )


def _completed(planned: DeclaredFlowLog, before: DeclaredFlowLog) -> DeclaredFlowLog:
    """Fill in what only the old state has: the new one is completed when it is deployed."""
    return replace(
        _located(planned, before),
        flow_log_id=planned.flow_log_id or before.flow_log_id,
        recorded=before.recorded,
        secret_fields=planned.secret_fields | before.secret_fields,
        declared_at=planned.declared_at or before.declared_at,
        pending_fields=differing_fields(before.flow_log, planned.flow_log),
    )


def _default_providers(config: dict[str, str]) -> dict[Provider, ProviderConfig]:
    """Read `aws:region` and the like: default providers themselves are not in a preview."""
    return {
        provider: providers.read(
            {
                name.removeprefix(f"{package}:"): value
                for name, value in config.items()
                if name.startswith(f"{package}:")
            }
        )
        for provider, package in ((Provider.AWS, "aws"), (Provider.AWS_NATIVE, "aws-native"))
    }


def _lists_unchanged(heads: list[_Head], summary: dict[str, int] | None) -> bool:
    """Whether it was made with `--show-sames`: it lists as many unchanged resources as it counts.

    Without the option the stack itself is listed all the same, and nothing else that is unchanged.
    A preview that lists neither is of unknown origin, and not taken for complete.
    """
    same = [head for head in heads if head.op == "same"]
    counted = len(same) if summary is None else summary.get("same", 0)
    if any(not _is_stack(head) for head in same):
        return len(same) >= counted
    # Then nothing but the stack may be unchanged; nothing at all, if all is yet to be created.
    if heads and all(head.op == "create" for head in heads):
        return counted == 0
    return summary is not None and counted <= 1 and any(_is_stack(head) for head in heads)


def _is_stack(head: _Head) -> bool:
    return type_of(head.urn) == _STACK_TYPE


_STACK_TYPE: Final = "pulumi:pulumi:Stack"
