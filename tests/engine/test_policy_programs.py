"""The policy pack in `pulumi preview` and `pulumi up`, for programs of its own each.

What is not known yet, what is secret, other accounts and regions, what can't be read, what AWS
would refuse.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from drift.demo.aws import DENIED, Aws
from tests.engine.conftest import NewProject
from tests.engine.engine import Project
from tests.engine.estate import OTHER
from tests.engine.shown import (
    BARE_VPC,
    BLOCKED,
    COLLISION,
    DESTINATION,
    DESTINATION_OPTIONS,
    FORMAT_FIELDS,
    FORMAT_REFUSED,
    MISSING,
    REPLACED,
    TAGS,
    UNMANAGED,
    UNVERIFIED,
    configured,
    preview,
    up,
)

pytestmark = [
    pytest.mark.engine,
    # The first of them may have to build the engine, which takes minutes.
    pytest.mark.timeout(300, func_only=True),
]

ROOT: Final = Path(__file__).parents[2]
OTHER_ACCOUNT: Final = "210987654321"
AUDITED_ACCOUNT: Final = "345678901234"

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
    tags={"Owner": "net", "Case": pulumi.Output.secret("case-of-the-moles")},
    opts=pulumi.ResourceOptions(delete_before_replace=False),
)
"""


def test_what_the_program_changes_is_no_drift_and_a_secret_stays_one(
    new_project: NewProject, aws: Aws
) -> None:
    project = new_project(PENDING)
    # All ids are unknown, one that is secret among them.
    first = preview(project)
    assert first.judgements == {}
    assert "lake  ResourceId and LogDestination: not known before" in first.text
    project.up()

    project.write(PENDING.replace('"net"', '"ops"'))
    retagging = preview(project)
    assert retagging.judgements == {"lake": [TAGS]}
    assert "this deployment changes that, or it was changed outside" in (
        retagging.about("lake").flat
    )
    # Advisory: deployed all the same, and after that there is nothing left to say.
    assert "flow-log-tags-modified" not in up(project).after("Updating (prod):")

    # A replacement; Pulumi would create it beside the old one, which AWS refuses.
    changed = PENDING.replace('"net"', '"ops"').replace("${dstaddr}", "${dstaddr} ${action}")
    project.write(changed)
    replacing = preview(project)
    assert replacing.judgements == {"lake": [COLLISION]}
    assert "FlowLogAlreadyExists" in replacing.about("lake").flat
    project.write(changed.replace("delete_before_replace=False", "delete_before_replace=True"))
    assert up(project).violations == []

    # Whatever becomes of what is secret, nobody is shown it.
    console = aws.console()
    elsewhere = console.create_bucket("hidden-elsewhere")
    console.recreate(
        project.flow_log_ids()["lake"],
        log_destination=elsewhere,
        log_format=OTHER,
        tags={"Owner": "ops", "Case": "case-of-the-foxes"},
    )
    moved = preview(project, exit_code=BLOCKED)
    assert moved.judgements == {"lake": [REPLACED]}
    [row] = console.flow_logs()
    assert row["LogDestination"] == elsewhere
    assert "LogDestination: declared [secret], live [secret]" in moved.about("lake").message
    assert "Tags.Case: declared [secret], live [secret]" in moved.about("lake").message
    for hidden in ("hidden-elsewhere", "s3:::flow-logs", "case-of"):
        assert hidden not in moved.text


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
site("audit", aws.Provider("audit", region="us-east-1", profile="audit"))
"""


def test_providers_of_other_regions_and_accounts(
    new_project: NewProject, aws: Aws, tmp_path: Path
) -> None:
    keys = aws.credentials(AUDITED_ACCOUNT)
    profiles = tmp_path / "credentials"
    profiles.write_text(
        f"[audit]\naws_access_key_id = {keys.access_key_id}\n"
        f"aws_secret_access_key = {keys.secret_access_key}\n"
    )
    project = elsewhere(new_project(EVERYWHERE), {"AWS_SHARED_CREDENTIALS_FILE": str(profiles)})
    assert up(project).violations == []
    ids = project.flow_log_ids()
    consoles = {
        "home": aws.console(),
        "ireland": aws.console(region="eu-west-1"),
        "guest": aws.console(account=OTHER_ACCOUNT, region="eu-west-1"),
        "audit": aws.console(account=AUDITED_ACCOUNT),
    }
    for name, console in consoles.items():
        console.recreate(ids[name], log_format=OTHER)

    aws.calls.clear()
    drifted = preview(project, exit_code=BLOCKED)
    assert drifted.judgements == {name: [REPLACED] for name in consoles}
    for name, console in consoles.items():
        assert f"| {console.account} {console.region}\n" in drifted.about(name).message
    # Once each, however many policies ask.
    assert sorted(
        (call.account, call.region) for call in aws.calls if call.action == "DescribeFlowLogs"
    ) == sorted((console.account, console.region) for console in consoles.values())

    # What cannot be read is said, and the rest is judged.
    aws.fail(DENIED, region="eu-west-1", account="123456789012")
    denied = preview(project, exit_code=BLOCKED)
    assert denied.judgements == {
        "home": [REPLACED],
        "guest": [REPLACED],
        "audit": [REPLACED],
        "net-prod": [UNVERIFIED],
    }
    assert "AWS denied ec2:DescribeFlowLogs" in denied.about("net-prod").flat
    assert "123456789012 eu-west-1" in denied.about("net-prod").flat
    assert "(ireland)" in denied.about("net-prod").flat


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
        assert done.judgements == {"net-prod": [UNVERIFIED]}
        assert why in done.about("net-prod").flat
    assert "Grant ec2:DescribeFlowLogs to arn:aws:iam::123456789012:user/drift." in (
        denied.about("net-prod").flat
    )
    # No options of `drift check`: this is a preview.
    assert "--profile" not in wrong.text
    assert "AWS_PROFILE" in wrong.about("net-prod").flat

    # Whoever may not read an account can say so.
    settings = configured(project, {"flow-log-unverified": {"exclude": ["123456789012/*"]}})
    aws.fail(DENIED)
    assert preview(project, *settings).judgements == {}


REFUSED: Final = """\
import pulumi_aws as aws

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
gateway = aws.ec2transitgateway.TransitGateway("gateway")
bucket = aws.s3.Bucket("flow-logs")
group = aws.cloudwatch.LogGroup("flow-logs")
of_vpc = {"vpc_id": vpc.id, "traffic_type": "ALL"}
to_s3 = {"log_destination_type": "s3", "log_destination": bucket.arn}
aws.ec2.FlowLog("no-role", log_destination=group.arn, **of_vpc)
aws.ec2.FlowLog("other-service", log_destination="arn:aws:s3:::flow-logs", **of_vpc)
aws.ec2.FlowLog("no-space", log_format="${version}${srcaddr}", **of_vpc, **to_s3)
aws.ec2.FlowLog("no-field", log_format="${version} ${src-addr}", **of_vpc, **to_s3)
aws.ec2.FlowLog(
    "no-files",
    log_destination=group.arn,
    iam_role_arn="arn:aws:iam::123456789012:role/flow-logs",
    destination_options={"file_format": "parquet"},
    **of_vpc,
)
aws.ec2.FlowLog("slow", transit_gateway_id=gateway.id, **to_s3)
aws.ec2.FlowLog("text", **of_vpc, **to_s3)
"""


def test_what_aws_would_refuse_and_what_a_team_requires(new_project: NewProject, aws: Aws) -> None:
    project = new_project(REFUSED)
    required = configured(
        project,
        {
            "flow-log-format-fields": {"requiredFields": ["srcaddr"]},
            "flow-log-destination": {"allowedDestinations": ["arn:aws:s3:::flow-logs-*"]},
            "flow-log-destination-options": {"fileFormat": "parquet"},
        },
    )
    stopped = up(project, *required, exit_code=BLOCKED)
    assert stopped.judgements == {
        "no-role": [DESTINATION],
        "other-service": [DESTINATION],
        "no-space": [DESTINATION_OPTIONS, FORMAT_REFUSED],
        "no-field": [DESTINATION_OPTIONS, FORMAT_FIELDS],
        "no-files": [DESTINATION_OPTIONS],
        "slow": [DESTINATION_OPTIONS, DESTINATION],
        "text": [DESTINATION_OPTIONS],
    }
    for name, policy, why in (
        ("no-role", DESTINATION, "iamRoleArn is missing: CloudWatch Logs needs a role"),
        ("other-service", DESTINATION, "arn:aws:s3:::flow-logs is not the ARN of a log group."),
        ("other-service", DESTINATION, "is none of those allowed: arn:aws:s3:::flow-logs-*."),
        ("no-space", FORMAT_REFUSED, "${version}${srcaddr} lacks a space between its fields."),
        ("no-field", FORMAT_FIELDS, "AWS is known to have; ${srcaddr} is."),
        ("no-field", FORMAT_FIELDS, "Required and not recorded: ${srcaddr}."),
        ("no-files", DESTINATION_OPTIONS, "cloud-watch-logs has no files to lay out"),
        ("slow", DESTINATION, "maxAggregationInterval is 600, the provider's default"),
        ("text", DESTINATION_OPTIONS, "is plain-text (AWS's default); parquet is required."),
    ):
        assert why in stopped.about(name, policy).flat
    assert "CreateVpc" not in {call.action for call in aws.calls}

    # What breaks a rule is not deployed without a preview either.
    up(project, "--skip-preview", exit_code=BLOCKED)
    assert "no-role" not in project.flow_log_ids()


VPCS: Final = """\
import pulumi_aws as aws


def vpc(name: str, **options) -> aws.ec2.Vpc:
    return aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", **options)


def subnet(name: str, of: aws.ec2.Vpc, number: int) -> aws.ec2.Subnet:
    return aws.ec2.Subnet(name, vpc_id=of.id, cidr_block=f"10.0.{number}.0/24")


def flow_log(name: str, **of) -> None:
    to_s3 = {"log_destination_type": "s3", "log_destination": bucket.arn}
    aws.ec2.FlowLog(name, traffic_type="ALL", **to_s3, **of)


bucket = aws.s3.Bucket("flow-logs")
vpc("bare")
vpc("exempt", tags={"Environment": "sandbox-7"})
watched, whole, half = vpc("watched"), vpc("whole"), vpc("half")
flow_log("watched", vpc_id=watched.id)
for number in range(2):
    flow_log(f"whole-{number}", subnet_id=subnet(f"whole-{number}", whole, number).id)
flow_log("half-0", subnet_id=subnet("half-0", half, 0).id)
subnet("half-1", half, 1)
"""


def test_vpcs_that_nothing_watches(new_project: NewProject, aws: Aws) -> None:
    project = new_project(VPCS)
    exempt = configured(
        project, {"vpc-without-flow-log": {"exemptTags": {"Environment": "sandbox-*"}}}
    )
    bare = {"bare": [BARE_VPC], "half": [BARE_VPC]}

    # Before the first deployment no id is known, and all is said all the same.
    first = preview(project)
    assert first.judgements == {**bare, "exempt": [BARE_VPC]}
    assert "1 of its 2 subnets have none either" in first.about("half").flat
    assert up(project, *exempt).judgements == bare
    assert preview(project, *exempt).judgements == bare

    # What the deployment deletes is still live, whether it drifted or not.
    kept = aws.console().recreate(project.flow_log_ids()["watched"], log_format=OTHER)
    project.write(VPCS.replace('flow_log("watched", vpc_id=watched.id)\n', ""))
    removing = preview(project, *exempt)
    assert removing.judgements == {**bare, "watched": [UNMANAGED]}
    assert "or this deployment is about to delete it" in removing.about("watched").flat
    assert up(project, *exempt).judgements == {**bare, "watched": [UNMANAGED]}
    aws.console().delete(kept)
    assert preview(project, *exempt).judgements == {**bare, "watched": [BARE_VPC]}

    # A destruction asks no pack; a program that has nothing left, has nothing to be judged.
    project.run("pulumi destroy --skip-preview")
    assert aws.console().flow_logs() == []
    project.write("")
    assert up(project, *exempt).violations == []


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
    assert found.judgements == {"lake": [MISSING]}


# -- what is done ---------------------------------------------------------------------------------


def elsewhere(project: Project, environment: Mapping[str, str]) -> Project:
    """Return the project as somebody else would run it."""
    return replace(project, environment={**project.environment, **environment})


def borrow(home: Path) -> None:
    """Let a virtual environment use what this one has, but for what is installed in place."""
    # Python reads no .pth file in a folder that is only named by one.
    python = home / "bin" / "python"
    folder = run(python, "-c", "import site; print(*site.getsitepackages())").strip()
    (Path(folder) / "borrowed.pth").write_text(sysconfig.get_path("purelib"))


def run(*argv: str | Path) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout
