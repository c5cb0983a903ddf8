"""Values that are secret, or not known yet, at every position: all else is judged all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from drift.declared.values import Json
from drift.findings import REDACTED
from drift.live.terms import Target
from drift.model import (
    DestinationOptions,
    FlowLog,
    Inventory,
    Listing,
    LiveFlowLog,
    Narrowing,
    Provider,
)
from drift.policy import rules, verdicts
from drift.policy.as_sent import as_sent
from drift.policy.asked import read
from drift.policy.catalog import Name, Scope
from drift.policy.judgement import Judge
from drift.policy.options import Settings
from drift.policy.secrets import Secrets, secret_texts
from tests.policy.engine import UNKNOWN, Properties, Resource, output, secret
from tests.policy.stack import ACCOUNT, AWS, FLOW_LOG, NATIVE_FLOW_LOG, REGION, as_seen
from tests.policy.stack import seen_properties as seen
from tests.policy.test_options import card

HUSH = "hush"
ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/fl-1"
COMMON: dict[str, Json] = {
    "trafficType": HUSH,
    "logDestinationType": HUSH,
    "logDestination": f"arn:aws:s3:::{HUSH}",
    "logGroupName": HUSH,
    "logFormat": f"${{version}}  $${{{HUSH}}} ${{{HUSH}}} {HUSH}",
    "maxAggregationInterval": 4711,
    "deliverCrossAccountRole": HUSH,
    "destinationOptions": {
        "fileFormat": HUSH,
        "hiveCompatiblePartitions": True,
        "perHourPartition": True,
    },
    "tagFieldSpecifications": [{"resourceType": HUSH, "tagKeys": [HUSH, HUSH, HUSH]}],
}
CLASSIC: dict[str, Json] = {
    **COMMON,
    "vpcId": f"vpc-{HUSH}",
    "iamRoleArn": HUSH,
    "tags": {"Owner": HUSH},
    "tagsAll": {"Owner": HUSH, "Team": HUSH},
}
NATIVE: dict[str, Json] = {
    **COMMON,
    "resourceId": f"vpc-{HUSH}",
    "deliverLogsPermissionArn": HUSH,
    "tags": [{"key": "Owner", "value": HUSH}],
}
SETTINGS = Settings(
    lists={"requiredFields": ("action",), "allowedDestinations": ("nowhere",)},
    texts={"fileFormat": "parquet"},
    flags={"hiveCompatiblePartitions": False, "perHourPartition": False},
)

SAID_OTHERWISE = {FLOW_LOG: {"logGroupName", "tags"}, NATIVE_FLOW_LOG: {"logGroupName"}}
"""There is a logDestination, and there are tagsAll, which go first."""

Path = tuple[str | int, ...]


def positions(value: Json, path: Path = ()) -> Iterator[Path]:
    """Yield the way to everything inside a value."""
    match value:
        case dict():
            for key, inner in value.items():
                yield (*path, key)
                yield from positions(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield (*path, index)
                yield from positions(inner, (*path, index))
        case _:
            pass


def with_it(value: Json, path: Path, wrap: object) -> Json:
    """Return the value with what is at the end of the way wrapped."""
    if not path:
        return wrap(value) if callable(wrap) else UNKNOWN
    key, *rest = path
    match value:
        case dict():
            return {
                name: with_it(inner, tuple(rest), wrap) if name == key else inner
                for name, inner in value.items()
            }
        case list():
            return [
                with_it(inner, tuple(rest), wrap) if index == key else inner
                for index, inner in enumerate(value)
            ]
        case _:
            raise AssertionError(path)


def all_said(kind: str, properties: Properties) -> str:
    """Return everything that any policy, and the list of what was not judged, says."""
    said: list[str] = []
    live = LiveFlowLog(
        flow_log_id="fl-1",
        account=ACCOUNT,
        region=REGION,
        flow_log=FlowLog(
            resource_id="vpc-other",
            traffic_type="other",
            log_destination_type="other",
            log_destination="other",
            log_format="other",
            max_aggregation_interval=60,
            destination_options=DestinationOptions(file_format="other"),
            tags={"Owner": "other", "Team": "other"},
        ),
    )

    def ask(_targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
        listing = Listing(account=ACCOUNT, region=REGION, flow_logs=(live,))
        return Inventory(listings=(listing,), narrowing=narrowing)

    asked = read(Provider(kind), as_sent(seen(properties)))
    for name, rule in rules.RULES.items():
        assert card(name).scope is Scope.RESOURCE
        said += rule.problems(asked, SETTINGS)
    judge = Judge(is_preview=lambda: True, ask=ask, announce=said.append)
    flow_log = Resource(
        type=kind, name="a", provider=AWS, properties={"id": "fl-1", "arn": ARN, **properties}
    )
    judgement = judge.judgement(Name.MODIFIED, as_seen(flow_log))
    for name in Name:
        if card(name).scope is Scope.STACK:
            said += (one.message for one in verdicts.violations(name, judgement, Settings()))
    return "\n".join(said)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [(FLOW_LOG, CLASSIC), (NATIVE_FLOW_LOG, NATIVE)],
    ids=["aws", "aws-native"],
)
def test_a_secret_is_nowhere_in_what_is_said(kind: str, properties: dict[str, Json]) -> None:
    for sealed in (secret, lambda value: output(value=value, secret=True)):
        every = {name: sealed(value) for name, value in properties.items()}
        said = all_said(kind, every)
        assert REDACTED in said
        assert HUSH not in said
        assert "4711" not in said


@pytest.mark.parametrize(
    ("kind", "properties"),
    [(FLOW_LOG, CLASSIC), (NATIVE_FLOW_LOG, NATIVE)],
    ids=["aws", "aws-native"],
)
def test_something_that_is_hidden_hides_nothing_else(
    kind: str, properties: dict[str, Json]
) -> None:
    plain = all_said(kind, properties)
    assert HUSH in plain
    for path in positions(properties):
        for wrap in (secret, None):
            sealed = with_it(properties, path, wrap)
            assert isinstance(sealed, dict)
            said = " ".join(all_said(kind, sealed).split())
            assert "differ from the declaration" in said, path
            if wrap is None and path[0] not in SAID_OTHERWISE[kind]:
                assert "flow-log-drift did not judge:" in said, path


def test_texts_that_are_secret() -> None:
    sent: Properties = {
        "profile": secret("p"),
        "plain": "q",
        "roles": [{"arn": secret("r")}, secret({"id": ["s", 1]})],
        "text": secret('[{"arn": "t"}]'),
        "not JSON": secret("{u"),
    }
    found = {text for value in as_sent(seen(sent)).values() for text in secret_texts(value)}
    assert found == {"p", "r", "s", "t", '[{"arn": "t"}]', "{u"}


def test_a_secret_is_hidden_as_a_word() -> None:
    secrets = Secrets(texts=frozenset({"ci", "ci-deploy"}))
    assert secrets.hidden_in("ci: a recipe of 'ci-deploy'") == ("[secret]: a recipe of '[secret]'")
