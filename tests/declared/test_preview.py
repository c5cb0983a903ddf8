from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared import preview as previews
from drift.declared import sources
from drift.declared.properties import unreadable
from drift.errors import DriftError, SourceError
from drift.model import (
    COMPUTED,
    MALFORMED,
    SECRET,
    Declarations,
    DeclarationSource,
    DeclaredFlowLog,
    FlowLog,
    Lifecycle,
    Provider,
)
from tests.declared.shapes import (
    AWS,
    DEFAULT_PROVIDER,
    NATIVE,
    ROOT,
    STACK,
    UNKNOWN,
    VPC,
    Row,
    preview,
    refusal,
    row,
    step,
)
from tests.declared.test_state import ROWS
from tests.declared.test_values import JSON

FL_1 = "fl-00000000000000001"
FL_2 = "fl-00000000000000002"
ARN = f"arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/{FL_1}"
STACK_STEP = {"op": "same", "urn": ROOT}

OLD = row(
    id=FL_1,
    inputs={"vpcId": VPC, "tags": {"A": "1"}},
    outputs={"arn": ARN, "logFormat": "${version}"},
    sourcePosition="project:///__main__.py#5",
)
"""What the state has."""
CREATED = DeclaredFlowLog(
    urn=f"{STACK}::{AWS}::a",
    project="net",
    stack="prod",
    source="preview.json",
    provider=Provider.AWS,
    flow_log=FlowLog(resource_id=VPC, tags={"A": "1"}),
    recorded=FlowLog(log_format="${version}"),
    flow_log_id=FL_1,
    account="123456789012",
    region="us-east-1",
)


def new(**inputs: object) -> Row:
    """Return the new state of a step as the engine has it before it takes the step."""
    return row(inputs=inputs)


def declared(*steps: object, **more: object) -> Declarations:
    return sources.parse(preview(STACK_STEP, *steps, **more), "preview.json")


def read(*steps: object) -> tuple[tuple[DeclaredFlowLog, ...], frozenset[str]]:
    found = declared(*steps)
    without_lines = tuple(replace(one, declared_at=None) for one in found.flow_logs)
    return without_lines, found.claimed_ids


def test_nothing_changes() -> None:
    found = declared(step("same", OLD, OLD), changeSummary={"same": 2}, duration=7)
    assert found == Declarations(
        flow_logs=(replace(CREATED, declared_at=found.flow_logs[0].declared_at),),
        sources=(
            DeclarationSource(source="preview.json", project="net", stack="prod", flow_logs=1),
        ),
    )


def test_what_stays_has_its_id_only_in_the_old_state() -> None:
    assert read(step("same", OLD, new(vpcId=VPC, tags={"A": "1"}))) == ((CREATED,), frozenset())


def test_an_update_is_about_to_change_fields() -> None:
    flow_logs, claimed = read(step("update", OLD, new(vpcId=VPC, tags={"A": "2"})))
    assert flow_logs == (
        replace(
            CREATED,
            flow_log=FlowLog(resource_id=VPC, tags={"A": "2"}),
            pending_fields=frozenset({"Tags.A"}),
        ),
    )
    assert claimed == frozenset()


BUCKET = "arn:aws:s3:::acme-flow-logs"
FORMAT = "${version} ${vpc-id}"
COMPUTED_BY_AWS = {"logFormat": FORMAT, "logDestination": BUCKET}
ASKED = {"vpcId": VPC, "tags": {"A": "1"}}
DEPLOYED = row(
    id=FL_1,
    inputs={**ASKED, **COMPUTED_BY_AWS},
    outputs={**ASKED, **COMPUTED_BY_AWS, "arn": ARN},
)
KEPT = replace(CREATED, recorded=FlowLog(log_format=FORMAT, log_destination=BUCKET))


@pytest.mark.parametrize("op", ["same", "update", "refresh"])
@pytest.mark.parametrize("outputs", [None, {}, DEPLOYED["outputs"]])
def test_what_the_program_leaves_out_stays_what_aws_has(op: str, outputs: object) -> None:
    kept = row(inputs=ASKED, outputs=outputs)
    assert read(step(op, DEPLOYED, kept)) == ((KEPT,), frozenset())


def test_outputs_count_where_the_new_inputs_say_otherwise() -> None:
    old = row(id=FL_1, inputs={"vpcId": VPC}, outputs={"arn": ARN, "tags": {"A": "1"}})
    asked = new(vpcId=VPC, tags={"A": "1"})
    # Compared with the old inputs the tag would be news.
    assert read(step("update", old, asked))[0] == (
        replace(CREATED, recorded=None, pending_fields=frozenset({"Tags.A"})),
    )


def test_what_the_program_now_says_of_its_own_accord_is_not_about_to_change() -> None:
    asked = {**ASKED, **COMPUTED_BY_AWS}
    old = row(id=FL_1, inputs=ASKED, outputs=DEPLOYED["outputs"])
    [found] = read(step("update", old, row(inputs=asked)))[0]
    assert (found.recorded, found.pending_fields) == (None, frozenset())


def test_a_log_group_that_is_now_given_by_its_arn_is_not_about_to_change() -> None:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:x"
    outputs = {"arn": ARN, "logGroupName": "x", "logDestination": group}
    old = row(id=FL_1, inputs={**ASKED, "logGroupName": "x"}, outputs=outputs)
    [same] = read(step("same", old, new(**ASKED, logDestination=group)))[0]
    assert same.pending_fields == frozenset()
    [other] = read(step("update", old, new(**ASKED, logDestination=f"{group}y")))[0]
    assert other.pending_fields == frozenset({"LogDestination"})


def test_outputs_that_are_only_planned_are_not_recorded() -> None:
    planned = row(inputs=ASKED, outputs={**ASKED, "logFormat": UNKNOWN, "logDestination": UNKNOWN})
    assert read(step("update", DEPLOYED, planned))[0] == (KEPT,)


def test_what_was_refreshed_is_recorded_anew() -> None:
    refreshed = row(id=FL_1, inputs=ASKED, outputs={"arn": ARN, "logFormat": "${action}"})
    assert read(step("refresh", DEPLOYED, refreshed))[0] == (
        replace(CREATED, recorded=FlowLog(log_format="${action}")),
    )


def test_without_an_old_state_the_new_one_may_tell_what_is_recorded() -> None:
    assert read(step("same", None, DEPLOYED | {"inputs": ASKED}))[0] == (KEPT,)


@pytest.mark.parametrize(
    ("old", "planned", "expected"),
    [(False, True, True), (True, False, True), (True, None, True), (False, None, False)],
)
def test_protection(old: bool, planned: bool | None, *, expected: bool) -> None:
    asked = row(inputs=ASKED, protect=planned)
    [found] = read(step("update", DEPLOYED | {"protect": old}, asked))[0]
    assert found.protected is expected


TO_CREATE = replace(CREATED, lifecycle=Lifecycle.TO_CREATE, flow_log_id=None, recorded=None)


def test_a_create() -> None:
    assert read(step("create", None, new(vpcId=VPC, tags={"A": "1"}))) == (
        (replace(TO_CREATE, account=None, region=None),),
        frozenset(),
    )


REPLACEMENT = new(vpcId=VPC, tags={"A": "1"}, trafficType="ALL")


@pytest.mark.parametrize(
    "ops",
    [
        ["replace"],
        ["create-replacement", "replace", "delete-replaced"],
        ["delete-replaced", "replace", "create-replacement"],
    ],
)
def test_a_replacement_is_one_flow_log_in_one_step_or_three(ops: list[str]) -> None:
    steps = [step(op, OLD, None if op == "delete-replaced" else REPLACEMENT) for op in ops]
    flow_log = FlowLog(resource_id=VPC, tags={"A": "1"}, traffic_type="ALL")
    assert read(*steps) == ((replace(TO_CREATE, flow_log=flow_log),), frozenset({FL_1}))


@pytest.mark.parametrize("op", ["delete", "discard"])
def test_what_will_be_deleted_is_not_declared(op: str) -> None:
    assert read(step(op, OLD)) == ((), frozenset({FL_1}))


@pytest.mark.parametrize("op", ["read", "read-replacement"])
def test_what_is_only_read_is_not_declared(op: str) -> None:
    assert read(step(op, None, row(id=FL_1, external=True))) == ((), frozenset({FL_1}))


@pytest.mark.parametrize("op", ["refresh", "same", "update", "create"])
def test_what_is_not_pulumis_own_is_not_declared_whatever_the_operation(op: str) -> None:
    external = row(id=FL_1, external=True, inputs=ASKED)
    assert read(step(op, None, external)) == ((), frozenset({FL_1}))
    assert read(step(op, external, external)) == ((), frozenset({FL_1}))
    assert read(step(op, external)) == ((), frozenset({FL_1}))


def test_what_becomes_pulumis_own_is_declared() -> None:
    external = row(id=FL_1, external=True, inputs=ASKED)
    flow_logs, claimed = read(
        step("create-replacement", external, new(**ASKED)), step("discard-replaced", external)
    )
    assert flow_logs == (replace(TO_CREATE, account=None, region=None),)
    assert claimed == frozenset({FL_1})


def test_an_import_is_there_already() -> None:
    imported = row(importID=FL_1, inputs={"vpcId": VPC, "tags": {"A": "1"}})
    assert read(step("import", None, imported)) == (
        (replace(CREATED, recorded=None, account=None, region=None),),
        frozenset(),
    )


def test_an_import_in_place_of_another_claims_that_one() -> None:
    imported = row(importID=FL_2, inputs={"vpcId": VPC, "tags": {"A": "1"}})
    [found], claimed = read(step("import-replacement", OLD, imported))
    assert (found.flow_log_id, found.lifecycle) == (FL_2, Lifecycle.CREATED)
    assert claimed == frozenset({FL_1})


@pytest.mark.parametrize("op", ["delete-replaced", "delete", "refresh"])
def test_an_old_copy_that_an_earlier_deployment_left_decides_nothing(op: str) -> None:
    left = row(id=FL_2, delete=True, inputs={"vpcId": VPC})
    assert read(step("same", OLD, OLD), step(op, left)) == ((CREATED,), frozenset({FL_2}))
    assert read(step(op, left)) == ((), frozenset({FL_2}))


# -- with --refresh -------------------------------------------------------------------------------


def test_a_refresh_by_itself_changes_nothing() -> None:
    assert read(step("refresh", OLD)) == ((CREATED,), frozenset())


def test_what_the_refresh_found_gone_is_created_anew() -> None:
    created = step("create", None, new(vpcId=VPC, tags={"A": "1"}))
    assert read(step("delete", OLD), created) == ((TO_CREATE,), frozenset({FL_1}))


def test_what_the_refresh_found_changed_is_changed_back() -> None:
    refreshed = row(id=FL_1, inputs={"vpcId": VPC, "tags": {"A": "9"}}, outputs=OLD["outputs"])
    asked = new(vpcId=VPC, tags={"A": "1"})
    assert read(step("update", OLD, refreshed), step("update", refreshed, asked)) == (
        (replace(CREATED, pending_fields=frozenset({"Tags.A"})),),
        frozenset(),
    )


# -- which resource a step is about ---------------------------------------------------------------


def test_the_old_state_may_have_another_name_by_an_alias() -> None:
    renamed = OLD | {"urn": f"{STACK}::{AWS}::old-name"}
    asked = new(**ASKED)
    assert read({**step("same", renamed, asked), "urn": asked["urn"]})[0] == (CREATED,)
    assert read({**step("same", renamed), "urn": asked["urn"]})[0] == (CREATED,)


@pytest.mark.parametrize("kind", ["aws:ec2/vpc:Vpc", "", NATIVE])
def test_the_urn_of_a_step_outranks_the_type_of_its_states(kind: str) -> None:
    asked = new(**ASKED)
    steps = step("same", OLD | {"type": kind}, asked | {"type": kind})
    assert read(steps)[0] == (CREATED,)


@pytest.mark.parametrize(
    "urn",
    [
        "x",
        f"urn:pulumi:prod::{AWS}::a",
        f"urn:pulumi:--all::net::{AWS}::a",
        f"{STACK}::{AWS}::",
    ],
)
def test_a_flow_log_with_a_malformed_urn_is_refused(urn: str) -> None:
    asked = new(**ASKED) | {"urn": urn}
    assert refusal(lambda: declared(step("create", None, asked))) == (
        f"preview.json has a flow log with a malformed URN: {urn!r}."
    )


# -- what a preview does not tell -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (step("update", OLD), replace(CREATED, flow_log=unreadable(MALFORMED), recorded=None)),
        (step("surprise", OLD), replace(CREATED, flow_log=unreadable(MALFORMED), recorded=None)),
        (
            step("create"),
            replace(TO_CREATE, flow_log=unreadable(MALFORMED), account=None, region=None),
        ),
        (step("replace", OLD), replace(TO_CREATE, flow_log=unreadable(MALFORMED))),
        (
            step("same"),
            DeclaredFlowLog(
                urn=f"{STACK}::{AWS}::a",
                project="net",
                stack="prod",
                source="preview.json",
                provider=Provider.AWS,
                flow_log=unreadable(MALFORMED),
            ),
        ),
    ],
    ids=["update", "unknown operation", "create", "replace", "same"],
)
def test_a_step_without_its_new_state_is_declared_and_unknown(
    found: Row, expected: DeclaredFlowLog
) -> None:
    assert read(found)[0] == (expected,)


def test_secrets_and_unknowns() -> None:
    created = new(vpcId=UNKNOWN, logDestination="[secret]", tags={"A": UNKNOWN, "B": "[secret]"})
    [flow_log] = read(step("create", None, created))[0]
    assert flow_log.flow_log == FlowLog(
        resource_id=COMPUTED, log_destination=SECRET, tags={"A": COMPUTED, "B": SECRET}
    )


SAME_VPC = {"op": "same", "urn": f"{STACK}::aws:ec2/vpc:Vpc::main"}
CREATE = step("create", None, new(vpcId=VPC))


@pytest.mark.parametrize(
    ("steps", "summary", "expected"),
    [
        # The stack itself is always listed.
        ([CREATE], {"same": 1, "create": 1}, True),
        ([CREATE], {"same": 2, "create": 1}, False),
        ([CREATE, SAME_VPC], {"same": 2, "create": 1}, True),
        # Listed because its protection changes.
        ([SAME_VPC], {"same": 3}, False),
        ([CREATE], {"create": 2}, True),
        ([CREATE], None, False),
        ([CREATE, SAME_VPC], None, True),
        ([CREATE, SAME_VPC], {}, True),
    ],
)
def test_whether_it_lists_what_stays(
    steps: list[object], summary: object, *, expected: bool
) -> None:
    found = declared(*steps, changeSummary=summary)
    assert found.sources[0].lists_unchanged is expected


def test_the_configuration_tells_what_default_providers_are_not_there_to_tell() -> None:
    config = {
        "aws:region": "us-west-2",
        "aws:allowedAccountIds": '["210987654321"]',
        "aws:defaultTags": '{"tags":{"Team":"net"}}',
        "aws-native:region": "eu-west-1",
        "net:vpc": VPC,
    }
    default = f"{DEFAULT_PROVIDER}::{UNKNOWN}"
    explicit = f"{STACK}::pulumi:providers:aws::east"
    found = declared(
        {
            "op": "create",
            "urn": explicit,
            "newState": {
                "urn": explicit,
                "type": "pulumi:providers:aws",
                "custom": True,
                "inputs": {"region": "us-east-1"},
            },
        },
        step("create", None, row("a", provider=default, inputs={"vpcId": VPC})),
        step("create", None, row("b", NATIVE, inputs={"resourceId": VPC})),
        step("create", None, row("c", provider=f"{explicit}::{UNKNOWN}", inputs={"vpcId": VPC})),
        config=config,
    )
    assert [
        (one.name, one.region, one.account, one.flow_log.tags, one.provider_urn)
        for one in found.flow_logs
    ] == [
        ("a", "us-west-2", "210987654321", {"Team": "net"}, None),
        ("b", "eu-west-1", None, {}, None),
        ("c", "us-east-1", None, {}, explicit),
    ]


def test_a_preview_that_failed_is_not_read() -> None:
    diagnostics = [{"severity": "warning"}, {"severity": "error", "message": "hunter2"}]
    with pytest.raises(SourceError) as raised:
        declared(diagnostics=diagnostics)
    assert (raised.value.cause, raised.value.next_step) == (
        "preview.json is a preview that failed: it does not list everything that is declared.",
        "Run `pulumi preview`, repair what it reports, and write it again.",
    )


def test_a_preview_without_steps_tells_nothing_of_what_is_declared() -> None:
    assert sources.parse(b'{"duration": 7, "changeSummary": {}}', "p") == Declarations(
        sources=(DeclarationSource(source="p", lists_unchanged=False),)
    )


STEPS = st.fixed_dictionaries(
    {"op": st.sampled_from(sorted(previews._OUTCOMES)) | st.text(), "urn": st.just(CREATED.urn)},
    optional={"oldState": st.none() | ROWS, "newState": st.none() | ROWS},
)


@given(st.lists(STEPS | JSON, max_size=4))
def test_any_steps_are_read_or_refused(steps: list[object]) -> None:
    cause = refusal(lambda: declared(*steps))
    assert not cause or cause.startswith("preview.json ")


@given(st.lists(STEPS, max_size=4))
def test_a_urn_is_declared_at_most_once(steps: list[object]) -> None:
    try:
        found = declared(*steps)
    except DriftError:
        return
    assert len(found.flow_logs) <= 1
    assert not found.claimed_ids & {one.flow_log_id for one in found.flow_logs}
