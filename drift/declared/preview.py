"""Previews: what `pulumi preview --json` prints.

After a `pulumi refresh` only a preview still knows what the program asks for: a refresh puts live
values into the inputs that the state has.

Source: `PreviewDigest` in pulumi/pulumi `pkg/display/json.go`; `ShowPreviewDigest` and `shouldShow`
in `pkg/backend/display`; the operations in `pkg/resource/deploy/step.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from functools import partial
from typing import Final, TypeAlias, assert_never

import msgspec

from drift.declared import providers
from drift.declared.differing import pending_fields
from drift.declared.documents import Document
from drift.declared.errors import BadSourceError
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


class _HeadOfState(msgspec.Struct, gc=False):
    type: str | None = None


class _Head(msgspec.Struct, rename="camel", gc=False):
    """What tells whether a step has to be decoded at all."""

    op: str
    urn: str
    old_state: _HeadOfState | None = None
    new_state: _HeadOfState | None = None

    @property
    def type(self) -> str:
        """The type of the resource: its URN tells, or its state if the URN is malformed."""
        state = self.new_state or self.old_state
        return type_of(self.urn) or (state and state.type) or ""


class _Step(msgspec.Struct, rename="camel", gc=False):
    """One step of the deployment that is previewed."""

    op: str
    old_state: Row | None = None
    new_state: Row | None = None

    @property
    def outcome(self) -> _Outcome:
        """What it comes to; an operation that Pulumi invents later is taken for a change."""
        outcome = _OUTCOMES.get(self.op, _Outcome.UPDATED)
        row = self.new_state or self.old_state
        if row is None or outcome is _Outcome.OLD_COPY:
            return outcome
        if row.delete and outcome in _LEFT_AS_IT_IS:
            return _Outcome.OLD_COPY
        # Of what is not Pulumi's own, no operation makes a declaration.
        return _Outcome.NOT_DECLARED if row.external else outcome

    @property
    def is_custom(self) -> bool:
        """Whether it is about a resource, not a component that has taken the type's name."""
        return all(row.custom for row in (self.old_state, self.new_state) if row)

    def about(self, resource: Row) -> _Step:
        """Return the same under one URN: by an alias the old state may have another."""
        old, new = (
            row and msgspec.structs.replace(row, urn=resource.urn, type=resource.type)
            for row in (self.old_state, self.new_state)
        )
        return _Step(op=self.op, old_state=old, new_state=new)

    @property
    def ids(self) -> list[str]:
        """The ids in AWS that it speaks of."""
        rows = (self.old_state, self.new_state)
        return [live_id for row in rows if row and (live_id := row.flow_log_id)]


_LEFT_AS_IT_IS: Final = frozenset({_Outcome.UNCHANGED, _Outcome.NOT_DECLARED})
"""What can come of a copy that an earlier deployment left: it is refreshed or deleted."""

_HEAD: Final = msgspec.json.Decoder(_Head)
_STEP: Final = msgspec.json.Decoder(_Step)


def declarations(document: Document, source: str) -> Declarations:
    """Return what the program asks for."""
    if any(diagnostic.severity == "error" for diagnostic in document.diagnostics or ()):
        raise BadSourceError(
            source,
            "is a preview that failed: it does not list everything that is declared.",
            next_step="Run `pulumi preview`, repair what it reports, and write it again.",
        )
    known = Providers(default=_default_providers(document.config or {}))
    flow_log_steps: dict[str, tuple[Row, list[msgspec.Raw]]] = {}
    heads = [_HEAD.decode(raw) for raw in document.steps or ()]
    for head, raw in zip(heads, document.steps or (), strict=True):
        if head.type in PROVIDER_TYPES:
            step = _STEP.decode(raw)
            if row := step.new_state or step.old_state:
                known.add(row)
        elif head.type in FLOW_LOG_TYPES:
            resource = Row(urn=head.urn, type=head.type, custom=True)
            flow_log_steps.setdefault(head.urn, (resource, []))[1].append(raw)
    flow_logs: list[DeclaredFlowLog] = []
    claimed: set[str] = set()
    read = partial(declare, source=source, known=known)
    for resource, raws in flow_log_steps.values():
        steps = [_STEP.decode(raw).about(resource) for raw in raws]
        declared = _declared(resource, steps, read)
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


_Reading: TypeAlias = Callable[[Row], DeclaredFlowLog]


def _declared(resource: Row, steps: list[_Step], read: _Reading) -> DeclaredFlowLog | None:
    """Return what the steps of one URN come to; None for what is deleted or only read.

    A replacement is up to three steps, and `--refresh` puts what it found before what will be done:
    the last step that is not about an old copy decides. `resource` is a row that has only its URN.
    """
    deciding = [step for step in steps if step.outcome is not _Outcome.OLD_COPY]
    if not deciding or not all(step.is_custom for step in steps):
        return None
    last = deciding[-1]
    old = next((step.old_state for step in reversed(deciding) if step.old_state), None)
    declared: DeclaredFlowLog | None
    match last.outcome:
        case _Outcome.NOT_DECLARED | _Outcome.OLD_COPY:
            declared = None
        case _Outcome.CREATED:
            planned = _planned(last.new_state, resource, read)
            declared = replace(planned, lifecycle=Lifecycle.TO_CREATE, flow_log_id=None)
            declared = _located(declared, read(old)) if old else declared
        case _Outcome.ADOPTED:
            declared = _planned(last.new_state, resource, read)
        case _Outcome.UNCHANGED if old and not last.new_state:
            declared = read(old)
        case _Outcome.UNCHANGED | _Outcome.UPDATED:
            declared = _kept(last, old, resource, read)
        case never:
            assert_never(never)
    return declared


def _planned(new: Row | None, resource: Row, read: _Reading) -> DeclaredFlowLog:
    """Return what a step plans.

    It lacks a new state where Pulumi could not serialise one, and only Pulumi's log says so: then
    something is declared all the same, and not a field of it can be verified.
    """
    if new is None:
        return replace(read(resource), flow_log=unreadable(MALFORMED))
    # Planned outputs are not recorded anywhere yet.
    return replace(read(new), recorded=None)


def _kept(step: _Step, old: Row | None, resource: Row, read: _Reading) -> DeclaredFlowLog:
    """Return what stays, maybe with other properties: the new inputs beside what AWS answered."""
    new = step.new_state
    unchanged = new and step.outcome is _Outcome.UNCHANGED and new.has_outputs
    answered = new if unchanged else old
    if new and answered:
        declared = read(msgspec.structs.replace(new, outputs=answered.outputs))
    else:
        declared = _planned(new, resource, read)
    return _completed(declared, read(old)) if old else declared


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
        secret_fields=planned.secret_fields | before.secret_fields,
        declared_at=planned.declared_at or before.declared_at,
        # Protection that the program takes away holds until it is deployed.
        protected=planned.protected or before.protected,
        pending_fields=pending_fields(before, planned),
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
    return head.type == _STACK_TYPE


_STACK_TYPE: Final = "pulumi:pulumi:Stack"
