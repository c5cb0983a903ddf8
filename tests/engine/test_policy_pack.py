"""The policy pack in a real `pulumi preview` and `pulumi up`.

What the engine shows of the pack is read as a person reads it, and the ways back are taken from
there: run as printed, they bring the stack back in sync.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from drift.demo.aws import DENIED, Aws, DestinationOptions
from tests.engine.conftest import NewProject
from tests.engine.engine import Done, Project

pytestmark = [
    pytest.mark.engine,
    # The first of them may have to build the engine, which takes minutes.
    pytest.mark.timeout(300, func_only=True),
]

ROOT: Final = Path(__file__).parents[2]
PACK: Final = ROOT / "policy_pack"
OTHER_ACCOUNT: Final = "210987654321"
FORMAT: Final = "${version} ${srcaddr} ${dstaddr} ${srcport} ${dstport}"
BLOCKED: Final = 255

COMMANDS: Final = ("aws ", "pulumi ", "--", "- [")

REPLACED: Final = ("mandatory", "flow-log-replaced")
MISSING: Final = ("mandatory", "flow-log-missing")
TAGS: Final = ("advisory", "flow-log-tags-modified")
COLLISION: Final = ("advisory", "flow-log-collision")
UNDELIVERED: Final = ("advisory", "flow-log-undelivered")
UNMANAGED: Final = ("advisory", "flow-log-unmanaged")
UNVERIFIED: Final = ("mandatory", "flow-log-unverified")

PROGRAM: Final = """\
import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
bucket = aws.s3.Bucket("flow-logs")
group = aws.cloudwatch.LogGroup("flow-logs")
aws.ec2.FlowLog(
    "lake",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
    destination_options={"file_format": "parquet", "hive_compatible_partitions": True},
    tags={"Owner": "net"},
)
aws.ec2.FlowLog(
    "group",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination=group.arn,
    iam_role_arn="arn:aws:iam::123456789012:role/flow-logs",
)
aws.ec2.FlowLog(
    "rejected",
    vpc_id=vpc.id,
    traffic_type="REJECT",
    log_destination_type="s3",
    log_destination=bucket.arn,
    tags={"Owner": "net"},
)
pulumi.export("subnet", subnet.id)
"""
FRESH: Final = """\
new = aws.ec2.Vpc("new", cidr_block="10.9.0.0/16")
aws.ec2.FlowLog(
    "fresh",
    vpc_id=new.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=bucket.arn,
)
"""


def test_in_sync_then_meddled_with_then_reverted(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PROGRAM)
    # An update judges what it has just created.
    assert spoken(up(project)) == []
    assert judged(project) == {}

    meddle(project, aws)
    drifted = preview(project, exit_code=BLOCKED)
    assert judgements(drifted) == {"lake": [REPLACED], "group": [MISSING], "rejected": [TAGS]}
    lake, group, rejected = (about(drifted, name) for name in ("lake", "group", "rejected"))
    assert "LogFormat:\n    - ${account-id} ${interface-id}" in lake.message
    assert "FileFormat: declared parquet, live plain-text" in lake.message
    assert "HiveCompatiblePartitions: declared true live false" in lake.flat
    assert "PerHourPartition: declared false, live true" in lake.message
    assert "no traffic was recorded" in lake.flat
    assert f"{project.flow_log_ids()['group']} is gone" in group.flat
    assert "Tags.Owner: declared net, live security" in rejected.message
    # A terminal of 80 columns has room for all but what nobody can break: ids, the engine's lines.
    prose = [line for line in drifted.policies[2:] if not line.lstrip().startswith(COMMANDS)]
    assert max(map(len, prose)) <= 80

    # The program goes on being developed: what is new neither hides the drift nor is deployed.
    before = aws.console().flow_logs()
    project.write(PROGRAM + FRESH)
    blocked = up(project, exit_code=BLOCKED)
    assert judgements(blocked) == judgements(drifted)
    assert "fresh  ResourceId: not known before the deployment has run" in blocked.text
    assert aws.console().flow_logs() == before
    project.write(PROGRAM)

    for violation in (lake, group, rejected):
        follow(project, violation, "Revert")
    assert judged(project) == {}
    assert_settled(project)


def test_adopting_what_was_done_in_the_console(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PROGRAM)
    project.up()
    meddle(project, aws)
    standing = {flow_log["FlowLogId"] for flow_log in aws.console().flow_logs()}

    drifted = preview(project, exit_code=BLOCKED)
    for name in ("lake", "group", "rejected"):
        follow(project, about(drifted, name), "Adopt")
    lake, rejected = about(drifted, "lake").flat, about(drifted, "rejected").flat
    assert "change the program to say what is live: logFormat, destinationOptions." in lake
    assert "change the program to say what is live: tags." in rejected
    adopted = PROGRAM.replace(
        '{"file_format": "parquet", "hive_compatible_partitions": True}',
        f'{{"per_hour_partition": True}},\n    log_format="{FORMAT}"',
    )
    head, _, tail = adopted.partition('aws.ec2.FlowLog(\n    "group",')
    _, _, tail = tail.partition("\n)\n")
    before, _, after = tail.rpartition('{"Owner": "net"}')
    project.write(f'{head}{before}{{"Owner": "security", "Case": "42"}}{after}')

    assert judged(project) == {}
    assert_settled(project)
    assert set(project.flow_log_ids().values()) == standing


PENDING: Final = """\
import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
bucket = aws.s3.Bucket("flow-logs")
aws.ec2.FlowLog(
    "lake",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="s3",
    log_destination=pulumi.Output.secret(bucket.arn),
    log_format="${version} ${srcaddr} ${dstaddr}",
    tags={"Owner": "net"},
    opts=pulumi.ResourceOptions(delete_before_replace=False),
)
"""


def test_what_the_program_changes_is_no_drift_and_a_secret_stays_one(
    new_project: NewProject, aws: Aws
) -> None:
    project = new_project(PENDING)
    # All ids are unknown, one that is secret among them.
    first = preview(project)
    assert judgements(first) == {}
    assert "lake  ResourceId and LogDestination: not known before" in first.text
    project.up()

    project.write(PENDING.replace('"net"', '"ops"'))
    retagging = preview(project)
    assert judgements(retagging) == {"lake": [TAGS]}
    assert "this deployment changes that, or it was changed outside" in (
        about(retagging, "lake").flat
    )
    # Advisory: deployed all the same, and after that there is nothing left to say.
    assert "flow-log-tags-modified" not in up(project).after("Updating (prod):")

    # A replacement; Pulumi would create it beside the old one, which AWS refuses.
    changed = PENDING.replace('"net"', '"ops"').replace("${dstaddr}", "${dstaddr} ${action}")
    project.write(changed)
    replacing = preview(project)
    assert judgements(replacing) == {"lake": [COLLISION]}
    assert "FlowLogAlreadyExists" in about(replacing, "lake").flat
    project.write(changed.replace("delete_before_replace=False", "delete_before_replace=True"))
    assert spoken(up(project)) == []

    # Whatever becomes of a destination that is secret, nobody is shown where it is.
    console = aws.console()
    elsewhere = console.create_bucket("hidden-elsewhere")
    console.recreate(project.flow_log_ids()["lake"], log_destination=elsewhere, log_format=FORMAT)
    moved = preview(project, exit_code=BLOCKED)
    assert judgements(moved) == {"lake": [REPLACED]}
    [row] = console.flow_logs()
    assert row["LogDestination"] == elsewhere
    assert "LogDestination: declared [secret], live [secret]" in about(moved, "lake").message
    assert "hidden-elsewhere" not in moved.text
    assert "s3:::flow-logs" not in moved.text


EVERYWHERE: Final = """\
import pulumi
import pulumi_aws as aws


def site(name: str, provider: aws.Provider) -> None:
    inside = pulumi.ResourceOptions(provider=provider)
    vpc = aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", opts=inside)
    bucket = aws.s3.Bucket(name, opts=inside)
    aws.ec2.FlowLog(
        name,
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination_type="s3",
        log_destination=bucket.arn,
        opts=inside,
    )


role = aws.ProviderAssumeRoleArgs(role_arn="arn:aws:iam::210987654321:role/deploy")
site("home", aws.Provider("home", region="us-east-1"))
site("ireland", aws.Provider("ireland", region="eu-west-1"))
site("guest", aws.Provider("guest", region="eu-west-1", assume_roles=[role]))
"""


def test_providers_of_other_regions_and_accounts(new_project: NewProject, aws: Aws) -> None:
    project = new_project(EVERYWHERE)
    assert spoken(up(project)) == []
    ids = project.flow_log_ids()
    consoles = {
        "home": aws.console(),
        "ireland": aws.console(region="eu-west-1"),
        "guest": aws.console(account=OTHER_ACCOUNT, region="eu-west-1"),
    }
    for name, console in consoles.items():
        console.recreate(ids[name], log_format=FORMAT)

    aws.calls.clear()
    drifted = preview(project, exit_code=BLOCKED)
    assert judgements(drifted) == {name: [REPLACED] for name in consoles}
    for name, console in consoles.items():
        assert f"| {console.account} {console.region}\n" in about(drifted, name).message
    # Once each, however many policies ask.
    assert sorted(
        (call.account, call.region) for call in aws.calls if call.action == "DescribeFlowLogs"
    ) == sorted((console.account, console.region) for console in consoles.values())

    # What cannot be read is said, and the rest is judged.
    aws.fail(DENIED, region="eu-west-1", account="123456789012")
    denied = preview(project, exit_code=BLOCKED)
    assert judgements(denied) == {
        "home": [REPLACED],
        "guest": [REPLACED],
        "net-prod": [UNVERIFIED],
    }
    assert "AWS denied ec2:DescribeFlowLogs" in about(denied, "net-prod").flat
    assert "123456789012 eu-west-1" in about(denied, "net-prod").flat
    assert "(ireland)" in about(denied, "net-prod").flat


def test_what_cannot_be_read(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PENDING)
    project.up()

    aws.fail(DENIED)
    denied = preview(project, exit_code=BLOCKED)
    aws.recover()
    endpoint = project.environment["AWS_ENDPOINT_URL"]
    stranger = elsewhere(project, aws.environment(endpoint, account=OTHER_ACCOUNT))
    wrong = preview(stranger, exit_code=BLOCKED)
    silent = preview(
        elsewhere(project, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}), exit_code=BLOCKED
    )
    for done, why in (
        (denied, "AWS denied ec2:DescribeFlowLogs (UnauthorizedOperation)"),
        (wrong, "the ambient credentials reached account 210987654321, not 123456789012"),
        (silent, "127.0.0.1:9 could not be reached"),
    ):
        assert judgements(done) == {"net-prod": [UNVERIFIED]}
        assert why in about(done, "net-prod").flat
    assert "Grant ec2:DescribeFlowLogs to arn:aws:iam::123456789012:user/drift." in (
        about(denied, "net-prod").flat
    )
    # No options of `drift check`: this is a preview.
    assert "--profile" not in wrong.text
    assert "AWS_PROFILE" in about(wrong, "net-prod").flat

    # Whoever may not read an account can say so.
    settings = configured(project, {"flow-log-unverified": {"exclude": ["123456789012/*"]}})
    aws.fail(DENIED)
    assert judgements(preview(project, *settings)) == {}


def test_levels_and_configuration(new_project: NewProject, aws: Aws) -> None:
    project = new_project(PROGRAM)
    project.up()
    ids, console = project.flow_log_ids(), aws.console()
    console.delete(ids["group"])
    console.retag(ids["rejected"], {"Owner": "security", "Case": "42"})
    console.break_delivery(ids["lake"])
    subnet = project.run("pulumi stack output subnet").stdout.strip()
    other = console.create_flow_log(subnet, log_destination=console.create_bucket("by-hand"))

    loud = configured(project, {"flow-log-tags-modified": "mandatory"})
    assert judgements(preview(project, *loud, exit_code=BLOCKED)) == {
        "lake": [UNDELIVERED],
        "group": [MISSING],
        "rejected": [("mandatory", "flow-log-tags-modified")],
        "subnet": [UNMANAGED],
    }
    tolerant = configured(
        project,
        {
            "flow-log-missing": "disabled",
            "flow-log-tags-modified": {"ignoredTags": ["Case"]},
            "flow-log-unmanaged": {"exclude": [other]},
            "flow-log-format-fields": {"requiredFields": ["pkt-srcaddr"]},
            "flow-log-destination-options": {"perHourPartition": True},
        },
    )
    advised = preview(project, *tolerant)
    fields = ("advisory", "flow-log-format-fields")
    options = ("advisory", "flow-log-destination-options")
    assert judgements(advised) == {
        "lake": [options, fields, UNDELIVERED],
        "group": [fields],
        "rejected": [options, fields, TAGS],
    }
    assert "Tags.Owner" in about(advised, "rejected", "flow-log-tags-modified").message
    assert "Case" not in about(advised, "rejected", "flow-log-tags-modified").message

    # Advisory violations do not stop an update, a mandatory one of the program does at once.
    project.write(PROGRAM + FRESH)
    up(project, *tolerant)
    assert "fresh" in project.flow_log_ids()
    refused = PROGRAM.replace(
        "log_destination=group.arn", 'log_destination=group.arn, log_format="$${version}"'
    )
    project.write(refused + FRESH)
    stopped = preview(project, *tolerant, exit_code=BLOCKED)
    assert ("mandatory", "flow-log-format") in judgements(stopped)["group"]
    assert "write ${version}" in about(stopped, "group", "flow-log-format").flat

    # What cannot be followed names the key: the engine's schemas, and the pack itself.
    wrong = configured(project, {"flow-log-tags-modified": {"ignoredTags": "Case"}})
    assert "flow-log-tags-modified: ignoredTags: Invalid type" in (
        preview(project, *wrong, exit_code=BLOCKED).text
    )
    project.write(PROGRAM + FRESH)
    misspelt = configured(
        project, {"flow-log-missing": {"exclud": ["group"], "enforcementLevel": "advisory"}}
    )
    [violation] = [
        one for one in spoken(preview(project, *misspelt)) if one.policy == "flow-log-missing"
    ]
    assert "exclud: there is no such key; there is exclude" in violation.flat


def test_the_pack_of_the_wheel(new_project: NewProject, aws: Aws, tmp_path: Path) -> None:
    project = new_project(PENDING)
    project.up()
    aws.console().delete(project.flow_log_ids()["lake"])
    installed, stranger = tmp_path / "installed", tmp_path / "stranger"
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, ROOT)
    [wheel] = tmp_path.glob("*.whl")
    for home in (installed, stranger):
        run(sys.executable, "-m", "venv", "--without-pip", home)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    python = installed / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel)
    for home in (installed, stranger):
        borrow(home)

    # The program's environment has Pulumi, and no drift, as with pipx.
    path = f"{stranger / 'bin'}{os.pathsep}{project.environment['PATH']}"
    project = elsewhere(project, {"PATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache")})
    unable = preview(project, exit_code=BLOCKED)
    assert "flow-log-drift: the policy pack cannot start: No module named 'drift" in unable.text

    pack = project.run(shlex.join([str(installed / "bin" / "drift"), "policy-pack"])).stdout.strip()
    assert pack.startswith(str(tmp_path / "cache"))
    found = preview(project, pack=pack, exit_code=BLOCKED)
    assert judgements(found) == {"lake": [MISSING]}


# -- what is done ---------------------------------------------------------------------------------


def meddle(project: Project, aws: Aws) -> None:
    """Do by hand what nobody should: recreate a flow log, delete one, retag one."""
    ids, console = project.flow_log_ids(), aws.console()
    console.recreate(
        ids["lake"],
        log_format=FORMAT,
        destination_options=DestinationOptions(per_hour_partition=True),
    )
    console.delete(ids["group"])
    console.retag(ids["rejected"], {"Owner": "security", "Case": "42"})


def elsewhere(project: Project, environment: Mapping[str, str]) -> Project:
    """Return the project as somebody else would run it."""
    return replace(project, environment={**project.environment, **environment})


def configured(project: Project, configuration: Mapping[str, object]) -> tuple[str, str]:
    """Return the options that configure the pack so."""
    path = project.directory.with_name("policies.json")
    path.write_text(json.dumps(configuration))
    return "--policy-pack-config", str(path)


def borrow(home: Path) -> None:
    """Let a virtual environment use what this one has, but for what is installed in place."""
    # Python reads no .pth file in a folder that is only named by one.
    python = home / "bin" / "python"
    folder = run(python, "-c", "import site; print(*site.getsitepackages())").strip()
    (Path(folder) / "borrowed.pth").write_text(sysconfig.get_path("purelib"))


def run(*argv: str | Path) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


# -- what is seen of it ---------------------------------------------------------------------------

_HEAD: Final = re.compile(
    r" {8}- \[(?P<level>\w+)\]  (?P<policy>[\w-]+)  \([^ ]+: (?P<resource>.+)\)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a policy says, as it is shown."""

    level: str
    policy: str
    resource: str
    message: str

    @property
    def flat(self) -> str:
        """The message without its line breaks."""
        return " ".join(self.message.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a preview or an update writes."""

    text: str

    @property
    def policies(self) -> list[str]:
        """The lines below `Policies:`, the last time that it is there."""
        _, found, rest = self.text.rpartition("\nPolicies:\n")
        lines = rest.splitlines() if found else []
        end = next((at for at, line in enumerate(lines) if line[:1].strip()), len(lines))
        return lines[:end]

    def after(self, heading: str) -> str:
        """Return what comes after a heading, which has to be there."""
        _, found, rest = self.text.partition(heading)
        assert found, self.text
        return rest


def preview(project: Project, *options: str, pack: str | Path = PACK, exit_code: int = 0) -> Shown:
    """Preview with the pack."""
    return _shown(project.preview("--policy-pack", str(pack), *options, exit_code=exit_code))


def up(project: Project, *options: str, exit_code: int = 0) -> Shown:
    """Preview and update with the pack, as a person does."""
    words = ["pulumi", "up", "--yes", "--stack", project.stack, "--policy-pack", str(PACK)]
    return _shown(project.run(shlex.join([*words, *options]), exit_code=exit_code))


def _shown(done: Done) -> Shown:
    return Shown(text=f"{done.stdout}{done.stderr}")


def spoken(shown: Shown) -> list[Violation]:
    """Return the violations that are shown."""
    return list(_spoken(shown.policies))


def _spoken(lines: Sequence[str]) -> Iterator[Violation]:
    heads = [(at, found) for at, line in enumerate(lines) if (found := _HEAD.fullmatch(line))]
    ends = [*(at for at, _ in heads[1:]), len(lines)]
    for (start, found), end in zip(heads, ends if heads else [], strict=True):
        message = textwrap.dedent("\n".join(lines[start + 1 : end])).strip()
        yield Violation(
            level=found["level"],
            policy=found["policy"],
            resource=found["resource"],
            message=message,
        )


def judgements(shown: Shown) -> dict[str, list[tuple[str, str]]]:
    """Return who is said what about: levels and policies by name of resource."""
    found: dict[str, list[tuple[str, str]]] = {}
    for violation in spoken(shown):
        found.setdefault(violation.resource, []).append((violation.level, violation.policy))
    return {name: sorted(said) for name, said in found.items()}


def judged(project: Project) -> dict[str, list[tuple[str, str]]]:
    """Preview, which nothing may stop, and return who is said what about."""
    return judgements(preview(project))


def about(shown: Shown, resource: str, policy: str | None = None) -> Violation:
    """Return the one violation about a resource, or the one of a policy about it."""
    [violation] = [
        one for one in spoken(shown) if one.resource == resource and policy in {None, one.policy}
    ]
    return violation


def follow(project: Project, violation: Violation, label: str) -> None:
    """Run the commands below a label of the message, one by one as printed."""
    ran = commands(violation.message, label)
    assert ran, violation.message
    for command in ran:
        project.run(command)


def commands(message: str, label: str) -> list[str]:
    """Return the commands below a label, which may go on over several lines."""
    lines = message.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"{label:<9}"))
    below = [lines[start][9:]]
    for line in lines[start + 1 :]:
        if line[:9].strip():
            break
        below.append(line[9:])
    text = "\n".join(below)
    return [
        match[0] for match in re.finditer(r"^(?:aws|pulumi) (?:.*\\\n)*.*$", text, re.MULTILINE)
    ]


def assert_settled(project: Project) -> None:
    """Check that AWS, the state and the program agree."""
    check = project.check()
    assert (check.exit_code, check.report["findings"]) == (0, [])
    project.preview("--refresh", "--expect-no-changes")
