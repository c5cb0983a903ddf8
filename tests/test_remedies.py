"""The ways out, as commands that can be pasted."""

from __future__ import annotations

import shlex
from dataclasses import replace

from drift import remedies
from drift.findings import Action, Difference, DifferenceType, Remedy
from drift.model import Coverage, Listing, Provider
from tests.build import ACCOUNT, LIVE_A, REGION, A, live, urn

DIFFERENCES = (
    Difference(field="LogFormat", type=DifferenceType.NOT_EQUAL, declared="a", live="b"),
    Difference(
        field="DestinationOptions.FileFormat",
        type=DifferenceType.NOT_EQUAL,
        declared="parquet",
        live="plain-text",
    ),
    Difference(field="Tags.A", type=DifferenceType.ADD, declared=None, live="1"),
    Difference(field="Tags.B", type=DifferenceType.ADD, declared=None, live="1"),
)


def commands(found: tuple[Remedy, ...]) -> dict[Action, tuple[str, ...]]:
    return {remedy.action: remedy.commands for remedy in found}


def test_replaced() -> None:
    assert commands(remedies.for_replaced(A, live(9), DIFFERENCES)) == {
        Action.REVERT: (
            "aws ec2 delete-flow-logs --flow-log-ids fl-00000000000000009 --region us-east-1",
            f"pulumi refresh --target {urn('a')} --stack prod",
            f"pulumi up --target {urn('a')} --stack prod",
        ),
        Action.ADOPT: (
            f"pulumi refresh --target {urn('a')} --stack prod",
            (
                "pulumi import aws:ec2/flowLog:FlowLog a fl-00000000000000009 "
                "--generate-code=false --protect=false --stack prod"
            ),
        ),
    }


def test_the_program_is_named_by_its_own_properties() -> None:
    [_, adopt] = remedies.for_replaced(A, live(9), DIFFERENCES)
    assert adopt.text.endswith(
        "Then change the program to say what is live: logFormat, destinationOptions.fileFormat, "
        "tags."
    )
    [_, adopt] = remedies.for_replaced(A, live(9), ())
    assert adopt.text == "Let Pulumi see that its own is gone, and import the stand-in."


def test_a_program_that_says_what_is_live_has_to_be_deployed() -> None:
    [_, adopt] = remedies.for_modified(A, live(1), DIFFERENCES[:1])
    assert adopt.text == (
        "Read AWS into the state. Then change the program to say what is live: logFormat. "
        "Deploying that changes nothing in AWS, only what the state says."
    )


def test_a_component_and_an_explicit_provider() -> None:
    component = "urn:pulumi:prod::net::my:index:Network::main net"
    provider = "urn:pulumi:prod::net::pulumi:providers:aws::west"
    asked = replace(
        A,
        urn="urn:pulumi:prod::net::my:index:Network$aws:ec2/flowLog:FlowLog::log's",
        parent_urn=component,
        provider_urn=provider,
        provider=Provider.AWS_NATIVE,
    )
    command = commands(remedies.for_replaced(asked, live(9), ()))[Action.ADOPT][1]
    assert shlex.split(command) == [
        "pulumi",
        "import",
        "aws-native:ec2:FlowLog",
        "log's",
        "fl-00000000000000009",
        "--generate-code=false",
        "--protect=false",
        "--parent",
        f"main net={component}",
        "--provider",
        f"west={provider}",
        "--stack",
        "prod",
    ]


def test_a_hostile_name_stays_one_word() -> None:
    name = "x'; rm -rf / #$(id)`id`"
    asked = replace(A, urn=urn(name))
    for remedy in remedies.for_replaced(asked, live(9), ()):
        for command in remedy.commands:
            words = shlex.split(command)
            assert "rm" not in words
            assert any(name in word for word in words) or words[0] == "aws"


def test_the_account_is_named_for_which_credentials_are_needed() -> None:
    [revert, _] = remedies.for_replaced(A, live(9), ())
    assert revert.text.startswith(
        "Delete the stand-in first, with credentials of account 123456789012 ("
    )


def test_a_protected_flow_log_stays_protected() -> None:
    protected = replace(A, protected=True)
    assert commands(remedies.for_replaced(protected, live(9), ()))[Action.ADOPT][1] == (
        "pulumi import aws:ec2/flowLog:FlowLog a fl-00000000000000009 --generate-code=false "
        "--stack prod"
    )


def test_a_name_is_never_an_option() -> None:
    asked = replace(A, urn=urn("--out=x"))
    assert commands(remedies.for_replaced(asked, live(9), ()))[Action.ADOPT][1] == (
        "pulumi import --generate-code=false --protect=false --stack prod -- "
        "aws:ec2/flowLog:FlowLog --out=x fl-00000000000000009"
    )


def test_a_pending_tag_change_needs_no_way_back() -> None:
    [only] = remedies.for_tags_modified(A, DIFFERENCES, pending=True)
    assert (only.action, only.commands) == (
        Action.REVERT,
        (f"pulumi up --target {urn('a')} --stack prod",),
    )


def test_a_live_flow_log_of_unknown_region() -> None:
    [_, _, delete] = remedies.for_unmanaged(replace(LIVE_A, region=None))
    assert delete.commands == ("aws ec2 delete-flow-logs --flow-log-ids fl-00000000000000001",)


def test_what_could_not_be_read() -> None:
    denied = Listing(
        account=ACCOUNT,
        region=REGION,
        status=Coverage.DENIED,
        reason="no",
        next_step="Grant it.",
        missing_permission="ec2:DescribeFlowLogs",
    )
    assert remedies.for_unread(denied) == (
        Remedy(
            action=Action.GRANT,
            text="Grant it.",
            commands=("drift permissions", "drift permissions --check --region us-east-1"),
        ),
    )
    assert remedies.for_unread(replace(denied, missing_permission=None)) == (
        Remedy(action=Action.INSPECT, text="Grant it."),
    )
    assert remedies.for_unread(replace(denied, next_step=None)) == ()
