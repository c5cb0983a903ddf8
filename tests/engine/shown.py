"""What a preview and an update show of the policy pack, and what `drift check` shows, as text.

Read as a person reads it: who is said what about, and which commands stand below which label.
"""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.engine.engine import Done, Project

PACK: Final = Path(__file__).parents[2] / "policy_pack"
BLOCKED: Final = 255
"""How the CLI ends where a mandatory policy is violated."""

REPLACED: Final = ("mandatory", "flow-log-replaced")
MISSING: Final = ("mandatory", "flow-log-missing")
MODIFIED: Final = ("mandatory", "flow-log-modified")
TAGS: Final = ("advisory", "flow-log-tags-modified")
COLLISION: Final = ("advisory", "flow-log-collision")
UNDELIVERED: Final = ("advisory", "flow-log-undelivered")
UNMANAGED: Final = ("advisory", "flow-log-unmanaged")
UNVERIFIED: Final = ("mandatory", "flow-log-unverified")
FORMAT_REFUSED: Final = ("mandatory", "flow-log-format")
FORMAT_FIELDS: Final = ("advisory", "flow-log-format-fields")
DESTINATION: Final = ("mandatory", "flow-log-destination")
DESTINATION_OPTIONS: Final = ("advisory", "flow-log-destination-options")
BARE_VPC: Final = ("advisory", "vpc-without-flow-log")

_PACK: Final = re.compile(r" {4}(?:✅|⚠️|❌) flow-log-drift@")
_HEAD: Final = re.compile(
    r" {8}- \[(?P<level>\w+)\]  (?P<policy>[\w-]+)  \([^ ]+: (?P<resource>.+)\)"
)
_FINDING: Final = re.compile(
    r"^flow-log-[\w-]+  (?P<name>\S+)  [0-9a-f]{12}\n(?P<message>(?:(?:  .*)?\n)+)", re.MULTILINE
)
_COMMAND: Final = re.compile(r"^(?:aws|pulumi) (?:.*\\\n)*.*$", re.MULTILINE)
_LABEL: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a policy says."""

    level: str
    policy: str
    resource: str
    message: str

    @property
    def flat(self) -> str:
        """The message without its line breaks."""
        return " ".join(self.message.split())

    def commands(self, label: str) -> list[str]:
        """Return the commands below a label of the message, exactly as they are to be pasted."""
        return commands(self.message, label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a preview or an update with the pack writes."""

    text: str

    @property
    def policies(self) -> list[str]:
        """The lines below `Policies:`, the last time that it is there; the pack has to be."""
        _, found, rest = self.text.rpartition("\nPolicies:\n")
        lines = rest.splitlines()
        assert found, self.text
        assert _PACK.match(lines[0]), self.text
        end = next((at for at, line in enumerate(lines) if line[:1].strip()), len(lines))
        return lines[:end]

    @property
    def violations(self) -> list[Violation]:
        """What the policies say."""
        lines = self.policies
        heads = [(at, found) for at, line in enumerate(lines) if (found := _HEAD.fullmatch(line))]
        ends = [*(at for at, _ in heads), len(lines)][1:]
        return [
            Violation(
                level=found["level"],
                policy=found["policy"],
                resource=found["resource"],
                message=textwrap.dedent("\n".join(lines[start + 1 : end])).strip(),
            )
            for (start, found), end in zip(heads, ends if heads else [], strict=True)
        ]

    @property
    def judgements(self) -> dict[str, list[tuple[str, str]]]:
        """Who is said what about: levels and policies by name of resource."""
        found: dict[str, list[tuple[str, str]]] = {}
        for violation in self.violations:
            found.setdefault(violation.resource, []).append((violation.level, violation.policy))
        return {name: sorted(said) for name, said in found.items()}

    def about(self, resource: str, policy: tuple[str, str] | None = None) -> Violation:
        """Return the one violation about a resource, or the one of a policy about it."""
        [violation] = [
            one
            for one in self.violations
            if one.resource == resource and policy in {None, (one.level, one.policy)}
        ]
        return violation

    def after(self, heading: str) -> str:
        """Return what comes after a heading, which has to be there."""
        _, found, rest = self.text.partition(heading)
        assert found, self.text
        return rest


def preview(project: Project, *options: str, pack: str | Path = PACK, exit_code: int = 0) -> Shown:
    """Preview with the pack."""
    return _shown(project.preview("--policy-pack", str(pack), *options, exit_code=exit_code))


def up(project: Project, *options: str, exit_code: int = 0) -> Shown:
    """Preview and update with the pack, as a person does."""
    words = ["pulumi", "up", "--yes", "--stack", project.stack, "--policy-pack", str(PACK)]
    return _shown(project.run(shlex.join([*words, *options]), exit_code=exit_code))


def _shown(done: Done) -> Shown:
    return Shown(text=f"{done.stdout}{done.stderr}")


def configured(project: Project, configuration: Mapping[str, object]) -> tuple[str, str]:
    """Return the options that configure the pack so."""
    path = project.directory.with_name("policies.json")
    path.write_text(json.dumps(configuration))
    return "--policy-pack-config", str(path)


def findings(report: str) -> dict[str, str]:
    """Return what the text of `drift check` says of each flow log, as a policy's message does."""
    return {found["name"]: textwrap.dedent(found["message"]) for found in _FINDING.finditer(report)}


def commands(message: str, label: str) -> list[str]:
    """Return the commands below a label, exactly as they are to be pasted, line breaks and all."""
    lines = message.splitlines()
    start = next(at for at, line in enumerate(lines) if line[:_LABEL] == label.ljust(_LABEL))
    rest = lines[start + 1 :]
    end = next((at for at, line in enumerate(rest) if line[:_LABEL].strip()), len(rest))
    below = [lines[start], *rest[:end]]
    return _COMMAND.findall("\n".join(line[_LABEL:] for line in below))
