"""SOURCE arguments: files, folders, globs and stdin, read into one union of declarations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO, Final

from drift.declared import documents, preview, state
from drift.declared.documents import Buffer
from drift.declared.errors import BadSourceError
from drift.errors import SourceError
from drift.model import Declarations, DeclarationSource, DeclaredFlowLog

STDIN: Final = "-"

_BOOKKEEPING: Final = ".pulumi"
_STACKS: Final = "stacks"
_SUFFIX: Final = re.compile(r"\.json(\.gz|\.zst)?$")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 20
_ROOMY: Final = 64 << 20
"""Bytes that any machine has to spare; a document below is read as it is, which is quicker."""


def read(sources: Sequence[str], *, stdin: BinaryIO) -> Declarations:
    """Read all sources, `-` from stdin, as one union.

    A file that was named has to be readable; one that a folder or glob led to may be bad, and is
    then listed with its error.
    """
    files = dict.fromkeys(file for source in sources for file in _files(source))
    return _union([_read(file, stdin) for file in files])


def parse(data: Buffer, source: str) -> Declarations:
    """Read a state or a preview, whichever it is; `source` is what messages call it."""
    with documents.translated_errors(source):
        document = documents.read(data, source)
        if document.is_preview:
            return preview.declarations(document, source)
        return state.declarations(document, source)


def _read(file: _File, stdin: BinaryIO) -> Declarations:
    try:
        declarations = parse(_content(file, stdin), file.source)
    except BadSourceError as error:
        if file.named:
            raise
        declarations = Declarations(
            sources=(DeclarationSource(source=file.source, error=error.nameless_cause),)
        )
    return file.located(declarations)


def _union(parts: list[Declarations]) -> Declarations:
    """Return several sources as one; what two of them declare alike counts once."""
    if len(parts) == 1:
        return parts[0]
    known: dict[tuple[str, str | None], DeclaredFlowLog] = {}
    return Declarations(
        flow_logs=tuple(
            declared
            for part in parts
            for declared in part.flow_logs
            if (first := known.setdefault((declared.urn, declared.flow_log_id), declared))
            is declared
            or first.flow_log != declared.flow_log
        ),
        sources=tuple(source for part in parts for source in part.sources),
        claimed_ids=frozenset(live_id for part in parts for live_id in part.claimed_ids),
    )


# -- which files ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file to read."""

    path: Path | None
    """None for stdin."""
    named: bool = False
    """Whether the user named it; others were found."""
    project: str | None = None
    """Where a self-managed backend keeps it tells the project and the stack."""
    stack: str | None = None

    @property
    def source(self) -> str:
        """What the user would call it."""
        return STDIN if self.path is None else str(self.path)

    def located(self, declarations: Declarations) -> Declarations:
        """Name project and stack where the content does not: it is bad, or an empty stack."""
        if self.stack is None:
            return declarations
        return replace(
            declarations,
            sources=tuple(
                replace(
                    source,
                    project=source.project or self.project,
                    stack=source.stack or self.stack,
                )
                for source in declarations.sources
            ),
        )


def _files(source: str) -> list[_File]:
    """Return the files that a SOURCE stands for: at least one."""
    if source == STDIN:
        return [_File(path=None, named=True)]
    if _URL.match(source):
        raise SourceError(
            f"{source} is a URL: drift reads files.",
            next_step=(
                "Copy the backend's .pulumi folder here and give the folder that it is in, "
                "or let the pulumi command read it: `drift check --stack NAME`."
            ),
        )
    path = Path(source)
    try:
        if path.is_dir():
            files = list(_folder(path))
        elif has_magic(source) and not path.exists():
            # Path.glob takes no absolute pattern.
            matches = sorted(glob(source, recursive=True))  # noqa: PTH207
            files = [file for match in matches for file in _match(Path(match))]
        else:
            return [_File(path=path, named=True)]
    except OSError as error:
        raise _not_readable(source, error) from error
    if not files:
        raise SourceError(
            f"{source} leads to no .json or .json.gz file.", next_step=_where_to_look(path)
        )
    return files


def _where_to_look(path: Path) -> str:
    if (path / "Pulumi.yaml").exists():
        return (
            "It holds a Pulumi program: run `drift check` without SOURCE in it, or give its state."
        )
    return "Give files, a folder or a pattern of files that `pulumi stack export` wrote."


def _folder(folder: Path) -> Iterator[_File]:
    """Yield the states of a self-managed backend, or of any other folder its files, not deeper."""
    if (folder / _BOOKKEEPING).is_dir():
        return _backend(folder / _BOOKKEEPING / _STACKS)
    place = folder.absolute()
    if place.name == _BOOKKEEPING:
        return _backend(folder / _STACKS)
    if place.name == _STACKS and place.parent.name == _BOOKKEEPING:
        return _backend(folder)
    return (_File(path=path) for path in sorted(folder.iterdir()) if _is_json_file(path))


def _match(path: Path) -> Iterator[_File]:
    if path.is_dir():
        return _folder(path)
    return iter([_File(path=path)] if _is_json_file(path) and not _is_bookkeeping(path) else [])


def _is_json_file(path: Path) -> bool:
    """Whether it may be a state; a backend also has `.json.bak` and `.json.attrs` files."""
    return _SUFFIX.search(path.name) is not None and path.is_file()


def _is_bookkeeping(path: Path) -> bool:
    """Whether a backend keeps it for itself: backups, history and locks hold old states."""
    parents = path.absolute().parts[:-1]
    if _BOOKKEEPING not in parents:
        return False
    inside = parents[len(parents) - parents[::-1].index(_BOOKKEEPING) :]
    return not inside or inside[0] != _STACKS


def _backend(stacks: Path) -> Iterator[_File]:
    """Yield one state for each stack of a self-managed backend.

    They are `stacks/PROJECT/STACK.json`, and `stacks/STACK.json` before Pulumi kept them by
    project. A change of compression can leave two files; Pulumi takes the newer one:
    `stackPath` in https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/state.go.
    """
    newest: dict[tuple[str | None, str], Path] = {}
    for path in sorted([*stacks.glob("*"), *stacks.glob("*/*")]):
        if not _is_json_file(path):
            continue
        project = path.parent.name if path.parent != stacks else None
        key = project, _SUFFIX.sub("", path.name)
        other = newest.get(key)
        if other is None or path.stat().st_mtime_ns >= other.stat().st_mtime_ns:
            newest[key] = path
    for (project, stack), path in newest.items():
        yield _File(path=path, project=project, stack=stack)


# -- what is in them ------------------------------------------------------------------------------


def _content(file: _File, stdin: BinaryIO) -> Buffer:
    """Return the JSON that a file holds, decompressed if need be, whatever it is called."""
    try:
        if file.path is None:
            return _json(stdin, file.source)
        with file.path.open("rb") as stream:
            return _json(stream, file.source)
    except (OSError, ValueError) as error:
        raise _not_readable(file.source, error) from error


def _json(stream: BinaryIO, source: str) -> Buffer:
    data = stream.read(_ROOMY)
    if data.startswith(_GZIP_MAGIC):
        return _without_indentation(_decompressed(data + stream.read(), source))
    if len(data) < _ROOMY:
        return data
    return _without_indentation(_pieces(data, stream))


def _pieces(start: bytes, stream: BinaryIO) -> Iterator[bytes]:
    for place in range(0, len(start), _PIECE):
        yield start[place : place + _PIECE]
    while piece := stream.read(_PIECE):
        yield piece


def _without_indentation(pieces: Iterable[bytes]) -> bytearray:
    r"""Join the pieces of a JSON document without the indentation that Pulumi gives it.

    It is nearly half of a state, and the whole document has to stay in memory while it is read. A
    line break inside a JSON string is written `\n`, so that a real one only ever separates.
    """
    content, end = bytearray(), b""
    for piece in pieces:
        text = end + piece
        # White space at the end may go on in the next piece.
        body = text.rstrip(b" \t\r\n")
        end = text[len(body) :]
        start, *lines = body.split(b"\n")
        content += start
        content += b"".join([line.lstrip(b" \t\r") for line in lines])
    return content


def _not_readable(source: str, error: OSError | ValueError) -> BadSourceError:
    reason = error.strerror if isinstance(error, OSError) else None
    return BadSourceError(
        source,
        f"cannot be opened: {reason or error}.",
        next_step="Check the path, and that you may read it.",
    )


def _decompressed(data: bytes, source: str) -> Iterator[bytes]:
    from gzip import GzipFile
    from io import BytesIO
    from zlib import error as ZlibError  # noqa: N812 -- zlib names it like a module

    try:
        with GzipFile(fileobj=BytesIO(data)) as stream:
            yield from iter(partial(stream.read, _PIECE), b"")
    except (OSError, EOFError, ZlibError) as error:
        raise BadSourceError(
            source,
            f"is a damaged gzip file: {error}.",
            next_step="Copy it again, or write it again with `pulumi stack export`.",
        ) from error
