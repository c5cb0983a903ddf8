"""`drift check` on a stack that a real engine deployed, and the ways back, followed.

A remedy is run, not believed: every command as printed, in the folder of the program. The policy
pack is asked beside the command, and has to print the same.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine import shown
from tests.engine.engine import Check, Json, Project, commands
from tests.engine.estate import (
    ADOPTED,
    DRIFT,
    PROGRAM,
    REGIONS,
    UNDEPLOYED,
    Estate,
    declared_at,
    edited,
)
from tests.engine.shown import BLOCKED, COLLISION, UNMANAGED

pytestmark = [
    pytest.mark.engine,
    # The first of them may have to build the engine, which takes minutes.
    pytest.mark.timeout(300, func_only=True),
    pytest.mark.xdist_group("engine-check"),
]


def test_in_sync_whatever_the_declarations_are_read_from(estate: Estate, tmp_path: Path) -> None:
    project = estate.project
    state, preview, changes_only = (
        tmp_path / name for name in ("state.json", "preview.json", "changes-only.json")
    )
    state.write_text(project.export())
    preview.write_text(project.preview_json(show_sames=True))
    changes_only.write_text(project.preview_json())
    ids = project.flow_log_ids()

    for source in ([str(state)], [str(project.backend)], [], ["--stack", "prod"], [str(preview)]):
        check = project.check(*source)
        assert check.exit_code == 0, source
        assert check.report["verdict"] == "in-sync"
        assert check.report["findings"] == []
        assert {
            name: (entry["region"], entry["live_id"]) for name, entry in check.in_sync.items()
        } == {name: (region, ids[name]) for name, region in REGIONS.items()}
        assert [
            (declared["project"], declared["stack"], declared["flow_logs"], declared["error"])
            for declared in check.report["declared"]
        ] == [("net", "prod", 7, None)]
        assert sorted(
            (coverage["account"], coverage["region"], coverage["status"], coverage["flow_logs"])
            for coverage in check.report["coverage"]
        ) == [
            ("123456789012", "eu-west-1", "read", 2),
            ("123456789012", "us-east-1", "read", 5),
        ]

    # Nothing changes, so it lists nothing: nothing was verified, and nothing is called unmanaged.
    check = project.check(str(changes_only))
    assert check.exit_code == 3
    assert [finding["kind"] for finding in check.report["findings"]] == ["flow-log-unverified"]
    assert check.report["in_sync"] == []
    assert check.report["notes"] == ["preview-incomplete"]


# -- what was done in the console, and both ways back ---------------------------------------------


def test_reverting(estate: Estate) -> None:
    estate.meddle()
    found = asked_both(estate.project, "revert")
    for name in found.printed:
        estate.project.paste(found.printed[name])

    assert_settled(estate.project)
    # The program was right: it still says what it said, and all is deployed.
    check = estate.project.check()
    assert {name: entry["region"] for name, entry in check.in_sync.items()} == REGIONS
    # What was only retagged is still the same one, all others are new.
    kept = {name for name, one in check.in_sync.items() if one["live_id"] == found.live[name]}
    assert kept == {"abroad"}


def test_adopting(estate: Estate) -> None:
    estate.meddle()
    found = asked_both(estate.project, "adopt")
    for name in found.printed:
        estate.project.paste(found.printed[name])
    assert {name: to_change(finding) for name, finding in found.check.findings.items()} == {
        "lake": {
            "logFormat",
            "destinationOptions.fileFormat",
            "destinationOptions.hiveCompatiblePartitions",
            "destinationOptions.perHourPartition",
        },
        "child": {"logFormat"},
        "group": set(),
        "silent": {"destinationOptions.fileFormat"},
        "subnet": {"logFormat"},
        "abroad": {"tags"},
        "abroad-rejected": {"logFormat"},
    }
    estate.project.write(edited(UNDEPLOYED, ADOPTED))
    before = estate.home.flow_logs(), estate.abroad.flow_logs()
    estate.project.up()
    assert (estate.home.flow_logs(), estate.abroad.flow_logs()) == before

    assert_settled(estate.project)
    adopted = {name: one["live_id"] for name, one in estate.project.check().in_sync.items()}
    assert adopted == {name: one for name, one in found.live.items() if name != "group"}


# -- what nobody declared -------------------------------------------------------------------------

WANTED = """\
aws.ec2.FlowLog(
    "wanted",
    subnet_id=subnet.id,
    traffic_type="REJECT",
    log_destination_type="s3",
    log_destination=bucket.arn,
)
aws.ec2.FlowLog(
    "wanted-abroad",
    vpc_id=far.id,
    traffic_type="ACCEPT",
    log_destination_type="s3",
    log_destination=bucket.arn,
    opts=pulumi.ResourceOptions(provider=ireland),
)
"""


def test_twins_of_what_is_about_to_be_created(estate: Estate, tmp_path: Path) -> None:
    project = estate.project
    twins = estate.twins()
    project.write(PROGRAM + WANTED)

    seen = shown.preview(project)
    assert seen.judgements == {name: [COLLISION] for name in twins}
    preview = tmp_path / "preview.json"
    preview.write_text(project.preview_json(show_sames=True))
    check = project.check(str(preview))
    assert {name: one["kind"] for name, one in check.findings.items()} == dict.fromkeys(
        twins, "flow-log-collision"
    )
    for name, action in (("wanted", "delete"), ("wanted-abroad", "adopt")):
        printed = seen.about(name).commands(action.capitalize())
        assert same(printed, commands(check.findings[name], action))
        project.paste(printed)
    assert shown.up(project).violations == []

    assert_settled(project)
    ids = project.flow_log_ids()
    assert ids["wanted-abroad"] == twins["wanted-abroad"]
    assert ids["wanted"] not in twins.values()


BY_HAND = """\
aws.ec2.FlowLog(
    "flow-log",
    subnet_id=subnet.id,
    traffic_type="REJECT",
    log_destination_type="s3",
    log_destination=bucket.arn,
    opts=pulumi.ResourceOptions(protect=True),
)
"""


def test_what_stands_there_beside_what_is_declared(estate: Estate) -> None:
    project = estate.project
    twins = estate.twins()

    seen = shown.preview(project)
    assert seen.judgements == {"subnet": [UNMANAGED], "far": [UNMANAGED]}
    check = project.check()
    assert check.exit_code == 0
    found = {one["live_id"]: one for one in check.of_kind("flow-log-unmanaged")}
    assert found.keys() == set(twins.values())
    kept, unwanted = seen.about("subnet"), seen.about("far")

    [adopt] = kept.commands("Adopt")
    assert same([adopt], commands(found[twins["wanted"]], "adopt"))
    # It also writes code, with a language host that is too old for that here: it ends with an
    # error, after everything else is done.
    assert "= 1 imported" in project.run(adopt, exit_code=None).stdout
    assert same(unwanted.commands("Delete"), commands(found[twins["wanted-abroad"]], "delete"))
    project.paste(unwanted.commands("Delete"))
    project.write(PROGRAM + BY_HAND)

    assert_settled(project)
    assert project.flow_log_ids()["flow-log"] == twins["wanted"]


# -- what is seen of it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command and the pack answer, and one way back as it is printed."""

    check: Check
    printed: Mapping[str, list[str]]

    @property
    def live(self) -> dict[str, str | None]:
        """The ids of what stands there, by the names of those that drifted."""
        return {name: finding["live_id"] for name, finding in self.check.findings.items()}


def asked_both(project: Project, action: str) -> Asked:
    """Ask the command and the pack about `DRIFT`; both have to print the same way back."""
    check = project.check()
    assert check.exit_code == 1
    assert check.report["verdict"] == "drifted"
    assert {
        name: (finding["kind"], fields(finding), finding["declared_at"])
        for name, finding in check.findings.items()
    } == {
        name: (kind, differences, declared_at(UNDEPLOYED, name))
        for name, (kind, differences) in DRIFT.items()
    }
    seen = shown.preview(project, exit_code=BLOCKED)
    assert {name: [policy for _, policy in said] for name, said in seen.judgements.items()} == {
        name: [kind] for name, (kind, _) in DRIFT.items()
    }
    report = shown.findings(project.run("drift check", exit_code=1).stdout)
    label = action.capitalize()
    printed = {name: seen.about(name).commands(label) for name in DRIFT}
    for name, lines in printed.items():
        assert same(lines, shown.commands(report[name], label))
        assert same(lines, commands(check.findings[name], action))
    return Asked(check=check, printed=printed)


def same(some: list[str], others: list[str]) -> bool:
    """Whether a shell takes them for the same commands."""
    # Python's shlex does not know a line that goes on.
    first, second = (
        [shlex.split(one.replace("\\\n", "")) for one in printed] for printed in (some, others)
    )
    return first == second


def assert_settled(project: Project) -> None:
    """Check that all three agree: AWS, the state, and the program."""
    check = project.check()
    assert check.report["findings"] == []
    assert check.exit_code == 0
    # Deploying may still note a source position or a dependency, but changes nothing in AWS.
    assert shown.preview(project, "--refresh", "--expect-no-changes").violations == []


def fields(finding: Json) -> dict[str, tuple[object, object]]:
    """Return what differs: declared, live."""
    return {one["field"]: (one["declared"], one["live"]) for one in finding["differences"]}


def to_change(finding: Json) -> set[str]:
    """Return the properties that the program has to say differently, as the remedy names them."""
    [text] = [one["text"] for one in finding["remedies"] if one["action"] == "adopt"]
    _, _, rest = text.partition("hange the program to say what is live: ")
    names, _, _ = rest.partition(". ")
    return set(names.rstrip(".").split(", ")) - {""}
