"""The door: an AWS inside this process, in process or over HTTP, for as long as it is wanted."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final
from unittest.mock import patch

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.sts.models import sts_backends

from drift.demo.aws.console import Console
from drift.demo.aws.services import Ec2Backend, StsBackend
from drift.demo.aws.world import World

DEFAULT_REGION: Final = "us-east-1"

_USER: Final = "drift"

_in_use = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Keys of a user of some account."""

    access_key_id: str
    secret_access_key: str


class Aws(World):
    """AWS, all accounts and regions of it."""

    def console(
        self, *, account: str = DEFAULT_ACCOUNT_ID, region: str = DEFAULT_REGION
    ) -> Console:
        """Sign in to an account's console and choose a region."""
        return Console(account=account, region=region)

    def credentials(self, account: str = DEFAULT_ACCOUNT_ID) -> Credentials:
        """Return keys of a user of an account, always the same one."""
        iam = iam_backends[account]["aws"]
        user = iam.users.get(_USER) or iam.create_user(DEFAULT_REGION, _USER)
        key = user.access_keys[0] if user.access_keys else iam.create_access_key(_USER)
        return Credentials(access_key_id=key.access_key_id, secret_access_key=key.secret_access_key)

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Answer over HTTP too, on a free port of this machine; yield the endpoint's URL.

        Needs moto's extra `server`.
        """
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
        with patch.object(logging.getLogger("werkzeug"), "disabled", new=True):
            server.start()
            try:
                host, port = server.get_host_and_port()
                yield f"http://{host}:{port}"
            finally:
                server.stop()

    def environment(
        self,
        endpoint: str,
        *,
        account: str = DEFAULT_ACCOUNT_ID,
        region: str = DEFAULT_REGION,
    ) -> dict[str, str]:
        """Return what another program's environment needs to use this AWS and no other."""
        keys = self.credentials(account)
        return {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def extended_aws(*, seed: int | None = None) -> Iterator[Aws]:
    """Put an empty AWS in the place of the real one for every boto3 client of this process.

    A seed makes all ids the same each time. There can be one at a time, for moto keeps its state in
    module globals; at the end all of it is gone and moto is as it was.
    """
    if not _in_use.acquire(blocking=False):
        raise RuntimeError("there is an extended_aws() already, and moto has room for one")
    aws = Aws()
    random_state = mock_random.getstate()
    mock_random.seed(seed)
    try:
        with (
            # The 1300 machine images that moto has for each region take longer than all else here.
            patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}),
            patch.object(ec2_backends, "backend", partial(Ec2Backend, aws)),
            patch.object(sts_backends, "backend", partial(StsBackend, aws)),
            mock_aws(),
        ):
            yield aws
    finally:
        mock_random.setstate(random_state)
        _in_use.release()
