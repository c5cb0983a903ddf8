"""A copy of the pack that runs in drift's own environment, for `--policy-pack`."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from drift import __version__
from drift.errors import DriftError
from drift.outputs import write_files

_FILES: Final = ("PulumiPolicy.yaml", "__main__.py", "requirements.txt")
_NEEDED: Final = ("pulumi", "pulumi_policy")


def write(folder: Path | None = None) -> Path:
    """Write the pack into a folder, by default one of the user's cache; return its path."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise DriftError(
            f"the policy pack needs the Python package {missing[0]}, which is not installed",
            next_step=(
                "install 'flow-log-drift[policy]' in place of flow-log-drift, as you installed it: "
                "pip, pipx and uv tool all take the extra"
            ),
        )
    home = Path(sys.prefix)
    target = folder if folder is not None else _cache() / _key(home)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DriftError(
            f"cannot make the folder {target}: {error.strerror}",
            next_step="name another one: drift policy-pack DIR",
        ) from error
    _refuse_overwriting(target)
    template = _template()
    texts = {name: (template / name).read_text(encoding="utf-8") for name in _FILES}
    texts["PulumiPolicy.yaml"] = _described(texts["PulumiPolicy.yaml"], home)
    write_files({target / name: text for name, text in texts.items()})
    return target.resolve()


def _refuse_overwriting(target: Path) -> None:
    """Leave a Pulumi program, or another pack, as it is: they have files of the same names."""
    theirs = [name for name in _FILES if (target / name).exists()]
    if theirs and not _is_ours(target / "PulumiPolicy.yaml"):
        raise DriftError(
            f"{target} has a {theirs[0]} that is not this pack's",
            next_step="name a folder of its own: drift policy-pack DIR",
        )


def _is_ours(description: Path) -> bool:
    try:
        return "name: flow-log-drift" in description.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False


def _described(description: str, home: Path) -> str:
    """Return PulumiPolicy.yaml with the environment that the pack is to run in.

    Where drift is installed into no environment of its own, python3 on PATH has to do.
    """
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        return description
    lines = [line for line in description.splitlines() if not line.startswith(("#", "runtime:"))]
    return "\n".join(
        [
            "# Written by `drift policy-pack`.",
            *lines,
            "runtime:",
            "  name: python",
            "  options:",
            # A JSON string is a YAML string, whatever is in the path.
            f"    virtualenv: {json.dumps(str(home))}",
            "",
        ]
    )


def _template() -> Path:
    """Return the folder of the pack's files: beside this module in a wheel, else the checkout's."""
    shipped = Path(__file__).with_name("pack")
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "policy_pack"


def _cache() -> Path:
    """Return where a user's programs keep what can be made again."""
    if os.name == "nt":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "flow-log-drift"


def _key(home: Path) -> str:
    """Name the copy by version and environment: two environments never share one."""
    return f"policy-pack-{__version__}-{hashlib.sha256(str(home).encode()).hexdigest()[:8]}"
