from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared import state as states
from drift.declared.properties import unreadable
from drift.declared.values import Json
from drift.errors import SourceError
from drift.model import (
    MALFORMED,
    SECRET,
    AssumedRole,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    FlowLog,
    IgnoredTags,
    Lifecycle,
    Provider,
    ProviderCredentials,
    SourcePosition,
)
from tests.declared.shapes import (
    AWS,
    CIPHERTEXT,
    DEFAULT_PROVIDER,
    NATIVE,
    ROOT,
    STACK,
    UNKNOWN,
    VPC,
    Row,
    plaintext,
    refusal,
    row,
    state,
)
from tests.declared.test_values import JSON

FL_1 = "fl-00000000000000001"
FL_2 = "fl-00000000000000002"
ARN = f"arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/{FL_1}"
STACK_ROW = {"urn": ROOT, "type": "pulumi:pulumi:Stack", "custom": False}


def declared(data: bytes) -> Declarations:
    return states.parse(data, "state.json")


def flow_logs(*rows: object) -> tuple[DeclaredFlowLog, ...]:
    return declared(state(*rows)).flow_logs


def only(*rows: object) -> DeclaredFlowLog:
    [flow_log] = flow_logs(*rows)
    return flow_log


def test_a_stack() -> None:
    provider = f"{STACK}::pulumi:providers:aws::east"
    data = state(
        STACK_ROW,
        {
            "urn": provider,
            "type": "pulumi:providers:aws",
            "custom": True,
            "id": "5f0d",
            "inputs": {
                "region": "us-east-1",
                "assumeRoles": '[{"roleArn":"arn:aws:iam::123456789012:role/deploy"}]',
                "defaultTags": '{"tags":{"Team":"net"}}',
                "ignoreTags": '{"keys":["LastScanned"]}',
            },
        },
        row("a", "aws:ec2/vpc:Vpc", id=VPC),
        {
            "urn": f"{STACK}::my:network:Vpc$aws:ec2/flowLog:FlowLog::logs",
            "type": AWS,
            "custom": True,
            "id": FL_1,
            "inputs": {"vpcId": VPC, "trafficType": "ALL", "tags": {"Name": "x"}},
            "outputs": {"id": FL_1, "arn": ARN, "trafficType": "REJECT"},
            "parent": f"{STACK}::my:network:Vpc::main",
            "provider": f"{provider}::5f0d",
            "ignoreChanges": ["tags.Name"],
            "sourcePosition": "project:///network/vpc%20logs.py#5,12",
            "propertyDependencies": {"vpcId": []},
            "created": "2026-03-02T10:11:12Z",
        },
    )
    assert declared(data) == Declarations(
        flow_logs=(
            DeclaredFlowLog(
                urn=f"{STACK}::my:network:Vpc$aws:ec2/flowLog:FlowLog::logs",
                project="net",
                stack="prod",
                source="state.json",
                provider=Provider.AWS,
                flow_log=FlowLog(
                    resource_id=VPC, traffic_type="ALL", tags={"Team": "net", "Name": "x"}
                ),
                recorded=FlowLog(traffic_type="REJECT"),
                flow_log_id=FL_1,
                account="123456789012",
                region="us-east-1",
                credentials=ProviderCredentials(
                    assume_roles=(AssumedRole(role_arn="arn:aws:iam::123456789012:role/deploy"),)
                ),
                ignored_fields=frozenset({"Tags.Name"}),
                ignored_tags=IgnoredTags(keys=frozenset({"LastScanned"})),
                declared_at=SourcePosition(file="network/vpc logs.py", line=5),
                parent_urn=f"{STACK}::my:network:Vpc::main",
                provider_urn=provider,
            ),
        ),
        sources=(DeclarationSource(source="state.json", project="net", stack="prod", flow_logs=1),),
    )


def test_the_checkpoint_of_a_self_managed_backend_is_the_same() -> None:
    rows = [STACK_ROW, row(id=FL_1, inputs={"vpcId": VPC})]
    checkpoint = {
        "version": 4,
        "features": ["refreshBeforeUpdate"],
        "checkpoint": {"stack": "organization/net/prod", "latest": {"resources": rows}},
    }
    assert declared(json.dumps(checkpoint).encode()) == declared(state(*rows))


@pytest.mark.parametrize(
    ("document", "project", "stack"),
    [
        ({}, None, None),
        ({"version": 3}, None, None),
        ({"version": 3, "deployment": None}, None, None),
        ({"version": 3, "deployment": {"manifest": {}}}, None, None),
        ({"version": 3, "deployment": {"resources": None}}, None, None),
        ({"version": 3, "deployment": {"resources": [STACK_ROW]}}, "net", "prod"),
        ({"version": 3, "checkpoint": {"stack": "prod", "latest": None}}, None, "prod"),
        ({"version": 3, "checkpoint": {"stack": "organization/net/prod"}}, "net", "prod"),
    ],
)
def test_a_stack_without_flow_logs(document: Json, project: str | None, stack: str | None) -> None:
    assert declared(json.dumps(document).encode()) == Declarations(
        sources=(DeclarationSource(source="state.json", project=project, stack=stack),)
    )


@pytest.mark.parametrize("version", [1, 2, 5, None])
def test_a_version_that_is_not_known(version: int | None) -> None:
    with pytest.raises(SourceError) as raised:
        declared(json.dumps({"version": version, "deployment": {"resources": []}}).encode())
    assert (raised.value.cause, raised.value.next_step) == (
        f"state.json is a state of version {version}; drift reads versions 3 and 4.",
        "Write it again with `pulumi stack export` of a current Pulumi.",
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (5, "Expected `object`, got `int`."),
        ({"type": 5}, "Expected `str | null`, got `int` - at `$.type`."),
        ({**row(), "id": 5}, "Expected `str | null`, got `int` - at `$.id`."),
        ({"type": AWS, "custom": True}, "Object missing required field `urn`."),
    ],
)
def test_a_row_of_a_wrong_shape(bad: Json, reason: str) -> None:
    with pytest.raises(SourceError) as raised:
        flow_logs(bad)
    assert raised.value.cause == f"state.json is not of the shape that Pulumi writes: {reason}"


# -- which rows -----------------------------------------------------------------------------------


def test_only_flow_logs_themselves_are_taken() -> None:
    assert (
        flow_logs(
            row("a", "aws:ec2/vpc:Vpc", id=FL_1),
            row(id=FL_1) | {"custom": False},
            {"urn": f"{STACK}::{AWS}::component", "type": AWS},
        )
        == ()
    )


@pytest.mark.parametrize("sign", ["delete", "external"])
def test_what_pulumi_knows_without_declaring_it_is_claimed(sign: str) -> None:
    found = declared(state(row(id=FL_1, inputs={}, **{sign: True})))
    assert (found.flow_logs, found.claimed_ids) == ((), frozenset({FL_1}))


def test_the_old_copy_of_a_replacement_is_not_the_new_one() -> None:
    found = declared(
        state(
            row(id=FL_1, delete=True, inputs={"vpcId": VPC}),
            row(id=FL_2, inputs={"vpcId": VPC}),
        )
    )
    assert [one.flow_log_id for one in found.flow_logs] == [FL_2]
    assert found.claimed_ids == frozenset({FL_1})


def test_two_declarations_of_one_id_are_two() -> None:
    found = flow_logs(row("a", id=FL_1), row("b", id=FL_1))
    assert [(one.name, one.flow_log_id) for one in found] == [("a", FL_1), ("b", FL_1)]


def test_a_pending_replacement() -> None:
    found = only(row(id=FL_1, pendingReplacement=True))
    assert (found.pending_replacement, found.flow_log_id) == (True, FL_1)


# -- interrupted operations -----------------------------------------------------------------------


def interrupted(kind: str, operated: Row, *rows: object) -> Declarations:
    deployment = {
        "resources": [*rows],
        "pending_operations": [
            {"type": kind, "resource": operated},
            {"type": kind, "resource": row("a", "aws:ec2/vpc:Vpc", id=FL_2)},
        ],
    }
    return declared(json.dumps({"version": 3, "deployment": deployment}).encode())


def test_an_interrupted_creation_is_yet_to_be_done() -> None:
    found = interrupted("creating", row(inputs={"vpcId": VPC}))
    assert found.flow_logs == (
        DeclaredFlowLog(
            urn=f"{STACK}::{AWS}::a",
            project="net",
            stack="prod",
            source="state.json",
            provider=Provider.AWS,
            flow_log=FlowLog(resource_id=VPC),
            lifecycle=Lifecycle.TO_CREATE,
        ),
    )
    assert found.sources[0].flow_logs == 1


def test_an_interrupted_update_leaves_the_fields_that_it_changes_in_doubt() -> None:
    old = row(id=FL_1, inputs={"vpcId": VPC, "tags": {"A": "1", "B": "1"}})
    new = row(id=FL_1, inputs={"vpcId": VPC, "tags": {"A": "1", "B": "2"}})
    [found] = interrupted("updating", new, old).flow_logs
    assert found.flow_log == FlowLog(resource_id=VPC, tags={"A": "1", "B": "1"})
    assert found.pending_fields == frozenset({"Tags.B"})


def test_an_interrupted_update_leaves_alone_what_the_program_leaves_to_the_provider() -> None:
    old = row(id=FL_1, inputs={"vpcId": VPC, "logFormat": "${version}", "trafficType": "ALL"})
    new = row(id=FL_1, inputs={"vpcId": VPC, "trafficType": "REJECT"})
    [found] = interrupted("updating", new, old).flow_logs
    assert found.pending_fields == frozenset({"TrafficType"})


def test_an_interrupted_deletion_is_no_longer_declared() -> None:
    old = row(id=FL_1, inputs={"vpcId": VPC})
    found = interrupted("deleting", old, old)
    assert (found.flow_logs, found.claimed_ids) == ((), frozenset({FL_1}))


def test_an_interrupted_import_is_there() -> None:
    [found] = interrupted("importing", row(importID=FL_1, inputs={"vpcId": VPC})).flow_logs
    assert (found.lifecycle, found.flow_log_id) == (Lifecycle.CREATED, FL_1)


@pytest.mark.parametrize("kind", ["reading", "pondering"])
def test_an_interrupted_read_is_only_known(kind: str) -> None:
    found = interrupted(kind, row(id=FL_1, external=True))
    assert (found.flow_logs, found.claimed_ids) == ((), frozenset({FL_1}))


# -- which one it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"id": FL_1}, FL_1),
        ({"id": FL_1, "outputs": {"arn": ARN.replace(FL_1, FL_2)}}, FL_1),
        ({"id": "", "outputs": {"arn": ARN}}, FL_1),
        ({"id": "", "outputs": {"awsId": FL_1}}, FL_1),
        ({"id": "", "outputs": {"id": plaintext(FL_1)}}, FL_1),
        ({"importID": FL_1}, FL_1),
        ({"id": UNKNOWN, "outputs": {"arn": UNKNOWN, "awsId": CIPHERTEXT}}, None),
        ({"id": "vpc-1"}, None),
        ({"id": "fl-1; rm -rf /"}, None),
        ({}, None),
    ],
)
def test_the_id(parts: Row, expected: str | None) -> None:
    assert only(row(**parts)).flow_log_id == expected


def provider(urn: str = DEFAULT_PROVIDER, **more: object) -> Row:
    kind = urn.split("::")[2]
    return {"urn": urn, "type": kind, "custom": True, "id": "5f0d", "inputs": more}


HERE = f"{DEFAULT_PROVIDER}::5f0d"
IRELAND = ARN.replace("us-east-1", "eu-west-1")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"inputs": {"region": "us-west-2"}, "outputs": {"region": "us-west-1"}}, "us-west-2"),
        ({"outputs": {"region": "us-west-1", "arn": IRELAND}}, "us-west-1"),
        ({"outputs": {"arn": IRELAND}}, "eu-west-1"),
        ({"inputs": {"region": "evil.example/"}, "outputs": {"arn": UNKNOWN}}, "us-east-2"),
        ({"inputs": {"region": UNKNOWN}}, "us-east-2"),
        ({"provider": None}, None),
        ({"provider": f"{STACK}::pulumi:providers:aws::other::5f0d"}, None),
    ],
)
def test_the_region(parts: Row, expected: str | None) -> None:
    found = only(provider(region="us-east-2"), row(**{"provider": HERE, **parts}))
    assert found.region == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"outputs": {"arn": ARN}}, "123456789012"),
        ({"outputs": {"arn": UNKNOWN}}, "210987654321"),
        # Whose bucket or log group it delivers to is another matter.
        (
            {"inputs": {"logDestination": "arn:aws:logs:us-east-1:333333333333:log-group:x"}},
            "210987654321",
        ),
        ({"provider": None}, None),
    ],
)
def test_the_account(parts: Row, expected: str | None) -> None:
    config = provider(allowedAccountIds='["210987654321"]')
    assert only(config, row(**{"provider": HERE, **parts})).account == expected


def test_a_provider_may_stand_behind_what_it_deployed() -> None:
    found = only(row(provider=HERE), provider(region="us-east-1"))
    assert (found.region, found.provider_urn) == ("us-east-1", None)


def test_two_copies_of_a_provider_are_told_apart_by_id() -> None:
    found = only(
        row(provider=f"{DEFAULT_PROVIDER}::old"),
        provider(region="us-east-1") | {"id": "old", "delete": True},
        provider(region="us-west-2"),
    )
    assert found.region == "us-east-1"


def test_aws_native_does_not_know_ignored_tags() -> None:
    urn = f"{STACK}::pulumi:providers:aws-native::default"
    config = provider(urn, region="us-east-1", ignoreTags={"keys": ["a"]})
    found = only(config, row("a", NATIVE, id=FL_1, provider=f"{urn}::5f0d"))
    assert found == DeclaredFlowLog(
        urn=f"{STACK}::{NATIVE}::a",
        project="net",
        stack="prod",
        source="state.json",
        provider=Provider.AWS_NATIVE,
        flow_log=FlowLog(),
        flow_log_id=FL_1,
        region="us-east-1",
    )


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("project:///__main__.py#5", SourcePosition(file="__main__.py", line=5)),
        ("project:///a/b.ts#5,12", SourcePosition(file="a/b.ts", line=5)),
        ("project:///../shared/x.py#7", SourcePosition(file="../shared/x.py", line=7)),
        ("project:///__main__.py", None),
        ("project:///__main__.py#", None),
        ("project:///__main__.py#-1", None),
        ("project:///__main__.py#99999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_where_it_is_declared(position: str | None, expected: SourcePosition | None) -> None:
    assert only(row(sourcePosition=position)).declared_at == expected


def test_what_sits_directly_below_the_stack_has_no_parent() -> None:
    assert only(row(parent=ROOT)).parent_urn is None


@pytest.mark.parametrize(
    ("urn", "stack", "project", "name"),
    [
        (f"urn:pulumi:a.b_c-1::_net::{AWS}::a b; $(c)", "a.b_c-1", "_net", "a b; $(c)"),
        (f"{STACK}::my:network:Vpc$my:Logs${AWS}::--all", "prod", "net", "--all"),
        (f"{STACK}::{AWS}::\n", "prod", "net", "\n"),
    ],
)
def test_the_names_in_a_urn(urn: str, stack: str, project: str, name: str) -> None:
    found = only({**row(), "urn": urn})
    assert (found.urn, found.stack, found.project, found.name) == (urn, stack, project, name)


def test_the_name_of_a_resource_may_hold_what_separates_the_others() -> None:
    found = only({**row(), "urn": f"{STACK}::{AWS}::a::b"})
    assert (found.urn, found.stack, found.project) == (f"{STACK}::{AWS}::a::b", "prod", "net")


@pytest.mark.parametrize(
    "urn",
    [
        "",
        "x",
        "urn:pulumi:prod",
        f"prod::net::{AWS}::a",
        f"urn:pulumi:::net::{AWS}::a",
        f"urn:pulumi:prod::::{AWS}::a",
        f"{STACK}::::a",
        f"{STACK}::{AWS}",
        f"{STACK}::{AWS}::",
        f"urn:pulumi:--all::net::{AWS}::a",
        f"urn:pulumi:prod::-net::{AWS}::a",
        f"urn:pulumi:a/b::net::{AWS}::a",
        f"urn:pulumi:pr od::net::{AWS}::a",
        f"urn:pulumi:prod\n::net::{AWS}::a",
        f"urn:pulumi:pröd::net::{AWS}::a",
    ],
)
def test_a_flow_log_with_a_malformed_urn_is_refused(urn: str) -> None:
    with pytest.raises(SourceError) as raised:
        flow_logs({**row(), "urn": urn})
    assert (raised.value.cause, raised.value.next_step) == (
        f"state.json has a flow log with a malformed URN: {urn!r}.",
        (
            "A URN is `urn:pulumi:STACK::PROJECT::TYPE::NAME`: write the file again with Pulumi, "
            "or mend it if it was made by hand."
        ),
    )


def test_a_long_malformed_urn_is_shortened() -> None:
    assert refusal(lambda: flow_logs({**row(), "urn": "x" * 300})) == (
        f"state.json has a flow log with a malformed URN: '{'x' * 199}…'."
    )


def test_other_resources_may_be_called_anything() -> None:
    assert flow_logs({"urn": "x", "type": "aws:ec2/vpc:Vpc", "custom": True}, row()) != ()


def test_a_malformed_urn_names_no_stack() -> None:
    checkpoint = {
        "stack": "organization/net/prod",
        "latest": {"resources": [{"urn": "urn:pulumi:--all", "type": "x"}]},
    }
    assert declared(json.dumps({"version": 3, "checkpoint": checkpoint}).encode()).sources == (
        DeclarationSource(source="state.json", project="net", stack="prod"),
    )


@pytest.mark.parametrize(
    ("name", "is_explicit"),
    [
        ("default", False),
        ("default_7_51_0", False),
        ("default_7_51_0_alpha_1", False),
        ("default_7_51_0_https_//example.com/x", False),
        ("defaults-eu", True),
        ("default-eu", True),
        ("default_eu", True),
        ("default7", True),
        ("eu", True),
        ("eu::default", True),
    ],
)
def test_a_provider_that_the_program_made(name: str, *, is_explicit: bool) -> None:
    urn = f"{STACK}::pulumi:providers:aws::{name}"
    found = only(row(provider=f"{urn}::5f0d"))
    assert found.provider_urn == (urn if is_explicit else None)


@pytest.mark.parametrize(("protect", "expected"), [(True, True), (False, False), (None, False)])
def test_protection(protect: bool | None, *, expected: bool) -> None:
    assert only(row(protect=protect)).protected is expected


# -- what can't be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (CIPHERTEXT, unreadable(SECRET)),
        ("x", unreadable(MALFORMED)),
        ([1], unreadable(MALFORMED)),
    ],
)
def test_inputs_that_cannot_be_read_leave_every_field_unknown(
    inputs: Json, expected: FlowLog
) -> None:
    found = only(row(id=FL_1, inputs=inputs, outputs={"trafficType": "ALL"}))
    assert (found.flow_log, found.recorded) == (expected, None)


def test_neither_an_id_nor_inputs_that_can_be_read() -> None:
    assert only(row(inputs=[1])) == DeclaredFlowLog(
        urn=f"{STACK}::{AWS}::a",
        project="net",
        stack="prod",
        source="state.json",
        provider=Provider.AWS,
        flow_log=unreadable(MALFORMED),
        lifecycle=Lifecycle.CREATED,
        flow_log_id=None,
    )


def test_an_id_that_is_not_known_yet() -> None:
    assert only(row(id=UNKNOWN, inputs={"vpcId": VPC})) == DeclaredFlowLog(
        urn=f"{STACK}::{AWS}::a",
        project="net",
        stack="prod",
        source="state.json",
        provider=Provider.AWS,
        flow_log=FlowLog(resource_id=VPC),
        lifecycle=Lifecycle.CREATED,
        flow_log_id=None,
    )


def test_a_number_that_no_json_reader_takes_spoils_only_its_row() -> None:
    data = state(row(id=FL_1, inputs={"vpcId": VPC, "x": 1}), row("b", id=FL_2))
    found = declared(data.replace(b'"x": 1', b'"x": 1e999')).flow_logs
    assert [one.flow_log for one in found] == [unreadable(MALFORMED), FlowLog()]


@pytest.mark.parametrize("inputs", [None, {}])
def test_where_there_are_no_inputs_the_outputs_are_all_there_is(inputs: Json) -> None:
    outputs = {"vpcId": VPC, "tags": {"A": "1"}, "tagsAll": {"A": "1", "B": "2"}}
    found = only(row(id=FL_1, inputs=inputs, outputs=outputs))
    assert (found.flow_log, found.recorded) == (
        FlowLog(resource_id=VPC, tags={"A": "1", "B": "2"}),
        None,
    )


def test_secrets_of_inputs_and_outputs_are_named() -> None:
    found = only(
        row(
            id=FL_1,
            inputs={"vpcId": plaintext(VPC)},
            outputs={"vpcId": plaintext(VPC), "logFormat": plaintext("${version}")},
        )
    )
    assert found.secret_fields == frozenset({"ResourceId", "LogFormat"})
    assert found.recorded == FlowLog(log_format="${version}")


ROW_PARTS = {
    "id": st.none() | st.text(),
    "custom": st.booleans(),
    "delete": st.none() | st.booleans(),
    "external": st.none() | st.booleans(),
    "protect": st.none() | st.booleans(),
    "inputs": JSON,
    "outputs": JSON,
    "parent": st.none() | st.text(),
    "provider": st.none() | st.text() | st.just(HERE),
    "ignoreChanges": st.none() | st.lists(st.text()),
    "sourcePosition": st.none() | st.text(),
}
ROWS = st.fixed_dictionaries(
    {"urn": st.text() | st.just(f"{STACK}::{AWS}::a"), "type": st.sampled_from([AWS, NATIVE])},
    optional=ROW_PARTS,
)


@given(st.lists(ROWS | JSON, max_size=4), JSON)
def test_any_rows_are_read_or_refused(rows: list[object], settings: Json) -> None:
    cause = refusal(lambda: declared(state({**provider(), "inputs": settings}, *rows)))
    assert not cause or cause.startswith("state.json ")


@given(ROWS, st.text(min_size=8))
def test_no_secret_is_in_an_error(of: Row, more: str) -> None:
    secret = f"hunter2-{more}"
    broken = {**of, "inputs": {"logFormat": plaintext(secret)}, "id": {"x": plaintext(secret)}}
    with pytest.raises(SourceError) as raised:
        declared(state(broken))
    assert "hunter2" not in raised.value.cause + raised.value.next_step
