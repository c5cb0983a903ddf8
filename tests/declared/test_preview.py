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


@pytest.mark.parametrize("op", ["delete-replaced", "delete"])
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


# -- what a preview does not tell -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (step("update", OLD), replace(CREATED, flow_log=unreadable(MALFORMED))),
        (step("surprise", OLD), replace(CREATED, flow_log=unreadable(MALFORMED))),
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
