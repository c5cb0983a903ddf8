"""What the words of options mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.cli import values
from drift.errors import UsageError


@pytest.mark.parametrize(
    ("words", "folders"),
    [
        ([], {}),
        (["infra/net"], {None: "infra/net"}),
        (["./infra//net/"], {None: "infra/net"}),
        (["."], {None: "."}),
        (
            ["net=infra/net", "pay=b", "a"],
            {"net": "infra/net", "pay": "b", None: "a"},
        ),
        (["infra\\net"], {None: "infra/net"}),
    ],
    ids=["none", "one", "untidy", "root", "several", "backslash"],
)
def test_project_roots(words: list[str], folders: dict[str | None, str]) -> None:
    assert values.project_folders(words) == folders


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ([""], "--project-root '' names no folder"),
        (["net="], "--project-root 'net=' names no folder"),
        (["=infra"], "--project-root '=infra' names no folder"),
        (["/srv/infra"], "--project-root '/srv/infra' is not inside the repository"),
        (["../infra"], "--project-root '../infra' is not inside the repository"),
        (["a/../../b"], "--project-root 'a/../../b' is not inside the repository"),
        (["C:/infra"], "--project-root 'C:/infra' is not inside the repository"),
        (["a", "b"], "--project-root names two folders for every project"),
        (["net=a", "net=b"], "--project-root names two folders for net"),
    ],
    ids=[
        "empty",
        "no folder",
        "no project",
        "absolute",
        "above",
        "out",
        "drive",
        "two",
        "twice",
    ],
)
def test_project_roots_that_mean_nothing(words: list[str], cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        values.project_folders(words)
    assert caught.value.cause == cause


def test_the_folder_of_a_project_in_its_work_tree(tmp_path: Path) -> None:
    project = tmp_path / "infra" / "net"
    below = project / "tests" / "unit"
    below.mkdir(parents=True)
    (project / "Pulumi.yaml").touch()
    assert values.project_in_repository(project) is None
    (tmp_path / ".git").mkdir()
    assert values.project_in_repository(project) == "infra/net"
    assert values.project_in_repository(below) == "infra/net"
    assert values.project_in_repository(tmp_path) is None
    (tmp_path / "Pulumi.yml").touch()
    assert values.project_in_repository(tmp_path) == "."
