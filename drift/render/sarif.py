"""The report as SARIF 2.1.0, for code scanning.

What GitHub makes of a file is in its guide "SARIF support for code scanning"; its limits are kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final, TypeAlias, assert_never
from urllib.parse import quote

import msgspec

from drift import __version__
from drift.escape import json_safe, visible
from drift.findings import Finding, Kind, Report, Severity, Standing, severity
from drift.model import Coverage
from drift.render import wording
from drift.render.rules import DOCUMENTATION, RULES

MOST_RESULTS: Final = 5_000
"""GitHub keeps no more of a run, and refuses a run with more than 25,000."""

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOMEPAGE: Final = "https://github.com/flow-log-drift/flow-log-drift"
_KINDS: Final = tuple(Kind)
_DIFFERENCES: Final = 8
_LINE: Final = 500
_STACKS: Final = 4

_Json: TypeAlias = "bool | int | float | str | list[_Json] | dict[str, _Json] | None"
_Object: TypeAlias = dict[str, _Json]


def render(report: Report) -> str:
    """Return a SARIF log of one run; accepted findings are not in it, the worst come first.

    A finding without a position in the repository points to its project's Pulumi.yaml: GitHub
    refuses a whole file for one result without a location.
    """
    open_findings = sorted(
        (*report.open_findings, *_not_seen(report)), key=lambda one: _KINDS.index(one.kind)
    )
    shown = open_findings[:MOST_RESULTS]
    results: list[_Json] = [_result(report, finding) for finding in shown]
    log: _Object = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver()},
                "automationDetails": {"id": _category(report)},
                "columnKind": "utf16CodeUnits",
                "invocations": [_invocation(report, left_out=len(open_findings) - len(shown))],
                "results": results,
            }
        ],
    }
    text = msgspec.json.format(msgspec.json.encode(log), indent=2).decode()
    return json_safe(f"{text}\n")


def _not_seen(report: Report) -> Iterator[Finding]:
    """Return what was open at the run before and could not be seen this time.

    GitHub calls an alert fixed that is not in the next upload, and nobody knows that it is.
    """
    for one in report.changes.of(Standing.UNVERIFIED) if report.changes is not None else ():
        yield Finding(
            kind=one.kind,
            subject=one.subject,
            fingerprint=one.fingerprint,
            message=f"{one.message} Whether it still is so could not be seen this time.",
        )


def _driver() -> _Object:
    return {
        "name": "flow-log-drift",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": _HOMEPAGE,
        "rules": [_rule(kind) for kind in _KINDS],
    }


def _rule(kind: Kind) -> _Object:
    rule = RULES[kind]
    uri = f"{DOCUMENTATION}#{kind}"
    return {
        "id": kind.value,
        "name": "".join(word.capitalize() for word in kind.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": f"{rule.says} {rule.why}"},
        "help": {
            "text": f"{rule.says} {rule.why} {rule.next_step} See {uri}",
            "markdown": f"{rule.says}\n\n{rule.why}\n\n{rule.next_step} [More]({uri}).",
        },
        "helpUri": uri,
        "defaultConfiguration": {"level": _level(kind)},
        "properties": {
            "precision": "very-high",
            "problem.severity": _level(kind),
            "security-severity": f"{rule.security_severity:.1f}",
            "tags": ["security", "drift", "aws", "vpc-flow-logs", "pulumi"],
        },
    }


def _level(kind: Kind) -> str:
    match severity(kind):
        case Severity.ERROR:
            return "error"
        case Severity.WARNING:
            return "warning"
        case other:
            assert_never(other)


def _result(report: Report, finding: Finding) -> _Object:
    subject = finding.subject
    told = {
        "fingerprint": finding.fingerprint,
        "project": subject.project,
        "stack": subject.stack,
        "urn": subject.urn,
        "account": subject.account,
        "region": subject.region,
        "resourceId": subject.resource_id,
        "declaredId": subject.declared_id,
        "liveId": subject.live_id,
        "liveCreatedAt": subject.live_created_at,
    }
    return {
        "ruleId": finding.kind.value,
        "ruleIndex": _KINDS.index(finding.kind),
        "level": _level(finding.kind),
        "message": {"text": "\n".join(map(_line, _told(finding)))},
        "locations": [_location(report, finding)],
        "partialFingerprints": {
            # The name and form that GitHub matches alerts by, across runs; the number counts equal
            # ones, and no two findings are.
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "flowLogDrift/v1": finding.fingerprint,
        },
        "properties": {name: visible(value) for name, value in told.items() if value is not None},
    }


def _told(finding: Finding) -> Iterator[str]:
    subject = finding.subject
    on = f" on {subject.resource_id}" if subject.resource_id else ""
    yield f"{subject.name}{on}: {finding.message}"
    yield from wording.differing(finding, _DIFFERENCES)
    yield from finding.impact
    if where := wording.whereabouts(finding.subject):
        yield where


_LINK: Final = re.compile(r"\[(?=[^\]]*\]\()")


def _line(text: str) -> str:
    """Return foreign text on one line and not too long, in which nothing is a SARIF link."""
    return _LINK.sub(r"\\[", "".join(wording.cut(visible(text), _LINE)))


def _location(report: Report, finding: Finding) -> _Object:
    subject = finding.subject
    path = report.path_in_repository(subject)
    line = subject.declared_at.line if path is not None and subject.declared_at is not None else 1
    physical: _Object = {
        "artifactLocation": {"uri": _uri(path or report.project_file(subject))},
        "region": {"startLine": max(line, 1)},
    }
    name = subject.urn or subject.live_id
    if name is None:
        return {"physicalLocation": physical}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": visible(name), "kind": "resource"}],
    }


def _uri(path: str) -> str:
    """Return a path as the relative reference of a URI; `./` keeps a colon from being a scheme."""
    text = quote(path, safe="/", errors="surrogatepass")
    return f"./{text}" if ":" in path.split("/", 1)[0] else text


def _invocation(report: Report, *, left_out: int) -> _Object:
    notices: list[_Json] = [
        _notice(f"{wording.coverage_place(entry)}: {wording.coverage_status(entry)}", "warning")
        for entry in report.coverage
        if entry.status is not Coverage.READ
    ]
    notices += [_notice(remark.note.sentence, "note") for remark in wording.remarks(report)]
    if left_out:
        more = wording.plural(left_out, "more finding")
        notices.append(_notice(f"{more} not in here: code scanning keeps no more.", "warning"))
    return {
        "executionSuccessful": True,
        "endTimeUtc": wording.rfc3339(report.generated_at),
        "toolExecutionNotifications": notices,
        "toolConfigurationNotifications": [
            _notice(wording.stale(entry), "warning") for entry in report.stale_acceptances
        ],
    }


def _notice(text: str, level: str) -> _Object:
    return {"level": level, "message": {"text": _line(text)}}


def _category(report: Report) -> str:
    """Return what GitHub keeps apart: an upload replaces only alerts of its own category.

    The same stacks are the same category, in whatever order and from whichever files.
    """
    stacks = sorted({name for source in report.sources if (name := wording.stack(source))})
    if not stacks:
        return "flow-log-drift/"
    text = "+".join(stacks)
    if len(stacks) > _STACKS or not re.fullmatch(r"[\w./+-]{1,150}", text, re.ASCII):
        text = hashlib.sha256("\n".join(stacks).encode(errors="surrogatepass")).hexdigest()[:16]
    return f"flow-log-drift/{text}/"
