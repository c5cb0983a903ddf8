"""What a resource type is: its properties, and how AWS creates, tells, tags and deletes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tests.engine.provider.wire import Properties, Value

if TYPE_CHECKING:
    from tests.engine.provider.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property that a program can set, with what Terraform's schema says of it."""

    force_new: bool = False
    """A change replaces the resource."""
    default: Value = None
    computed: bool = False
    """AWS chooses where the program does not."""
    named: bool = False
    """The provider makes a name up where the program gives none."""
    block: bool = False
    """An object with members of its own; left out, what AWS says of it is no change."""
    members: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A resource that AWS has."""

    id: str
    outputs: Properties
    """Without `id` and `tags`, which follow: from the id, and from `tagsAll` and the defaults."""


class ResourceType(Protocol):
    """A resource type of the provider, `aws:module/name:Name` to Pulumi."""

    @property
    def properties(self) -> Mapping[str, Property]:
        """What a program can set, `tags` and `region` apart."""

    @property
    def outputs(self) -> frozenset[str]:
        """What only AWS tells, `id` and `tagsAll` apart."""

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one."""

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return what AWS tells of it; None for one that is not there."""

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it; that it is gone already is no error."""


@runtime_checkable
class Tagged(ResourceType, Protocol):
    """A resource type that has tags, which are all that changes in place here."""

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Give it those tags instead of those before."""
