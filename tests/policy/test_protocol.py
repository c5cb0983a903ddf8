"""The pack as the engine sees it: a process, a port, and the analyzer protocol; no CLI."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2 as messages

from drift.demo.aws import DENIED, Aws, Console, DestinationOptions, FileFormat
from drift.policy.catalog import CARDS
from tests.policy.engine import (
    PACK,
    SIGNATURE,
    UNKNOWN,
    Json,
    Resource,
    Violation,
    output,
    running,
    secret,
)
from tests.policy.stack import (
    ACCOUNT,
    AWS,
    BUCKET,
    FLOW_LOG,
    VPC,
    asked,
    flow_log,
    inputs,
    new_flow_log,
)

Environment = dict[str, str]

URN = f"urn:pulumi:prod::net::{FLOW_LOG}"
PARQUET: Json = {
    "fileFormat": "parquet",
    "hiveCompatiblePartitions": False,
    "perHourPartition": False,
}


def test_what_the_pack_says_of_itself() -> None:
    with running({}) as run:
        with pytest.raises(grpc.RpcError) as error:
            run.pack.stub.Handshake(messages.AnalyzerHandshakeRequest(engine_address="127.0.0.1:1"))
        assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED  # as newer engines expect it
        run.pack.configure_stack()
        info = run.pack.info()
    assert (info.name, info.supportsConfig) == ("flow-log-drift", True)
    levels = {0: "advisory", 1: "mandatory"}
    types = {1: "resource", 2: "stack"}
    assert [
        (one.name, types[one.policy_type], levels[one.enforcementLevel], one.url)
        for one in info.policies
    ] == [(card.name, card.scope, card.level, card.url) for card in CARDS]
    assert all(
        one.description and one.displayName and one.remediation_steps and one.severity
        for one in info.policies
    )
    assert {one.name: sorted(one.configSchema.properties.keys()) for one in info.policies} == {
        card.name: sorted(option.name for option in card.options) for card in CARDS
    }
    assert run.errors == []


def test_a_replaced_one(console: Console, environment: Environment) -> None:
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    declared = console.create_flow_log(
        vpc,
        log_destination=BUCKET,
        destination_options=DestinationOptions(file_format=FileFormat.PARQUET),
    )
    standing = console.recreate(
        declared,
        log_format="${version} ${srcaddr} ${dstaddr}",
        destination_options=DestinationOptions(),
    )
    stack = flow_log("payments", declared, vpcId=vpc, destinationOptions=PARQUET)
    with running(environment) as run:
        [violation] = run.pack.analyze_stack(stack)
    assert violation == Violation(
        policy="flow-log-replaced",
        level="mandatory",
        urn=f"{URN}::payments",
        message=f"""\
A declared flow log was deleted, and another one stands in its place.
{vpc} | 123456789012 us-east-1
{declared} is gone. {standing}, created
2026-03-03 02:17 UTC, stands in its place, with LogFormat and
DestinationOptions.FileFormat changed.

  LogFormat:
    - ${{account-id}} ${{interface-id}} ${{srcport}} ${{dstport}}
      ${{protocol}} ${{packets}} ${{bytes}} ${{start}} ${{end}} ${{action}}
      ${{log-status}}
  DestinationOptions.FileFormat: declared parquet, live plain-text

Why      ${{account-id}} is gone: records of several accounts cannot
         be told apart.
         ${{interface-id}} is gone: records cannot be tied to a
         network interface.
         ${{srcport}} is gone: source ports are not recorded.
         ${{dstport}} is gone: services cannot be told by their port.
         So is what 6 more columns told.
         Plain-text columns are read by position: an Athena table
         made for the declared format shows one column's values
         under another's name.
         New files are plain-text instead of parquet: a table made
         for the one cannot read the other, and its queries fail or
         see no new data.
         Between the deletion of the old one and 2026-03-03 02:17
         UTC no traffic was recorded.
Revert   Delete the stand-in first, with credentials of account
         123456789012 (creating beside it can end in
         FlowLogAlreadyExists), let Pulumi see that its own is gone,
         deploy it again. Nothing is recorded between the deletion
         and the new flow log.
         aws ec2 delete-flow-logs \\
           --flow-log-ids {standing} \\
           --region us-east-1
         pulumi refresh \\
           --target {URN}::payments \\
           --stack prod
         pulumi up \\
           --target {URN}::payments \\
           --stack prod
Adopt    Let Pulumi see that its own is gone, and import the
         stand-in. Then change the program to say what is live:
         logFormat, destinationOptions.fileFormat.
         pulumi refresh \\
           --target {URN}::payments \\
           --stack prod
         pulumi import {FLOW_LOG} payments {standing} \\
           --generate-code=false \\
           --protect=false \\
           --stack prod""",
    )


def test_a_new_one_hides_no_drift_of_another(
    aws: Aws, console: Console, environment: Environment
) -> None:
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    gone = console.create_flow_log(vpc, log_destination=BUCKET)
    console.delete(gone)
    fresh = new_flow_log("fresh", vpcId=UNKNOWN, logDestination=UNKNOWN)
    with running(environment) as run:
        run.pack.analyze(
            asked("fresh", inputs(vpcId=UNKNOWN, logDestination=UNKNOWN, tags={"Run": UNKNOWN}))
        )
        violations = run.pack.analyze_stack(fresh, flow_log("payments", gone, vpcId=vpc))
    assert [(one.policy, one.urn) for one in violations] == [
        ("flow-log-missing", f"{URN}::payments")
    ]
    assert "".join(run.errors) == (
        "flow-log-drift did not judge:\n"
        "  fresh  ResourceId, LogDestination and Tags.Run: not known before the deployment has "
        "run\n"
    )
    assert [call.action for call in aws.calls] == ["GetCallerIdentity", "DescribeFlowLogs"]


def test_tags_of_a_preview_and_after_an_update(console: Console, environment: Environment) -> None:
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    live = console.create_flow_log(vpc, log_destination=BUCKET, tags={"Team": "net"})
    changed = flow_log("payments", live, vpcId=vpc, tags={"Team": "ops"}, tagsAll={"Team": "ops"})
    with running(environment) as run:
        [violation] = run.pack.analyze_stack(changed)
    assert (violation.policy, violation.level) == ("flow-log-tags-modified", "advisory")
    assert violation.message.splitlines()[2:6] == [
        f"Tags.Team of {live} differs: this deployment changes",
        "that, or it was changed outside of Pulumi.",
        "",
        "  Tags.Team: declared ops, live net",
    ]
    with running(environment, preview=False) as run:
        [violation] = run.pack.analyze_stack(changed)
    assert violation.message.splitlines()[2:3] == [
        f"Tags.Team of {live}: changed outside of Pulumi.",
    ]


def test_a_format_that_the_program_changes_is_no_drift(
    console: Console, environment: Environment
) -> None:
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    old = console.create_flow_log(vpc, log_destination=BUCKET)
    replacement = new_flow_log("payments", vpcId=vpc, logFormat="${version} ${srcaddr}")
    with running(environment) as run:
        [violation] = run.pack.analyze_stack(replacement)
    assert (violation.policy, violation.level) == ("flow-log-collision", "advisory")
    assert (
        violation.message
        == f"""\
A flow log that is about to be created has a live twin.
{vpc} | 123456789012 us-east-1
{old}, created 2026-03-03 02:17 UTC, already watches
the same resource, traffic and destination: AWS answers
FlowLogAlreadyExists if another one comes beside it.

Why      The deployment will stop half-way.
Look     If this deployment replaces it, set deleteBeforeReplace (in
         Python delete_before_replace=True): Pulumi creates the new
         one first.
Adopt    If not: import the twin instead of creating another one.
         pulumi import {FLOW_LOG} payments {old} \\
           --generate-code=false \\
           --protect=false \\
           --stack prod
Delete   Or delete the twin before the deployment, with credentials
         of account 123456789012. Nothing is recorded between the
         deletion and the new flow log.
         aws ec2 delete-flow-logs \\
           --flow-log-ids {old} \\
           --region us-east-1"""
    )
    first = Resource(
        type=FLOW_LOG,
        name="payments",
        provider=AWS,
        properties=replacement.properties,
        delete_before_replace=True,
    )
    with running(environment) as run:
        assert run.pack.analyze_stack(first) == []


def test_what_may_not_be_read(aws: Aws, console: Console, environment: Environment) -> None:
    vpc = console.create_vpc()
    aws.fail(DENIED)
    with running(environment) as run:
        [violation] = run.pack.analyze_stack(flow_log("payments", "fl-0a", vpcId=vpc))
        assert run.pack.analyze_stack(
            Resource(type=VPC, name="main", provider=AWS, properties={"id": vpc})
        ) == [
            Violation(
                policy="vpc-without-flow-log",
                level="advisory",
                urn=f"urn:pulumi:prod::net::{VPC}::main",
                message=(
                    "A VPC of this stack neither has, nor is getting, a flow log.\n"
                    f"No flow log watches {vpc}.\n"
                    "AWS could not be asked: a flow log of another stack would not be seen."
                ),
            )
        ]
    assert violation == Violation(
        policy="flow-log-unverified",
        level="mandatory",
        urn="",
        message="""\
The live flow logs of an account and region could not be read.
123456789012 us-east-1
us-east-1 of 123456789012 could not be verified: AWS denied
ec2:DescribeFlowLogs (UnauthorizedOperation). Unknown for it: 1
declared flow log (payments).

Why      Drift there would go unseen.
Grant    Grant ec2:DescribeFlowLogs to
         arn:aws:iam::123456789012:user/drift.
         drift permissions
         drift permissions --check --region us-east-1""",
    )


def test_without_credentials(environment: Environment) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": "/nonexistent"}
    with running({**environment, **keys}) as run:
        [violation] = run.pack.analyze_stack(flow_log("payments", "fl-0a", vpcId="vpc-1"))
    assert (violation.policy, violation.level) == ("flow-log-unverified", "mandatory")
    assert "payments" not in violation.message


def test_aws_cannot_be_reached(environment: Environment) -> None:
    with running({**environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}) as run:
        [violation] = run.pack.analyze_stack(flow_log("payments", "fl-0a", vpcId="vpc-1"))
    assert (violation.policy, violation.level) == ("flow-log-unverified", "mandatory")
    assert "Unknown for it: 1 declared flow log (payments)." in " ".join(violation.message.split())


def test_secrets_are_compared_and_never_printed(console: Console, environment: Environment) -> None:
    console.create_bucket("flow-logs")
    console.create_bucket("elsewhere")
    vpc = console.create_vpc()
    declared = console.create_flow_log(vpc, log_destination=BUCKET)
    console.recreate(declared, log_destination="arn:aws:s3:::elsewhere")
    hidden = flow_log(
        "payments", declared, vpcId=vpc, logDestination=secret(BUCKET), tags=output(value={})
    )
    with running(environment) as run:
        [violation] = run.pack.analyze_stack(hidden)
        [refused] = run.pack.analyze(
            asked("payments", inputs(logDestination=secret("arn:aws:logs:::hush")))
        )
    assert violation.policy == "flow-log-replaced"
    assert "  LogDestination: declared [secret], live [secret]\n" in violation.message
    assert BUCKET not in violation.message
    assert "elsewhere" not in violation.message
    assert "hush" not in refused.message


def test_inputs_tell_what_outputs_hide(console: Console, environment: Environment) -> None:
    """After a refresh, outputs say what is live; only the program knows that it asked for less."""
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    live = console.create_flow_log(
        vpc,
        log_destination=BUCKET,
        destination_options=DestinationOptions(file_format=FileFormat.PARQUET),
    )
    refreshed = flow_log("payments", live, vpcId=vpc, destinationOptions=PARQUET)
    with running(environment) as run:
        assert run.pack.analyze_stack(refreshed) == []
        run.pack.analyze(asked("payments", inputs(vpcId=vpc)))
        [violation] = run.pack.analyze_stack(refreshed)
    assert violation.policy == "flow-log-modified"
    assert "DestinationOptions.FileFormat: declared plain-text, live parquet" in violation.message


def test_what_a_targeted_run_leaves_alone_is_no_drift(
    console: Console, environment: Environment
) -> None:
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    live = console.create_flow_log(vpc, log_destination=BUCKET)
    with running(environment) as run:
        run.pack.analyze(asked("payments", inputs(vpcId=vpc, logFormat="${version}")))
        assert run.pack.analyze_stack(flow_log("payments", live, vpcId=vpc)) == []


def test_one_reading_for_all_policies_and_another_for_the_next_run(
    aws: Aws, console: Console, environment: Environment
) -> None:
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    live = console.create_flow_log(vpc, log_destination=BUCKET)
    stack = flow_log("payments", live, vpcId=vpc)
    with running(environment) as run:
        assert run.pack.analyze_stack(stack) == []
        assert [call.action for call in aws.calls] == ["GetCallerIdentity", "DescribeFlowLogs"]
        console.delete(live)
        assert [one.policy for one in run.pack.analyze_stack(stack)] == ["flow-log-missing"]


def test_a_stack_without_flow_logs_asks_nothing(aws: Aws, environment: Environment) -> None:
    bucket = Resource(type="aws:s3/bucket:Bucket", name="b", provider=AWS, properties={"id": "b"})
    with running(environment) as run:
        assert run.pack.analyze(bucket) == []
        assert run.pack.analyze_stack(bucket) == []
    assert aws.calls == []


def test_resource_policies_and_their_configuration(environment: Environment) -> None:
    wrong = asked(
        "payments",
        inputs(logFormat="${version}  ${src-addr}", vpcId=UNKNOWN, maxAggregationInterval=300.0),
    )
    with running(environment) as run:
        assert run.pack.analyze(wrong) == [
            Violation(
                policy="flow-log-format",
                level="mandatory",
                urn=f"{URN}::payments",
                message="""\
The LogFormat of a flow log is one that AWS refuses, or not what it seems.
- Extra white space: AWS takes one space between two fields and none
  elsewhere.""",
            ),
            Violation(
                policy="flow-log-format-fields",
                level="advisory",
                urn=f"{URN}::payments",
                message="""\
The LogFormat of a flow log lacks fields, or has some AWS may not know.
- ${src-addr} is no field that AWS is known to have; ${srcaddr} is.""",
            ),
            Violation(
                policy="flow-log-destination",
                level="mandatory",
                urn=f"{URN}::payments",
                message="""\
The destination of a flow log is one that AWS refuses, or is not allowed.
- maxAggregationInterval is 300: AWS takes 60 or 600.
Not judged, as only the deployment will tell: ResourceId.""",
            ),
        ]
        run.pack.configure(
            flow_log_format={"enforcementLevel": "advisory"},
            flow_log_format_fields={"enforcementLevel": "disabled"},
            flow_log_destination={"exclude": ["pay*"]},
            flow_log_destination_options={"fileFormat": "parquet", "perHour": True},
        )
        assert run.pack.analyze(wrong) == [
            Violation(
                policy="flow-log-format",
                level="advisory",
                urn=f"{URN}::payments",
                message="""\
The LogFormat of a flow log is one that AWS refuses, or not what it seems.
- Extra white space: AWS takes one space between two fields and none
  elsewhere.""",
            ),
            Violation(
                policy="flow-log-destination-options",
                level="advisory",
                urn="",
                message="""\
The files of a flow log are not laid out as is required.
Whether that is so was not judged: the policy's configuration is
wrong.
- perHour: there is no such key; there are exclude, fileFormat,
  hiveCompatiblePartitions, perHourPartition""",
            ),
        ]
        assert len(run.pack.analyze(wrong)) == 1  # a wrong configuration is said once


def test_many_problems_of_one_flow_log_stay_readable(environment: Environment) -> None:
    names = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes"
    with running(environment) as run:
        [violation] = run.pack.analyze(asked("payments", inputs(logFormat=names)))
    lines = violation.message.splitlines()
    assert (len(lines), lines[1], lines[-1]) == (
        10,
        "- version is not a field; ${version} is.",
        "- And 2 more like these.",
    )


def test_what_a_targeted_run_does_not_create_is_not_judged(environment: Environment) -> None:
    with running(environment) as run:
        run.pack.configure(flow_log_format_fields={"requiredFields": ["pkt-srcaddr"]})
        assert run.pack.analyze(asked("fresh", {})) == []


def test_a_level_that_the_configuration_raises(console: Console, environment: Environment) -> None:
    vpc = console.create_vpc()
    bare = Resource(
        type=VPC,
        name="main",
        provider=AWS,
        properties={"id": vpc, "arn": f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/{vpc}"},
    )
    with running(environment) as run:
        run.pack.configure(vpc_without_flow_log={"enforcementLevel": "mandatory"})
        assert run.pack.analyze_stack(bare) == [
            Violation(
                policy="vpc-without-flow-log",
                level="mandatory",
                urn=f"urn:pulumi:prod::net::{VPC}::main",
                message="A VPC of this stack neither has, nor is getting, a flow log.\n"
                f"No flow log watches {vpc}.",
            )
        ]


def test_the_provider_of_a_flow_log_says_where_and_as_whom(
    aws: Aws, environment: Environment
) -> None:
    other = "111111111111"
    console = aws.console(account=other, region="eu-west-1")
    console.create_bucket("flow-logs")
    vpc = console.create_vpc()
    live = console.create_flow_log(vpc, log_destination=BUCKET)
    provider = {
        "region": "eu-west-1",
        "assumeRoles": f'[{{"roleArn":"arn:aws:iam::{other}:role/deploy"}}]',
    }
    elsewhere = Resource(
        type=FLOW_LOG,
        name="payments",
        provider=type(AWS)(name="there", inputs=provider),
        properties={
            **flow_log("payments", live, vpcId=vpc).properties,
            "arn": f"arn:aws:ec2:eu-west-1:{other}:vpc-flow-log/{live}",
            "region": "eu-west-1",
        },
    )
    with running(environment) as run:
        assert run.pack.analyze_stack(elsewhere) == []
    assert {(call.action, call.account, call.region) for call in aws.calls} >= {
        ("DescribeFlowLogs", other, "eu-west-1")
    }


def test_little_is_imported_before_there_is_something_to_judge() -> None:
    script = (
        "import sys; from drift.policy.serving import policies; policies();"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in "
        "('botocore', 'boto3', 'click', 'msgspec') or name in "
        "('drift.check', 'drift.live', 'drift.declared', 'drift.policy.rules')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


def test_a_failure_to_start_says_why(tmp_path: Path) -> None:
    """As where the pack is run by a python3 that drift is not installed for."""
    (tmp_path / "drift").mkdir()
    (tmp_path / "drift" / "__init__.py").touch()
    (tmp_path / "__main__.py").write_text((PACK / "__main__.py").read_text())
    done = subprocess.run(
        [sys.executable, "-u", "__main__.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "flow-log-drift: the policy pack cannot start: No module named 'drift.policy'.\n"
        f"  -> {sys.executable} -m pip install --upgrade 'flow-log-drift[policy]', or run the "
        "copy that `drift policy-pack` writes\n"
    )


@pytest.mark.parametrize(
    ("older", "error"),
    [
        ("import pulumi_policy; del pulumi_policy.Severity", "cannot import name 'Severity'"),
        (
            "import pulumi_policy.policy; del pulumi_policy.policy.deserialize_properties",
            "cannot import name 'deserialize_properties'",
        ),
    ],
    ids=["a class", "a function that is not exported"],
)
def test_so_does_one_that_is_for_want_of_something_in_the_sdk(older: str, error: str) -> None:
    script = f"{older}; import runpy; runpy.run_path({str(PACK)!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"flow-log-drift: the policy pack cannot start: {error}")
    assert "Traceback" not in done.stderr


def test_a_configuration_may_not_forge_lines(environment: Environment) -> None:
    with running(environment) as run:
        run.pack.configure(flow_log_format={"x\n- ::error::\x1b[31m": "y"})
        [violation] = run.pack.analyze(asked("payments", inputs()))
    assert violation.message.splitlines()[3:] == [
        "- x\\x0a- ::error::\\x1b[31m: there is no such key; there is exclude"
    ]


def test_what_the_sdk_cannot_read_stops_no_policy(environment: Environment) -> None:
    """Component resources refer to others in their outputs, and a state may hold half an asset."""
    reference: Json = {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": f"{URN}::payments"}
    asset: Json = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "hash": "0a"}
    component = Resource(type="acme:net:Logs", name="c", properties={"log": reference, "a": asset})
    with running(environment) as run:
        assert run.pack.analyze(component) == []
        violations = run.pack.analyze_stack(component, flow_log("payments", "fl-0a", vpcId="v"))
    assert [one.policy for one in violations] == ["flow-log-missing"]
