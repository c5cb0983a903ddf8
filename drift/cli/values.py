"""What the words of options mean; words that mean nothing are a `UsageError`."""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from drift.errors import ExitCode, UsageError
from drift.identifiers import ACCOUNT, FLOW_LOG_ID, REGION

if TYPE_CHECKING:
    # Only for annotations: a run imports what it uses, where it uses it.
    from drift import plan
    from drift.findings import Kind, Report, Verdict
    from drift.live.terms import Access
    from drift.model import Filter, Narrowing

FILTERS: Final = (
    "deliver-log-status",
    "log-destination-type",
    "flow-log-id",
    "log-group-name",
    "resource-id",
    "traffic-type",
    "tag:<key>",
    "tag-key",
)


def drift_kinds(words: str | None) -> frozenset[Kind]:
    """Read `--fail-on`: the kinds of finding that count as drift."""
    from drift.findings import CAN_BE_DRIFT, DRIFT_BY_DEFAULT, Kind

    if words is None:
        return DRIFT_BY_DEFAULT
    if words == "none":
        return frozenset()
    names = [word.strip() for word in words.split(",")]
    known = ", ".join(kind for kind in Kind if kind in CAN_BE_DRIFT)
    for name in names:
        if name == Kind.UNVERIFIED:
            raise UsageError(
                f"{name} is never drift: exit code 3 says it", next_step=f"choose from {known}"
            )
        if name not in CAN_BE_DRIFT:
            raise UsageError(
                f"{name!r} is no kind of finding", next_step=f"choose from {known}, or none"
            )
    return frozenset(Kind(name) for name in names)


def narrowing(filters: Sequence[str], flow_log_ids: Sequence[str]) -> Narrowing:
    """Read `--filter` and `--flow-log-id`."""
    from drift.model import Narrowing

    for flow_log_id in flow_log_ids:
        if not FLOW_LOG_ID.fullmatch(flow_log_id):
            raise UsageError(
                f"{flow_log_id!r} is no flow log id", next_step="write it as fl-0123456789abcdef0"
            )
    return Narrowing(
        filters=tuple(_filter(word) for word in filters),
        flow_log_ids=tuple(dict.fromkeys(flow_log_ids)),
    )


def _filter(word: str) -> Filter:
    from drift.model import Filter

    parsed = re.fullmatch(r"Name=([^,]+),Values=(.+)", word, re.DOTALL)
    if parsed is None:
        raise UsageError(
            f"--filter {word!r} can't be read",
            next_step="write it as Name=traffic-type,Values=ALL,REJECT",
        )
    name = parsed[1]
    if name not in FILTERS and not re.fullmatch(r"tag:.+", name):
        raise UsageError(
            f"{name!r} is no filter of flow logs", next_step=f"choose from {', '.join(FILTERS)}"
        )
    # As in the AWS CLI's shorthand, a comma inside a value is written `\,`.
    values = [value.replace("\\,", ",") for value in re.split(r"(?<!\\),", parsed[2])]
    return Filter(name=name, values=tuple(values))


def _account(account: str | None) -> str | None:
    if account is not None and not ACCOUNT.fullmatch(account):
        raise UsageError(f"{account!r} is no AWS account id", next_step="write its twelve digits")
    return account


def where(regions: Sequence[str], account: str | None = None) -> plan.Where:
    """Read `--region` and `--account`."""
    from drift import plan

    for region in regions:
        if not REGION.fullmatch(region):
            raise UsageError(f"{region!r} is no AWS region", next_step="write it as eu-west-1")
    return plan.Where(regions=tuple(dict.fromkeys(regions)), account=_account(account))


def project_folders(words: Sequence[str]) -> Mapping[str | None, str]:
    """Read `--project-root [PROJECT=]DIR`: where each Pulumi project lies in the repository."""
    folders: dict[str | None, str] = {}
    for word in words:
        project, equals, folder = word.rpartition("=")
        path = posixpath.normpath(folder.replace("\\", "/")) if folder else ""
        if not path or (equals and not project):
            raise UsageError(
                f"--project-root {word!r} names no folder",
                next_step="write it as infra/net, or as PROJECT=infra/net",
            )
        if posixpath.isabs(path) or path.split("/")[0] in {"..", "~"} or ntpath.splitdrive(path)[0]:
            raise UsageError(
                f"--project-root {word!r} is not inside the repository",
                next_step="write it relative to the root of the repository: infra/net",
            )
        if folders.setdefault(project or None, path) != path:
            raise UsageError(
                f"--project-root names two folders for {project or 'every project'}",
                next_step="write PROJECT=DIR for each of several projects",
            )
    return folders


def project_in_repository(folder: Path) -> str | None:
    """Return where the Pulumi project of a folder lies in its git work tree, with `/`.

    As pulumi does, it looks for the project in the folders above too. None where there is no
    project, or no work tree.
    """
    project = _nearest(folder, ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json"))
    root = None if project is None else _nearest(project, (".git",))
    if project is None or root is None:
        return None
    return project.relative_to(root).as_posix()


def _nearest(folder: Path, names: Sequence[str]) -> Path | None:
    """Return the folder, or the nearest above it, in which something has one of the names."""
    above = (folder, *folder.parents)
    return next((each for each in above if any((each / name).exists() for name in names)), None)


def access(
    profile: str | None,
    assume_role: str | None,
    external_id: str | None,
    *,
    provider_endpoints: bool = False,
) -> Access:
    """Read the options about credentials."""
    from drift.live.terms import Access

    return Access(
        profile=profile,
        assume_role=assume_role,
        external_id=external_id,
        provider_endpoints=provider_endpoints,
    )


def exit_code_of_news(report: Report) -> ExitCode:
    """Return the same where only what is new fails; what could not be verified is never in sync."""
    from drift.findings import Standing

    new = () if report.changes is None else report.changes.of(Standing.NEW)
    if any(one.kind in report.fail_on for one in new):
        return ExitCode.DRIFT
    blind = report.summary.unverified > 0 or report.unseen_drift
    return ExitCode.UNVERIFIED if blind else ExitCode.IN_SYNC


def exit_code(verdict: Verdict) -> ExitCode:
    """Return what tells the shell how a check ended."""
    from drift.findings import Verdict

    match verdict:
        case Verdict.IN_SYNC:
            return ExitCode.IN_SYNC
        case Verdict.DRIFTED:
            return ExitCode.DRIFT
        case Verdict.UNVERIFIED:
            return ExitCode.UNVERIFIED
        case _:
            assert_never(verdict)
