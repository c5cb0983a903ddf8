"""Where a report goes: `-o FORMAT[=PATH]`, many outputs of one run, each written whole or not."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO, assert_never

from drift.errors import OutputError, UsageError
from drift.findings import Report


class Format(StrEnum):
    """The ways of showing a report."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One `-o`: what to write, and where."""

    format: Format
    path: Path | None = None
    """None is standard output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """How standard output shows text."""

    width: int = 80
    color: bool = False


def parse(words: Iterable[str]) -> tuple[Output, ...]:
    """Read `FORMAT` and `FORMAT=PATH`; at most one output can have standard output."""
    outputs = tuple(_parse_one(word) for word in words)
    to_stdout = [output.format for output in outputs if output.path is None]
    if len(to_stdout) > 1:
        raise UsageError(
            f"{' and '.join(to_stdout)} both want standard output",
            next_step=f"give all but one a file: -o {to_stdout[1]}=PATH",
        )
    return outputs


def _parse_one(word: str) -> Output:
    name, equals, path = word.partition("=")
    known = ", ".join(Format)
    if name not in frozenset(Format):
        raise UsageError(f"{name!r} is no output format", next_step=f"choose one of {known}")
    if equals and not path:
        raise UsageError(
            f"-o {word} names no file", next_step=f"write -o {name}=PATH, or -o {name}"
        )
    return Output(format=Format(name), path=Path(path) if equals else None)


def render(report: Report, output_format: Format, terminal: Terminal) -> str:  # noqa: PLR0911 -- one a format
    """Return the report in that format; only text looks at the terminal."""
    # Each renderer is imported where it is used: a run pays for the formats that it asked for.
    match output_format:
        case Format.TEXT:
            from drift.render import text

            return text.render(report, width=terminal.width, color=terminal.color)
        case Format.JSON:
            from drift.render import json_v1

            return json_v1.render(report)
        case Format.MARKDOWN:
            from drift.render import markdown

            return markdown.render(report)
        case Format.GITHUB:
            from drift.render import github

            return github.render(report)
        case Format.SARIF:
            from drift.render import sarif

            return sarif.render(report)
        case Format.JUNIT:
            from drift.render import junit

            return junit.render(report)
        case Format.CSV:
            from drift.render import csv_table

            return csv_table.render(report)
        case Format.HTML:
            from drift.render import html

            return html.render(report)
        case _:
            assert_never(output_format)


def write(
    report: Report, outputs: Sequence[Output], *, stdout: TextIO | None, terminal: Terminal
) -> None:
    """Render everything, then write everything; nothing is written if a file cannot be."""
    with staged(report, outputs, terminal) as publish:
        publish(stdout)


@contextmanager
def staged(
    report: Report, outputs: Sequence[Output], terminal: Terminal
) -> Iterator[Callable[[TextIO | None], None]]:
    """Render everything and write it beside where it belongs; yield what puts it there.

    Nothing has changed for anybody until that is called. What can go wrong did so before, save for
    little; so that something else, such as a database, can be made to agree in between.
    """
    files = {
        output.path: render(report, output.format, Terminal())
        for output in outputs
        if output.path is not None
    }
    shown = [render(report, output.format, terminal) for output in outputs if output.path is None]
    with _beside(files) as put_there:

        def publish(stdout: TextIO | None) -> None:
            put_there()
            for text in shown:
                write_stdout(text, stdout)

        yield publish


def write_stdout(text: str, stdout: TextIO | None) -> None:
    """Write text to standard output; a reader that left early is a `BrokenPipeError`."""
    if stdout is None:
        raise OutputError(
            "standard output is closed", next_step="open it, or write to a file with -o"
        )
    try:
        stdout.write(text)
        stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write to standard output: {error.strerror or error}",
            next_step="make room for it, or write to a file with -o",
        ) from error


def refuse_overwriting(outputs: Iterable[Output], inputs: Iterable[str]) -> None:
    """Raise `UsageError` where an output is a file that is read, or that another output is."""
    taken = {Path(name).resolve(): name for name in inputs}
    for output in outputs:
        if output.path is None or (output.path.exists() and not output.path.is_file()):
            continue
        path = output.path.resolve()
        if path in taken:
            raise UsageError(
                f"-o {output.format}={output.path} would overwrite {taken[path]}",
                next_step="name another file",
            )
        taken[path] = str(output.path)


def write_files(files: dict[Path, str]) -> None:
    """Write all files, each through a temporary one beside it, so that none is ever half there."""
    with _beside(files) as put_there:
        put_there()


@contextmanager
def _beside(files: dict[Path, str]) -> Iterator[Callable[[], None]]:
    """Write temporary files beside the real ones; yield what puts them in their place."""
    ready: list[tuple[Path, Path]] = []
    # A pipe or a device such as /dev/null can't be replaced, and has no half state.
    streams = {
        path: text
        for path, text in files.items()
        if path.exists() and not stat.S_ISREG(path.stat().st_mode)
    }

    def put_there() -> None:
        with _explained(files):
            for path, text in streams.items():
                path.write_text(text, encoding="utf-8", newline="")
            for temporary, target in ready:
                temporary.replace(target)

    try:
        with _explained(files):
            for path, text in files.items():
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
                if path not in streams:
                    target = path.resolve()
                    ready.append((_write_beside(target, text), target))
        yield put_there
    finally:
        for temporary, _ in ready:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def _explained(files: Iterable[Path]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or next(iter(files))
        raise OutputError(
            f"cannot write {where}: {error.strerror or error}",
            next_step="name a file in a folder that exists and that you may write to",
        ) from error


def _write_beside(target: Path, text: str) -> Path:
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        temporary.chmod(_mode(target))
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _mode(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those a new file would get."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
