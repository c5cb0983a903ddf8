"""cloud-custodian with its `flow-logs` filter: what people check flow logs with today."""

import os
import subprocess
import sys
from pathlib import Path

VERSION = "0.9.53"

POLICY = """\
policies:
  - name: flow-logs-differ
    resource: aws.vpc
    filters:
      - or:
          - not:
              - type: flow-logs
                attrs:
                  - FlowLogStatus: ACTIVE
                  - TrafficType: ALL
                  - LogDestination: arn:aws:s3:::acme-flow-log-archive/network/prod
                  - MaxAggregationInterval: 60
          - not:
              - type: flow-logs
                attrs:
                  - FlowLogStatus: ACTIVE
                  - TrafficType: ALL
                  - LogDestinationType: cloud-watch-logs
                  - MaxAggregationInterval: 600
"""
"""What the estate declares, as far as a policy can say it: by hand, for all VPCs alike."""


class NotInstallableError(Exception):
    """cloud-custodian cannot be had here; the message is the last line of what pip or venv said."""


def install() -> Path:
    """Return the `custodian` command of a virtual environment that is kept between runs.

    It is outside the checkout, and apart from drift's own: cloud-custodian pins another boto3.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "flow-log-drift" / f"bench-c7n-{VERSION}"
    ready = home / ".ready"
    if not ready.exists():
        _run(sys.executable, "-m", "venv", "--clear", home)
        _run(home / "bin" / "python", "-m", "pip", "install", "--quiet", f"c7n=={VERSION}")
        ready.touch()  # last, so that a half-finished one is begun again
    return home / "bin" / "custodian"


def _run(*argv: str | Path) -> None:
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    if result.returncode:
        raise NotInstallableError((result.stderr or result.stdout).strip().rpartition("\n")[2])
