"""The report as JUnit XML, for the test pages of CI servers.

A flow log is a test case of its stack, whether it drifted or not, so that a server can tell how
long it has been failing. What counts as drift is a failure, what could not be verified an error,
what is accepted or still to be created is skipped; other findings are told beside a case that
passes. A rule of drift.toml that accepts nothing any more is a skipped case of its own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never
from xml.etree import ElementTree as ET

from drift.escape import visible
from drift.findings import Finding, Kind, Report, Standing, Subject, TrackedFinding
from drift.render import text, wording

_UNDECLARED: Final = "not declared"
_ACCEPTANCES: Final = "acceptances"
_PENDING: Final = "The previewed deployment will create it."

_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold, however it is escaped; `visible` leaves only the last two."""


class _Result(StrEnum):
    """How a test case ended; all but the last are elements of it."""

    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"
    PASSED = "passed"


@dataclass(slots=True, kw_only=True)
class _Case:
    """What there is to say about one flow log, or about one place that could not be read."""

    subject: Subject
    failures: list[Finding] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    accepted: list[Finding] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)
    pending: bool = False
    unseen: TrackedFinding | None = None
    """What was open at the run before, and could not be seen this time."""

    def add(self, finding: Finding, fail_on: frozenset[Kind]) -> None:
        """Sort a finding in."""
        if finding.accepted is not None:
            self.accepted.append(finding)
        elif finding.kind is Kind.UNVERIFIED:
            self.errors.append(finding)
        elif finding.kind in fail_on:
            self.failures.append(finding)
        else:
            self.others.append(finding)

    @property
    def result(self) -> _Result:
        """The worst of what there is to say."""
        if self.failures:
            return _Result.FAILURE
        if self.errors or self.unseen is not None:
            return _Result.ERROR
        return _Result.SKIPPED if self.accepted or self.pending else _Result.PASSED


def render(report: Report) -> str:
    """Return a document with a suite for each stack, and one for what no stack declares."""
    root = ET.Element("testsuites", name="flow-log-drift")
    for name, cases in sorted(_suites(report).items()):
        root.append(_suite(report, name, cases))
    if report.stale_acceptances:
        root.append(_stale(report))
    _count(root, root.iter("testcase"))
    del root.attrib["skipped"]  # which the schema gives to a suite alone
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suites(report: Report) -> dict[str, list[_Case]]:
    suites: dict[str, dict[tuple[str | None, ...], _Case]] = defaultdict(dict)

    def case(subject: Subject) -> _Case:
        suite = wording.stack(subject) or _UNDECLARED
        return suites[suite].setdefault(_identity(subject), _Case(subject=subject))

    for source in report.sources:
        # A stack whose flow logs are all gone from the program still has its suite.
        if name := wording.stack(source):
            suites[name] = suites[name]
    for finding in report.findings:
        case(finding.subject).add(finding, report.fail_on)
    for entry in report.in_sync:
        case(entry.subject)
    for one in report.changes.of(Standing.UNVERIFIED) if report.changes is not None else ():
        if one.kind in report.fail_on:
            case(one.subject).unseen = one
    for awaited in report.pending:
        case(awaited.subject).pending = True
    return {name: list(cases.values()) for name, cases in suites.items()}


def _identity(subject: Subject) -> tuple[str | None, ...]:
    """Return what makes two findings be about the same flow log."""
    if subject.urn is not None:
        return (subject.urn,)
    if subject.live_id is not None:
        return (subject.account, subject.region, subject.live_id)
    return (subject.source, subject.account, subject.region)


def _suite(report: Report, name: str, cases: list[_Case]) -> ET.Element:
    same = Counter(case.subject.name for case in cases)
    return _suite_of(
        report,
        name,
        (
            _testcase(report, name, case, _long_name(case.subject))
            if same[case.subject.name] > 1
            else _testcase(report, name, case, case.subject.name)
            for case in cases
        ),
    )


def _stale(report: Report) -> ET.Element:
    """Return a suite of the rules that somebody should look at."""
    elements = []
    for entry in report.stale_acceptances:
        element = ET.Element("testcase", name=_legal(entry.rule), classname=_ACCEPTANCES)
        message = f"{wording.stale(entry)} ({wording.accepted(entry.acceptance)})"
        ET.SubElement(element, _Result.SKIPPED, message=_legal(message))
        elements.append(element)
    return _suite_of(report, _ACCEPTANCES, elements)


def _suite_of(report: Report, name: str, elements: Iterable[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=_legal(name))
    suite.set("timestamp", report.generated_at.isoformat(timespec="seconds").partition("+")[0])
    suite.extend(elements)
    _count(suite, suite.iter("testcase"))
    return suite


def _long_name(subject: Subject) -> str:
    """Return a name for where two in a suite have the same short one: servers go by names."""
    place = wording.place(subject.account, subject.region)
    return subject.urn or " ".join(part for part in (place, subject.live_id) if part)


def _testcase(report: Report, suite: str, case: _Case, name: str) -> ET.Element:
    element = ET.Element("testcase", name=_legal(name), classname=_legal(suite))
    match case.result:
        case _Result.FAILURE:
            _tell(element, report, case.result, case.failures)
        case _Result.ERROR:
            _tell(element, report, case.result, case.errors, case.unseen)
        case _Result.SKIPPED:
            reasons = [
                f"accepted: {wording.accepted(one.accepted)}"
                for one in case.accepted
                if one.accepted is not None
            ]
            message = _legal("; ".join(reasons) or _PENDING)
            ET.SubElement(element, case.result, message=message)
        case _Result.PASSED:
            pass
        case _:
            assert_never(case.result)
    beside = [
        *(case.errors if case.result is _Result.FAILURE else ()),
        *case.others,
        *case.accepted,
    ]
    if beside:
        ET.SubElement(element, "system-out").text = _body(report, beside)
    return element


def _tell(
    element: ET.Element,
    report: Report,
    tag: _Result,
    findings: list[Finding],
    unseen: TrackedFinding | None = None,
) -> None:
    kinds = ", ".join(finding.kind for finding in findings)
    messages = [finding.message for finding in findings]
    if unseen is not None:
        messages.append(
            f"Open at the run before, and not to be seen this time: {unseen.kind} "
            f"({wording.standing(unseen)}). {unseen.message}"
        )
    told = ET.SubElement(
        element, tag, type=kinds or Kind.UNVERIFIED, message=_legal(" ".join(messages))
    )
    told.text = _body(report, findings) or None


def _body(report: Report, findings: Iterable[Finding]) -> str:
    parts = []
    for finding in findings:
        position = wording.position(report, finding.subject)
        # Without folders it is the same as what `detail` tells.
        told = position is not None and report.project_folders
        where = f"{visible(position or '')}\n" if told else ""
        parts.append(f"{finding.kind}\n{where}{text.detail(finding)}")
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", "\n\n".join(parts))


def _count(element: ET.Element, cases: Iterable[ET.Element]) -> None:
    results = [{child.tag for child in case} for case in cases]
    element.set("tests", str(len(results)))
    for attribute, result in (
        ("failures", _Result.FAILURE),
        ("errors", _Result.ERROR),
        ("skipped", _Result.SKIPPED),
    ):
        element.set(attribute, str(sum(result in tags for tags in results)))


def _legal(foreign: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", visible(foreign))
