"""The state of a stack by way of the `pulumi` command, for any backend that it is logged in to."""

from __future__ import annotations

import re
from os import environ
from pathlib import Path
from typing import Final

from drift.declared import state
from drift.errors import SourceError
from drift.model import Declarations

_SECONDS: Final = 300.0
"""A large stack takes a while to come from a remote backend."""

_HINTS: Final = (
    # part of what pulumi says, in lower case, and what helps
    (
        "no pulumi.yaml project file found",
        "Run `drift check` in the folder of the Pulumi program, or give a SOURCE.",
    ),
    (
        "no stack selected",
        "Choose one with `pulumi stack select`, or name it: `drift check --stack NAME`.",
    ),
    ("no stack named", "See `pulumi stack ls` for the stacks that there are."),
    ("pulumi_access_token", "Log in with `pulumi login`, or set PULUMI_ACCESS_TOKEN."),
    ("pulumi login", "Log in with `pulumi login`, or set PULUMI_ACCESS_TOKEN."),
)
_NEXT_STEP: Final = "See whether `pulumi stack export` works in this folder, or give a SOURCE."

_ESCAPE_SEQUENCE: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\))")
_URL_PASSWORD: Final = re.compile(r"(?<=://)[^/@\s]+@")
_LONGEST: Final = 300


def export(
    stack: str | None, *, directory: Path | None = None, seconds: float = _SECONDS
) -> Declarations:
    """Return what a stack declares: the one of that name, else the one selected in the folder."""
    output = _pulumi_stack_export(stack, directory, seconds)
    return state.parse(output, f"stack {stack}" if stack else "the selected stack")


def _pulumi_stack_export(stack: str | None, directory: Path | None, seconds: float) -> bytes:
    import subprocess
    from shutil import which

    pulumi = which("pulumi")
    if pulumi is None:
        raise SourceError(
            "There is no pulumi command on PATH to export the stack with.",
            next_step="Install Pulumi, or give a SOURCE: a state, a preview or a backend's folder.",
        )
    command = [pulumi, "stack", "export", "--non-interactive"]
    if stack is not None:
        command.append(f"--stack={stack}")
    try:
        done = subprocess.run(  # noqa: S603 -- no shell, and what follows --stack= is no option
            command,
            cwd=directory,
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            f"`pulumi stack export` did not answer within {seconds:g} seconds.",
            next_step="See whether the backend can be reached: `pulumi whoami --verbose`.",
        ) from error
    except (OSError, ValueError) as error:
        raise SourceError(
            f"`pulumi stack export` cannot be run: {error}.", next_step=_NEXT_STEP
        ) from error
    if done.returncode != 0:
        raise _failed(done.returncode, done.stderr.decode(errors="replace"))
    return done.stdout


def _failed(code: int, stderr: str) -> SourceError:
    said = _readable(stderr) or f"exit code {code}."
    hints = (hint for sign, hint in _HINTS if sign in said.lower())
    return SourceError(f"`pulumi stack export` failed: {said}", next_step=next(hints, _NEXT_STEP))


def _readable(stderr: str) -> str:
    """Return the error that pulumi printed: one line, no control characters, no passwords."""
    plain = _ESCAPE_SEQUENCE.sub("", stderr)
    printable = "".join(letter if letter.isprintable() else " " for letter in plain)
    line = _URL_PASSWORD.sub("***@", " ".join(printable.split()))
    before, found, after = line.partition("error: ")
    error = after if found else before
    return error if len(error) <= _LONGEST else error[: _LONGEST - 1] + "…"
