"""Who may write where: roles and their inline policies.

IAM is of no region; `region` is here because `bridge` gives each resource one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from tests.engine.provider.bridge import all_tags
from tests.engine.provider.schema import Existing, Property
from tests.engine.provider.session import Session
from tests.engine.provider.tagging import entries, told
from tests.engine.provider.wire import Properties

_PATH: Final = "/"
_LONGEST_SESSION: Final = 3600.0


class Role:
    """`aws:iam/role:Role`, as far as a flow log needs one."""

    outputs: Final = frozenset({"arn"})
    properties: Final[Mapping[str, Property]] = {
        "name": Property(force_new=True, named=True),
        "path": Property(force_new=True, default=_PATH),
        "assumeRolePolicy": Property(),
        "forceDetachPolicies": Property(default=False),
        "maxSessionDuration": Property(default=_LONGEST_SESSION),
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Create one."""
        name = str(inputs["name"])
        session.client("iam").create_role(
            RoleName=name,
            Path=inputs["path"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            Tags=entries(all_tags(inputs)),
        )
        created = self.read(session, name)
        if created is None:
            raise RuntimeError(f"reading IAM Role ({name}): couldn't find resource")
        return created

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return it if it is there."""
        iam = session.client("iam")
        try:
            role = iam.get_role(RoleName=resource_id)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        return Existing(
            id=resource_id,
            outputs={
                "name": resource_id,
                "path": role["Path"],
                "arn": role["Arn"],
                "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
                "forceDetachPolicies": False,
                "maxSessionDuration": float(role["MaxSessionDuration"]),
                "region": session.region,
                "tagsAll": told(role),
            },
        )

    def retag(
        self, session: Session, resource_id: str, before: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Change its tags in place."""
        iam = session.client("iam")
        if gone := before.keys() - tags.keys():
            iam.untag_role(RoleName=resource_id, TagKeys=sorted(gone))
        if tags:
            iam.tag_role(RoleName=resource_id, Tags=entries(tags))

    def delete(self, session: Session, resource_id: str) -> None:
        """Delete it."""
        session.client("iam").delete_role(RoleName=resource_id)


class RolePolicy:
    """`aws:iam/rolePolicy:RolePolicy`, whose id is `role:name`."""

    outputs: Final[frozenset[str]] = frozenset()
    properties: Final[Mapping[str, Property]] = {
        "role": Property(force_new=True),
        "name": Property(force_new=True, named=True),
        "policy": Property(),
    }

    def create(self, session: Session, inputs: Properties) -> Existing:
        """Put one into a role."""
        role, name = str(inputs["role"]), str(inputs["name"])
        session.client("iam").put_role_policy(
            RoleName=role, PolicyName=name, PolicyDocument=inputs["policy"]
        )
        created = self.read(session, f"{role}:{name}")
        if created is None:
            raise RuntimeError(f"reading IAM Role Policy ({role}:{name}): couldn't find resource")
        return created

    def read(self, session: Session, resource_id: str) -> Existing | None:
        """Return it if it is there."""
        iam = session.client("iam")
        role, name = resource_id.split(":")
        try:
            policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            return None
        return Existing(
            id=resource_id,
            outputs={
                "role": role,
                "name": name,
                "policy": json.dumps(policy),
                "region": session.region,
            },
        )

    def delete(self, session: Session, resource_id: str) -> None:
        """Take it out of its role."""
        role, name = resource_id.split(":")
        session.client("iam").delete_role_policy(RoleName=role, PolicyName=name)
