"""The policy pack in `pulumi preview` and `pulumi up` of a stack that is deployed.

What the engine shows of the pack is read as a person reads it. That the ways back bring a stack
back in sync is in test_check_stack.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import pytest

from drift.errors import ExitCode
from tests.engine.estate import DRIFT, PROGRAM, SHORT, UNDEPLOYED, Estate, edited
from tests.engine.shown import (
    BLOCKED,
    COLLISION,
    DESTINATION_OPTIONS,
    FORMAT_FIELDS,
    FORMAT_REFUSED,
    MISSING,
    MODIFIED,
    REPLACED,
    TAGS,
    UNDELIVERED,
    UNMANAGED,
    configured,
    preview,
    up,
)

pytestmark = [
    pytest.mark.engine,
    # The first of them may have to build the engine, which takes minutes.
    pytest.mark.timeout(300, func_only=True),
    pytest.mark.xdist_group("engine-policies"),
]

COMMANDS: Final = ("aws ", "pulumi ", "--", "- [")
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
MEDDLED: Final = {
    "lake": [REPLACED],
    "child": [REPLACED],
    "abroad-rejected": [REPLACED],
    "group": [MISSING],
    "silent": [MODIFIED],
    "subnet": [MODIFIED],
    "abroad": [TAGS],
}


def test_drift_stops_an_update(estate: Estate) -> None:
    project = estate.project
    ids = project.flow_log_ids()
    estate.meddle()
    assert {name: [policy for _, policy in said] for name, said in MEDDLED.items()} == {
        name: [kind] for name, (kind, _) in DRIFT.items()
    }
    before = estate.home.flow_logs(), estate.abroad.flow_logs()

    # The program goes on being developed: what is new neither hides the drift nor is deployed.
    project.write(UNDEPLOYED + FRESH)
    blocked = up(project, exit_code=BLOCKED)
    assert blocked.judgements == MEDDLED
    assert "fresh  ResourceId: not known before the deployment has run" in blocked.text
    assert (estate.home.flow_logs(), estate.abroad.flow_logs()) == before

    lake, group, abroad = (blocked.about(name) for name in ("lake", "group", "abroad"))
    assert "LogFormat:\n    - ${account-id} ${interface-id}" in lake.message
    assert "FileFormat: declared parquet, live plain-text" in lake.message
    assert "HiveCompatiblePartitions: declared true live false" in lake.flat
    assert "PerHourPartition: declared false, live true" in lake.message
    assert "no traffic was recorded" in lake.flat
    assert f"{ids['group']} is gone" in group.flat
    assert "Tags.Owner: declared net, live security" in abroad.message
    assert "was changed outside of Pulumi" in abroad.flat
    assert "the state was changed and not deployed" in blocked.about("subnet").flat
    # A terminal of 80 columns has room for all but what nobody can break: ids, the engine's lines.
    prose = [line for line in blocked.policies[2:] if not line.lstrip().startswith(COMMANDS)]
    assert max(map(len, prose)) <= 80

    # A run with a target sees the others as well, but for what it will not create.
    urn = "urn:pulumi:prod::net::aws:ec2/flowLog:FlowLog::lake"
    assert preview(project, "--target", urn, exit_code=BLOCKED).judgements == MEDDLED

    # Without a preview, nothing stands in front of the deployment that could stop it.
    late = up(project, "--skip-preview", exit_code=BLOCKED)
    assert late.judgements == MEDDLED
    assert "changed outside of Pulumi" in late.about("abroad").flat
    assert "fresh" in project.flow_log_ids()

    # One that reads AWS first finds that its own are gone: what it creates meets the stand-ins.
    refreshed = preview(project, "--refresh", exit_code=BLOCKED)
    assert refreshed.judgements == {
        "lake": [COLLISION],
        "child": [COLLISION],
        "abroad-rejected": [COLLISION],
        "subnet": [COLLISION],
        "silent": [MODIFIED],
        "abroad": [TAGS],
    }


def test_what_drift_toml_accepts_stops_nothing(estate: Estate) -> None:
    estate.meddle()
    estate.project.write(UNDEPLOYED)
    path = estate.project.directory / "drift.toml"
    project = replace(
        estate.project,
        environment={**estate.project.environment, "FLOW_LOG_DRIFT_CONFIG": str(path)},
    )
    # What one face calls a finding is the very same to the other.
    estate.project.run("pulumi stack export > state.json")
    estate.project.run("drift check state.json -o json=drift.json", exit_code=ExitCode.DRIFT)
    findings = json.loads((project.directory / "drift.json").read_text())["findings"]
    [lake] = [one for one in findings if one["urn"] and one["urn"].endswith("::lake")]
    project.run(f"drift accept {lake['fingerprint']} --reason 'Moves to the new lake.'")
    others = {name: said for name, said in MEDDLED.items() if name != "lake"}
    blocked = preview(project, exit_code=BLOCKED)
    assert blocked.judgements == others
    assert f"accepted by {path}: flow-log-replaced of lake" in blocked.text

    with path.open("a") as file:
        file.write("\n[[accept]]\nstack = 'net/prod'\nreason = 'A sandbox.'\n")
    assert preview(project).judgements == {}
    assert project.check("state.json").exit_code == ExitCode.IN_SYNC


def test_levels_and_configuration(estate: Estate) -> None:
    project = estate.project
    ids = project.flow_log_ids()
    estate.home.delete(ids["group"])
    estate.home.break_delivery(ids["silent"])
    estate.home.retag(ids["lake"], {"Owner": "security", "Case": "42"})
    twins = estate.twins()

    loud = configured(project, {"flow-log-tags-modified": "mandatory"})
    said = preview(project, *loud, exit_code=BLOCKED)
    assert said.judgements == {
        "silent": [UNDELIVERED],
        "group": [MISSING],
        "lake": [("mandatory", "flow-log-tags-modified")],
        "subnet": [UNMANAGED],
        "far": [UNMANAGED],
    }
    undelivered = said.about("silent")
    assert "AWS does not deliver: Access error." in undelivered.flat
    [look] = undelivered.commands("Look")
    assert "Access error" in project.run(look).stdout

    tolerant = configured(
        project,
        {
            "flow-log-missing": "disabled",
            "flow-log-tags-modified": {"ignoredTags": ["Case"]},
            "flow-log-unmanaged": {"exclude": list(twins.values())},
            "flow-log-format-fields": {"requiredFields": ["pkt-srcaddr"]},
            "flow-log-destination-options": {"perHourPartition": True},
        },
    )
    advised = preview(project, *tolerant)
    both = [DESTINATION_OPTIONS, FORMAT_FIELDS]
    assert advised.judgements == {
        "lake": [*both, TAGS],
        "silent": [*both, UNDELIVERED],
        "subnet": both,
        "abroad": both,
        "abroad-rejected": both,
        "group": [FORMAT_FIELDS],
        "child": [FORMAT_FIELDS],
    }
    assert "Tags.Owner" in advised.about("lake", TAGS).message
    assert "Case" not in advised.about("lake", TAGS).message

    # Advisory violations do not stop an update, a mandatory one of the program does at once.
    project.write(PROGRAM + FRESH)
    up(project, *tolerant)
    assert "fresh" in project.flow_log_ids()
    project.write(edited(PROGRAM, {f"{SHORT} ${{action}}": "$${version}"}) + FRESH)
    stopped = preview(project, *tolerant, exit_code=BLOCKED)
    assert FORMAT_REFUSED in stopped.judgements["child"]
    assert "write ${version}" in stopped.about("child", FORMAT_REFUSED).flat

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
        one for one in preview(project, *misspelt).violations if one.policy == "flow-log-missing"
    ]
    assert "exclud: there is no such key; there is exclude" in violation.flat
