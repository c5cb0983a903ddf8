"""The tables, as the newest migration leaves them; a test holds the two together."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import JSON, DateTime, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_UNSTORABLE: Final = re.compile("[\\\\\x00\ud800-\udfff]")
_STORED: Final = re.compile(r"\\u([0-9a-f]{4})")


class Foreign(TypeDecorator[str]):
    """Text of others, which may hold what no database stores: NUL, half a surrogate pair."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value and _STORED.sub(lambda found: chr(int(found[1], 16)), value)


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite has none with an offset."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """All tables; their names begin alike, since a team's database may hold other things too."""

    type_annotation_map = {str: Foreign, datetime: Moment}


class Estate(Base):
    """What is checked night after night, of which the history is."""

    __tablename__ = "drift_estates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(unique=True)
    """As given by `--name`; None for one that is known by the stacks of its runs."""


class Run(Base):
    """One run of `drift report`."""

    __tablename__ = "drift_runs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    """The order in which runs were recorded."""
    estate_id: Mapped[int] = mapped_column(
        ForeignKey("drift_estates.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    verdict: Mapped[str]
    tool_version: Mapped[str]
    declared: Mapped[int]
    live: Mapped[int]
    in_sync: Mapped[int]
    drifted: Mapped[int]
    """Findings that counted as drift."""
    other: Mapped[int]
    unverified: Mapped[int]
    accepted: Mapped[int]
    new: Mapped[int]
    still_open: Mapped[int]
    resolved: Mapped[int]
    unseen: Mapped[int]
    """Findings of earlier runs of which nobody can say."""


class RunStack(Base):
    """A stack that a run had a source of."""

    __tablename__ = "drift_run_stacks"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("drift_runs.id", ondelete="CASCADE"), primary_key=True
    )
    project: Mapped[str] = mapped_column(primary_key=True)
    stack: Mapped[str] = mapped_column(primary_key=True)


class RunPlace(Base):
    """How much was open in an account and region at a run."""

    __tablename__ = "drift_run_places"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("drift_runs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str | None]
    region: Mapped[str | None]
    drifted: Mapped[int]
    other: Mapped[int]
    unverified: Mapped[int]


class FindingRow(Base):
    """A finding as it was last seen."""

    __tablename__ = "drift_findings"
    __table_args__ = (UniqueConstraint("estate_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    estate_id: Mapped[int] = mapped_column(ForeignKey("drift_estates.id", ondelete="CASCADE"))
    fingerprint: Mapped[str]
    kind: Mapped[str]
    message: Mapped[str]
    source: Mapped[str | None]
    project: Mapped[str | None]
    stack: Mapped[str | None]
    urn: Mapped[str | None]
    declared_file: Mapped[str | None]
    declared_line: Mapped[int | None]
    account: Mapped[str | None]
    region: Mapped[str | None]
    resource_id: Mapped[str | None]
    declared_id: Mapped[str | None]
    live_id: Mapped[str | None]
    live_created_at: Mapped[str | None]
    differences: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    accepted_reason: Mapped[str | None]
    accepted_owner: Mapped[str | None]
    accepted_until: Mapped[str | None]


class Sighting(Base):
    """How a finding stood at a run; it knows its age, so that older runs may be forgotten."""

    __tablename__ = "drift_sightings"
    __table_args__ = (Index("ix_drift_sightings_finding_id", "finding_id"),)

    run_id: Mapped[int] = mapped_column(
        ForeignKey("drift_runs.id", ondelete="CASCADE"), primary_key=True
    )
    finding_id: Mapped[int] = mapped_column(
        ForeignKey("drift_findings.id", ondelete="CASCADE"), primary_key=True
    )
    standing: Mapped[str]
    """One of `Standing`, or `accepted`."""
    first_seen: Mapped[datetime]
    nights: Mapped[int]
    was: Mapped[str | None]
