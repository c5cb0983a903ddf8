"""Ways to AWS: a provider's configuration, turned into boto3 clients."""

from __future__ import annotations

from typing import Any, Final

from tests.engine.provider.wire import Properties

_NAME: Final = "pulumi-resource-aws"


class Session:
    """AWS in one region, by way of a provider's profile, keys and roles."""

    def __init__(self, config: Properties, region: str) -> None:
        """Take a provider's configuration, and the region that a resource is in."""
        # Later than the engine waits for the provider to say its port.
        import boto3

        self.region = region
        self._session = boto3.Session(
            profile_name=_text(config, "profile"),
            aws_access_key_id=_text(config, "accessKey"),
            aws_secret_access_key=_text(config, "secretKey"),
            aws_session_token=_text(config, "token"),
            region_name=region,
        )
        roles = config.get("assumeRoles")
        for role in roles if isinstance(roles, list) else []:
            if isinstance(role, dict) and (arn := _text(role, "roleArn")):
                self._assume(arn, _text(role, "externalId"))

    def client(self, service: str) -> Any:  # noqa: ANN401 -- boto3's clients are made at run time
        """Return a client for a service."""
        return self._session.client(service)  # type: ignore[call-overload]  # any service

    def account(self) -> str:
        """Return the account whose keys these are."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something of this account in this region."""
        return f"arn:aws:{service}:{self.region}:{self.account()}:{resource}"

    def _assume(self, role_arn: str, external_id: str | None) -> None:
        import boto3

        options = {"ExternalId": external_id} if external_id else {}
        keys = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=_NAME, **options)[
            "Credentials"
        ]
        self._session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
        )


def _text(values: Properties, name: str) -> str | None:
    value = values.get(name)
    return value if value and isinstance(value, str) else None
