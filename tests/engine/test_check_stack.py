"""`drift check` on stacks that a real engine deployed, and the ways back that it prints, followed.

A remedy is run, not believed: every command as printed, in the folder of the program.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.demo.aws import Aws, DestinationOptions
from tests.engine.conftest import NewProject
from tests.engine.engine import Check, Json, Project

pytestmark = [
    pytest.mark.engine,
    # The first of them may have to build the engine, which takes minutes.
    pytest.mark.timeout(300, func_only=True),
]

GROUP = """\
aws.ec2.FlowLog(
    "group",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination=group.arn,
    iam_role_arn=ROLE,
    max_aggregation_interval=60,
)
"""
PROGRAM = f"""\
import pulumi
import pulumi_aws as aws

ROLE = "arn:aws:iam::123456789012:role/flow-logs"


class Site(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("acme:net:Site", name)
        inside = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc("inner", cidr_block="10.1.0.0/16", opts=inside)
        aws.ec2.FlowLog(
            "child",
            vpc_id=vpc.id,
            traffic_type="REJECT",
            log_destination=group.arn,
            iam_role_arn=ROLE,
            log_format="${{version}} ${{srcaddr}} ${{dstaddr}} ${{action}}",
            opts=inside,
        )


vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
bucket = aws.s3.Bucket("flow-logs")
group = aws.cloudwatch.LogGroup("flow-logs")
aws.ec2.FlowLog(
    "lake",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    destination_options={{"file_format": "parquet", "hive_compatible_partitions": True}},
    tags={{"Owner": "net"}},
    opts=pulumi.ResourceOptions(protect=True),
)
{GROUP}\
Site("site")
ireland = aws.Provider("ireland", region="eu-west-1", default_tags={{"tags": {{"Team": "net"}}}})
far = aws.ec2.Vpc("far", cidr_block="10.2.0.0/16", opts=pulumi.ResourceOptions(provider=ireland))
aws.ec2.FlowLog(
    "abroad",
    vpc_id=far.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    tags={{"Owner": "net"}},
    opts=pulumi.ResourceOptions(provider=ireland),
)
aws.ec2.FlowLog(
    "abroad-rejected",
    vpc_id=far.id,
    traffic_type="REJECT",
    log_destination_type="s3",
    log_destination=bucket.arn,
    log_format="${{version}} ${{srcaddr}} ${{dstaddr}}",
    opts=pulumi.ResourceOptions(provider=ireland),
)
"""
FORMAT = "${version} ${srcaddr} ${dstaddr} ${srcport} ${dstport}"
REGIONS = {
    "lake": "us-east-1",
    "group": "us-east-1",
    "child": "us-east-1",
    "abroad": "eu-west-1",
    "abroad-rejected": "eu-west-1",
}


def test_in_sync_whatever_the_declarations_are_read_from(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project(PROGRAM)
    project.up()
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
        ] == [("net", "prod", 5, None)]
        assert sorted(
            (coverage["account"], coverage["region"], coverage["status"], coverage["flow_logs"])
            for coverage in check.report["coverage"]
        ) == [
            ("123456789012", "eu-west-1", "read", 2),
            ("123456789012", "us-east-1", "read", 3),
        ]

    # Nothing changes, so it lists nothing: nothing was verified, and nothing is called unmanaged.
    check = project.check(str(changes_only))
    assert check.exit_code == 3
    assert [finding["kind"] for finding in check.report["findings"]] == ["flow-log-unverified"]
    assert check.report["in_sync"] == []
    assert check.report["notes"] == ["preview-incomplete"]


def test_revert_what_was_done_in_the_console(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PROGRAM)
    project.up()
    meddle(project, aws)

    check = project.check()
    assert_found(check)
    for finding in check.findings.values():
        project.follow(finding, "revert")

    assert_settled(project)
    # The program was right: it still says what it said.
    assert {name: entry["region"] for name, entry in project.check().in_sync.items()} == REGIONS


def test_adopt_what_was_done_in_the_console(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PROGRAM)
    project.up()
    meddle(project, aws)

    findings = project.check().findings
    for finding in findings.values():
        project.follow(finding, "adopt")
    assert {name: to_change(finding) for name, finding in findings.items()} == {
        "lake": {
            "logFormat",
            "destinationOptions.fileFormat",
            "destinationOptions.hiveCompatiblePartitions",
            "destinationOptions.perHourPartition",
        },
        "child": {"logFormat"},
        "group": set(),
        "abroad": {"tags"},
        "abroad-rejected": {"logFormat"},
    }
    project.write(
        edited(
            PROGRAM,
            {
                '{"file_format": "parquet", "hive_compatible_partitions": True}': (
                    f'{{"file_format": "plain-text", "per_hour_partition": True}},\n'
                    f'    log_format="{FORMAT}"'
                ),
                "${version} ${srcaddr} ${dstaddr} ${action}": FORMAT,
                GROUP: "",
                'tags={"Owner": "net"},\n    opts=pulumi.ResourceOptions(provider=ireland)': (
                    'tags={"Owner": "security", "Case": "42"},\n'
                    "    opts=pulumi.ResourceOptions(provider=ireland)"
                ),
                'log_format="${version} ${srcaddr} ${dstaddr}"': f'log_format="{FORMAT}"',
            },
        )
    )

    assert_settled(project)
    adopted = {name: entry["live_id"] for name, entry in project.check().in_sync.items()}
    assert adopted == {
        name: finding["live_id"] for name, finding in findings.items() if name != "group"
    }


@pytest.mark.parametrize("action", ["revert", "adopt"])
def test_a_state_that_says_what_was_never_deployed(new_project: NewProject, action: str) -> None:
    project = new_project(ONE)
    project.up()
    # The same change to the program and, by hand, to the state.
    changed = ONE.replace("${version} ${srcaddr}", FORMAT)
    project.write(changed)
    project.import_state(project.export().replace("${version} ${srcaddr}", FORMAT))

    check = project.check()
    assert check.exit_code == 1
    finding = check.findings["lake"]
    assert finding["kind"] == "flow-log-modified"
    assert fields(finding) == {"LogFormat": (FORMAT, "${version} ${srcaddr}")}
    project.follow(finding, action)
    if action == "adopt":
        project.write(ONE)

    assert_settled(project)
    replaced = project.check().in_sync["lake"]["live_id"] != finding["live_id"]
    assert replaced == (action == "revert")


ONE = """\
import pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
bucket = aws.s3.Bucket("flow-logs")
aws.ec2.FlowLog(
    "lake",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    log_format="${version} ${srcaddr}",
)
"""


# -- what is done, and what is seen of it ---------------------------------------------------------


def meddle(project: Project, aws: Aws) -> None:
    """Do by hand what nobody should: recreate three flow logs, delete one, retag one."""
    ids = project.flow_log_ids()
    home, abroad = aws.console(), aws.console(region="eu-west-1")
    home.recreate(
        ids["lake"],
        log_format=FORMAT,
        destination_options=DestinationOptions(per_hour_partition=True),
    )
    home.recreate(ids["child"], log_format=FORMAT)
    home.delete(ids["group"])
    abroad.retag(ids["abroad"], {"Owner": "security", "Case": "42", "Team": "net"})
    abroad.recreate(ids["abroad-rejected"], log_format=FORMAT)


def assert_found(check: Check) -> None:
    """Check that it is all found, and where the program declares what it was done to."""
    default = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} "
    default += "${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
    assert check.exit_code == 1
    assert check.report["verdict"] == "drifted"
    assert {
        name: (finding["kind"], fields(finding), finding["declared_at"])
        for name, finding in check.findings.items()
    } == {
        "lake": (
            "flow-log-replaced",
            {
                "LogFormat": (default, FORMAT),
                "DestinationOptions.FileFormat": ("parquet", "plain-text"),
                "DestinationOptions.HiveCompatiblePartitions": (True, False),
                "DestinationOptions.PerHourPartition": (False, True),
            },
            declared_at("lake"),
        ),
        "child": (
            "flow-log-replaced",
            {"LogFormat": ("${version} ${srcaddr} ${dstaddr} ${action}", FORMAT)},
            declared_at("child"),
        ),
        "abroad-rejected": (
            "flow-log-replaced",
            {"LogFormat": ("${version} ${srcaddr} ${dstaddr}", FORMAT)},
            declared_at("abroad-rejected"),
        ),
        "group": ("flow-log-missing", {}, declared_at("group")),
        "abroad": (
            "flow-log-tags-modified",
            {"Tags.Owner": ("net", "security"), "Tags.Case": (None, "42")},
            declared_at("abroad"),
        ),
    }


def assert_settled(project: Project) -> None:
    """Check that all three agree: AWS, the state, and the program."""
    check = project.check()
    assert check.report["findings"] == []
    assert check.exit_code == 0
    # Deploying may still note a source position or a dependency, but changes nothing in AWS.
    project.preview("--refresh", "--expect-no-changes")


def fields(finding: Json) -> dict[str, tuple[object, object]]:
    """Return what differs: declared, live."""
    return {one["field"]: (one["declared"], one["live"]) for one in finding["differences"]}


def to_change(finding: Json) -> set[str]:
    """Return the properties that the program has to say differently, as the remedy names them."""
    [text] = [one["text"] for one in finding["remedies"] if one["action"] == "adopt"]
    _, _, names = text.rstrip(".").partition("change the program to say what is live: ")
    return set(names.split(", ")) - {""}


def declared_at(name: str) -> Json:
    """Return where the program calls the constructor, which is one line above the name."""
    above = PROGRAM[: PROGRAM.index(f'    "{name}",')]
    return {"file": "__main__.py", "line": above.count("\n")}


def edited(program: str, changes: dict[str, str]) -> str:
    """Return the program with each of those parts, which has to be there once, changed."""
    for before, after in changes.items():
        assert program.count(before) == 1, before
        program = program.replace(before, after)
    return program
