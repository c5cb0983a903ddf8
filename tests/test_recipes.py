"""The recipes for CI servers: valid, of least permission, with every action pinned by its hash."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[1] / "examples" / "ci"
GITLAB = sorted(RECIPES.glob("*gitlab-ci.yml"))
GITHUB = sorted(set(RECIPES.glob("*.yml")) - set(GITLAB))
BIN = Path(sys.executable).parent


def linted(*command: str | Path) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_recipe_is_linted() -> None:
    assert {path.name for path in [*GITHUB, *GITLAB]} >= {
        "github-actions.yml",
        "gitlab-ci.yml",
        "gitlab-merge-request.gitlab-ci.yml",
        "nightly.yml",
        "preview.yml",
        "pull-request.yml",
    }


def test_workflows_fit_their_schema() -> None:
    linted("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *GITHUB)


def test_pipelines_fit_their_schema() -> None:
    linted("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *GITLAB)


def test_workflows_are_safe() -> None:
    linted("zizmor", "--offline", "--no-progress", "--persona", "pedantic", *GITHUB)


@pytest.mark.parametrize("recipe", GITHUB, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash(recipe: Path) -> None:
    used = re.findall(r"\buses: (.*)", recipe.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_has_one_version_everywhere() -> None:
    used = {
        (action.partition("@")[0], action)
        for recipe in GITHUB
        for action in re.findall(r"\buses: (.*)", recipe.read_text())
    }
    assert len(used) == len({name for name, _ in used})
