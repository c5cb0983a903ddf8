"""What each kind of finding means, for whoever meets it far from this product's docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drift.findings import Kind

DOCUMENTATION: Final = "https://github.com/flow-log-drift/flow-log-drift/blob/main/docs/findings.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of finding as a rule of a scanner."""

    title: str
    says: str
    """One sentence."""
    why: str
    """Why it matters."""
    next_step: str
    security_severity: float
    """From 0 to 10, as CVSS; GitHub calls 7 and more high, 4 and more medium."""


RULES: Final = {
    Kind.REPLACED: Rule(
        title="Flow log replaced outside of Pulumi",
        says="The declared flow log was deleted, and another live one stands in its place.",
        why=(
            "It has another id, and perhaps another format, file layout or destination: tables "
            "and detections made for the declared one go blind without an error."
        ),
        next_step=(
            "Go back to what is declared, or adopt what is live, with the commands of the finding."
        ),
        security_severity=8.0,
    ),
    Kind.MISSING: Rule(
        title="Flow log deleted outside of Pulumi",
        says="The declared flow log is gone, and nothing stands in its place.",
        why="Its traffic is not recorded, and cannot be recovered later.",
        next_step="Deploy it again, or stop declaring it, with the commands of the finding.",
        security_severity=8.0,
    ),
    Kind.MODIFIED: Rule(
        title="Flow log is not as declared",
        says="The deployed flow log has the declared id, and a field other than a tag differs.",
        why=(
            "AWS lets nobody edit a flow log: the program or its state was changed and not "
            "deployed, so that what is recorded is not what was asked for."
        ),
        next_step=(
            "Deploy what is declared, or declare what is live, with the commands of the finding."
        ),
        security_severity=7.0,
    ),
    Kind.TAGS_MODIFIED: Rule(
        title="Flow log has other tags",
        says="Only tags of the flow log differ from the declaration.",
        why="Bills, owners and tag-based permissions follow tags.",
        next_step="Deploy to put the declared tags back, or declare the live ones.",
        security_severity=2.0,
    ),
    Kind.COLLISION: Rule(
        title="Flow log will collide with a live one",
        says="A flow log that is about to be created has a live twin.",
        why="AWS will answer FlowLogAlreadyExists, and the deployment will stop half-way.",
        next_step="Import the twin, or delete it before the deployment.",
        security_severity=2.0,
    ),
    Kind.UNMANAGED: Rule(
        title="Flow log that no program declares",
        says="A live flow log is declared by nothing that was read.",
        why="It costs, it may send records to a stranger, and nobody's program keeps it as it is.",
        next_step="Find out whose it is; then import it or delete it.",
        security_severity=4.0,
    ),
    Kind.UNDELIVERED: Rule(
        title="Flow log is not delivered",
        says="The flow log exists, but AWS does not deliver its records.",
        why="The evidence is lost as surely as without a flow log.",
        next_step="Mend the role, the bucket policy or the stream that AWS's message points to.",
        security_severity=7.0,
    ),
    Kind.UNVERIFIED: Rule(
        title="Flow log could not be verified",
        says="A flow log, a source, or an account and region could not be read or compared.",
        why="Drift there would go unseen: what could not be read is neither in sync nor missing.",
        next_step="Follow the finding: most often a permission or a region is missing.",
        security_severity=4.0,
    ),
}
