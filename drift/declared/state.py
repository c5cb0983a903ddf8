"""States: what `pulumi stack export` prints and what a self-managed backend keeps.

Source: `DeploymentV3` and `CheckpointV3` in pulumi/pulumi `sdk/go/common/apitype/core.go`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from drift.declared import documents
from drift.declared.differing import pending_fields
from drift.declared.documents import Buffer, Deployment, Document, Operation
from drift.declared.errors import BadSourceError
from drift.declared.providers import PROVIDER_TYPES
from drift.declared.rows import FLOW_LOG_TYPES, Providers, Row, declare, stack_and_project
from drift.model import Declarations, DeclarationSource, DeclaredFlowLog, Lifecycle

_VERSIONS: Final = (3, 4)


class _Head(msgspec.Struct, gc=False):
    """What tells whether a row has to be decoded at all."""

    urn: str | None = None
    type: str | None = None


_HEAD: Final = msgspec.json.Decoder(_Head)
_ROW: Final = msgspec.json.Decoder(Row)


def parse(data: Buffer, source: str) -> Declarations:
    """Read a state; `source` is what messages and findings call it."""
    with documents.translated_errors(source):
        return declarations(documents.read(data, source), source)


def declarations(document: Document, source: str) -> Declarations:
    """Return what a state declares."""
    if document.version not in _VERSIONS and (document.version or not document.is_bare):
        raise BadSourceError(
            source,
            f"is a state of version {document.version}; drift reads versions 3 and 4.",
            next_step="Write it again with `pulumi stack export` of a current Pulumi.",
        )
    deployment = _deployment(document)
    rows = deployment.resources or []
    known, wanted = Providers(), []
    # Providers first: a state that was edited by hand may have them behind what they deployed.
    for raw in rows:
        kind = _HEAD.decode(raw).type
        if kind in PROVIDER_TYPES:
            known.add(_ROW.decode(raw))
        elif kind in FLOW_LOG_TYPES:
            wanted.append(raw)
    interrupted = _interrupted(deployment.pending_operations or ())
    flow_logs: list[DeclaredFlowLog] = []
    claimed: list[str | None] = [row.flow_log_id for row in interrupted.read]
    for raw in wanted:
        row = _ROW.decode(raw)
        if not row.custom:
            continue
        if row.delete or row.external or _key(row) in interrupted.deleted:
            claimed.append(row.flow_log_id)
            continue
        declared = declare(row, source=source, known=known)
        if update := interrupted.updated.get(_key(row)):
            attempted = declare(update, source=source, known=known)
            declared = replace(declared, pending_fields=pending_fields(declared, attempted))
        flow_logs.append(declared)
    flow_logs += [
        declare(row, source=source, known=known, lifecycle=Lifecycle.TO_CREATE)
        for row in interrupted.created
    ]
    flow_logs += [declare(row, source=source, known=known) for row in interrupted.imported]
    project, stack = _project_and_stack(document, rows)
    return Declarations(
        flow_logs=tuple(flow_logs),
        sources=(
            DeclarationSource(
                source=source, project=project, stack=stack, flow_logs=len(flow_logs)
            ),
        ),
        claimed_ids=frozenset(live_id for live_id in claimed if live_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interrupted:
    """The flow logs whose last operation was interrupted: nobody knows whether AWS carried it out.

    - To create one: the state has no id for it. It is declared and yet to be created; if AWS did
      create it, the next `up` collides with it, and that is what will be reported.
    - To update one: the fields that were about to change may have either value.
    - To delete one: it is no longer wanted, whether it is still there or not.
    """

    created: list[Row] = field(default_factory=list)
    imported: list[Row] = field(default_factory=list)
    read: list[Row] = field(default_factory=list)
    updated: dict[tuple[str, str | None], Row] = field(default_factory=dict)
    deleted: set[tuple[str, str | None]] = field(default_factory=set)


def _interrupted(operations: Iterable[Operation]) -> _Interrupted:
    interrupted = _Interrupted()
    for operation in operations:
        if _HEAD.decode(operation.resource).type not in FLOW_LOG_TYPES:
            continue
        row = _ROW.decode(operation.resource)
        match operation.type:
            case "creating":
                interrupted.created.append(row)
            case "importing":
                interrupted.imported.append(row)
            case "updating":
                interrupted.updated[_key(row)] = row
            case "deleting":
                interrupted.deleted.add(_key(row))
            case _:  # reading
                interrupted.read.append(row)
    return interrupted


def _key(row: Row) -> tuple[str, str | None]:
    """Tell apart the copies that a replacement leaves under one URN."""
    return row.urn, row.id


def _deployment(document: Document) -> Deployment:
    deployment = document.checkpoint.latest if document.checkpoint else document.deployment
    return deployment or Deployment()


def _project_and_stack(
    document: Document, rows: list[msgspec.Raw]
) -> tuple[str | None, str | None]:
    """Return the names that the first row has; without rows, those of the checkpoint."""
    urn = _HEAD.decode(rows[0]).urn if rows else None
    stack, project = stack_and_project(urn or "")
    if stack:
        return project, stack
    name = document.checkpoint.stack if document.checkpoint else None
    # `organization/network/prod`, and only `prod` before Pulumi kept stacks by project.
    path, _, stack = (name or "").rpartition("/")
    return path.rpartition("/")[2] or None, stack or None
