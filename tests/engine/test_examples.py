"""The examples as a reader runs them: previewed with the policy pack, deployed, and in sync."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from drift.demo.aws import Aws
from tests.engine.conftest import NewProject
from tests.engine.engine import Done, Project

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300, func_only=True)]

ROOT = Path(__file__).parents[2]
CONFIG = {
    "cloudwatch-logs": {},
    "firehose-across-accounts": {"securityRoleArn": "arn:aws:iam::222222222222:role/deploy"},
    "s3-data-lake": {},
    "transit-gateway": {},
}
"""The examples, and what each wants to be told."""
PACK = ("--policy-pack", "policy_pack")
MAIN = re.compile(r"^main: examples/(\S+)$", re.MULTILINE)


def test_each_is_run() -> None:
    programs = {path.parent.name for path in (ROOT / "examples").glob("*/__main__.py")}
    assert programs == CONFIG.keys()
    assert MAIN.findall((ROOT / "Pulumi.yaml").read_text()) == ["s3-data-lake"]


@pytest.mark.parametrize("example", CONFIG)
def test_example(new_project: NewProject, aws: Aws, example: str) -> None:
    project = checkout(new_project(""), example)

    # First the pack judges what the program asks for, then also what is live.
    assert_no_violation(project.preview(*PACK))
    assert_no_violation(project.up(*PACK))

    check = project.check()
    assert check.exit_code == 0
    assert check.report["verdict"] == "in-sync"
    assert check.in_sync.keys() == project.flow_log_ids().keys()
    assert [entry["DeliverLogsStatus"] for entry in aws.console().flow_logs()] == ["SUCCESS"]
    project.refresh("--expect-no-changes")

    project.run("pulumi destroy --skip-preview")
    assert aws.console().flow_logs() == []


def checkout(project: Project, example: str) -> Project:
    """Put the root of the repository there, with that example as its program."""
    for folder in ("examples", "policy_pack"):
        shutil.copytree(
            ROOT / folder,
            project.directory / folder,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    (project.directory / "__main__.py").unlink()
    manifest = MAIN.sub(f"main: examples/{example}", (ROOT / "Pulumi.yaml").read_text())
    (project.directory / "Pulumi.yaml").write_text(manifest)
    project.run(f"pulumi stack init {project.stack}")
    for key, value in CONFIG[example].items():
        project.run(f"pulumi config set {key} {value}")
    return project


def assert_no_violation(done: Done) -> None:
    """Check that the pack was asked, and has nothing to say, not even by way of advice."""
    _, asked, said = done.stdout.partition("\nPolicies:\n")
    assert asked, str(done)
    pack, blank, *_ = said.splitlines()
    assert pack.startswith("    ✅ flow-log-drift@"), str(done)
    assert not blank, str(done)
