from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.declared import sources
from drift.declared.values import Json
from drift.errors import SourceError
from drift.model import Declarations, DeclarationSource
from tests.declared.shapes import VPC, preview, row, state, step
from tests.declared.test_values import JSON

FL_1 = "fl-00000000000000001"
FL_2 = "fl-00000000000000002"
A = state(row("a", id=FL_1, inputs={"vpcId": VPC}))
B = state(row("b", id=FL_2, inputs={"vpcId": VPC}))
LOOK_AGAIN = "Check the path, and that you may read it."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, data: bytes = A, seconds: int = 1_000) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (seconds, seconds))


def read(*names: str, stdin: bytes = b"") -> Declarations:
    return sources.read(names, stdin=io.BytesIO(stdin))


def found(*names: str) -> list[str]:
    """Return the files that the sources lead to."""
    return [source.source for source in read(*names).sources]


def refused(*names: str, stdin: bytes = b"") -> tuple[str, str]:
    with pytest.raises(SourceError) as raised:
        read(*names, stdin=stdin)
    return raised.value.cause, raised.value.next_step


# -- one file -------------------------------------------------------------------------------------


def test_a_state_and_a_preview_are_told_by_their_content() -> None:
    write("a.json", A)
    write("b.txt", preview(step("delete", row(id=FL_1))))
    assert [one.name for one in read("a.json").flow_logs] == ["a"]
    assert read("b.txt").claimed_ids == frozenset({FL_1})


def test_stdin() -> None:
    declared = read("-", stdin=gzip.compress(A))
    assert [(one.source, one.name) for one in declared.flow_logs] == [("-", "a")]
    assert declared.sources == (
        DeclarationSource(source="-", project="net", stack="prod", flow_logs=1),
    )


@pytest.mark.parametrize("name", ["a.json.gz", "a.json"])
def test_gzip_is_known_by_its_first_bytes(name: str) -> None:
    write(name, gzip.compress(A))
    assert [one.source for one in read(name).flow_logs] == [name]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            gzip.compress(A)[:-9],
            "Compressed file ended before the end-of-stream marker was reached",
        ),
        (gzip.compress(A)[:-8] + b"\0" * 8, "CRC check failed 0x0 != 0x"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00\xff\xff", "Error -3 while decompressing data"),
    ],
    ids=["cut off", "checksum", "garbage"],
)
def test_a_damaged_gzip_file(data: bytes, reason: str) -> None:
    write("a.json.gz", data)
    cause, next_step = refused("a.json.gz")
    assert cause.startswith(f"a.json.gz is a damaged gzip file: {reason}")
    assert next_step == "Copy it again, or write it again with `pulumi stack export`."


def test_a_file_that_is_not_there() -> None:
    assert refused("a.json") == (
        "a.json cannot be opened: No such file or directory.",
        LOOK_AGAIN,
    )


def test_a_name_that_no_file_can_have() -> None:
    assert refused("a\0b") == ("a\0b cannot be opened: embedded null byte.", LOOK_AGAIN)
    assert refused("a" * 5_000) == (
        f"{'a' * 5_000} cannot be opened: File name too long.",
        LOOK_AGAIN,
    )


def test_a_named_file_that_is_bad_stops_the_run() -> None:
    write("a.json")
    write("b.json", b"")
    assert refused("a.json", "b.json")[0] == "b.json is empty."
    assert refused("-")[0] == "- is empty."


@pytest.mark.parametrize("url", ["s3://bucket/state", "https://app.pulumi.com/o/net/prod"])
def test_a_url(url: str) -> None:
    cause, next_step = refused(url)
    assert cause == f"{url} is a URL: drift reads files."
    assert next_step == (
        "Copy the backend's .pulumi folder here and give the folder that it is in, or let the "
        "pulumi command read it: `drift check --stack NAME`."
    )


# -- folders and patterns -------------------------------------------------------------------------


def test_a_folder_is_its_json_files_and_nothing_deeper() -> None:
    for name in ("b.json", "a.json.gz", "README.md", "c.json.bak", "deeper/d.json"):
        write(f"states/{name}")
    assert found("states") == ["states/a.json.gz", "states/b.json"]


def test_a_pattern() -> None:
    for name in ("states/b.json", "states/a/x.json", "states/a/y.txt", "states/a[1].json"):
        write(name)
    assert found("states/*.json") == ["states/a[1].json", "states/b.json"]
    assert found("states/**") == ["states/a[1].json", "states/b.json", "states/a/x.json"]
    assert found("states/[ab]") == ["states/a/x.json"]
    assert found(f"{Path.cwd()}/states/b*") == [f"{Path.cwd()}/states/b.json"]
    # There is a file of that very name.
    assert found("states/a[1].json") == ["states/a[1].json"]


def test_a_file_is_read_once_however_often_it_is_led_to() -> None:
    write("a.json")
    assert found(".", "*.json") == ["a.json"]


@pytest.mark.parametrize("pattern", ["nothing", "states/*.json", "**/*.json"])
def test_nothing_there(pattern: str) -> None:
    Path("nothing").mkdir()
    assert refused(pattern) == (
        f"{pattern} leads to no .json or .json.gz file.",
        "Give files, a folder or a pattern of files that `pulumi stack export` wrote.",
    )


def test_the_folder_of_a_program() -> None:
    write("net/Pulumi.yaml", b"name: net")
    assert refused("net") == (
        "net leads to no .json or .json.gz file.",
        "It holds a Pulumi program: run `drift check` without SOURCE in it, or give its state.",
    )


def test_a_bad_file_that_was_only_found_is_listed_and_the_others_are_read() -> None:
    write("states/a.json", b"{")
    write("states/b.json", B)
    declared = read("states")
    assert [one.name for one in declared.flow_logs] == ["b"]
    assert declared.sources == (
        DeclarationSource(
            source="states/a.json",
            error="it is cut off: it ends in the middle of a value.",
        ),
        DeclarationSource(source="states/b.json", project="net", stack="prod", flow_logs=1),
    )
    assert not declared.complete


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            b'{"version":5,"deployment":{}}',
            "is a state of version 5; drift reads versions 3 and 4.",
        ),
        (state(5), "is not of the shape that Pulumi writes: Expected `object`, got `int`."),
        (
            preview(diagnostics=[{"severity": "error"}]),
            "is a preview that failed: it does not list everything that is declared.",
        ),
        (
            gzip.compress(A)[:-9],
            (
                "is a damaged gzip file: Compressed file ended before the end-of-stream marker was "
                "reached."
            ),
        ),
        (state(row() | {"urn": "x"}), "has a flow log with a malformed URN: 'x'."),
    ],
)
def test_a_list_names_a_bad_file_beside_what_is_wrong_with_it(data: bytes, problem: str) -> None:
    write("states/a.json", data)
    assert read("states").sources == (
        DeclarationSource(source="states/a.json", error=f"it {problem}"),
    )
    assert refused("states/a.json")[0] == f"states/a.json {problem}"


def test_a_file_that_may_not_be_opened_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    write("states/a.json")
    monkeypatch.setattr(Path, "open", refuse)
    assert read("states").sources == (
        DeclarationSource(source="states/a.json", error="it cannot be opened: Permission denied."),
    )


# -- self-managed backends ------------------------------------------------------------------------


BOOKKEEPING = (
    ".pulumi/meta.yaml",
    ".pulumi/backups/net/prod/prod.1.json",
    ".pulumi/history/net/prod/prod-1.checkpoint.json",
    ".pulumi/locks/organization/net/prod/1.json",
    ".pulumi/stacks/net/prod.json.bak",
    ".pulumi/stacks/net/prod.json.attrs",
    ".pulumi/stacks/net/deep/er.json",
)


@pytest.mark.parametrize(
    "source", [".", ".pulumi", ".pulumi/stacks", ".pulumi/stacks/", "../here", "../*"]
)
def test_a_backend_has_one_state_for_each_stack(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in BOOKKEEPING:
        write(name)
    write(".pulumi/stacks/net/prod.json")
    write(".pulumi/stacks/net/dev.eu.json.gz")
    write(".pulumi/stacks/old.json")
    prefix = "../here/" if source.startswith("..") else ""
    assert found(source) == [
        f"{prefix}.pulumi/stacks/net/dev.eu.json.gz",
        f"{prefix}.pulumi/stacks/net/prod.json",
        f"{prefix}.pulumi/stacks/old.json",
    ]


@pytest.mark.parametrize("inside", [".pulumi", ".pulumi/stacks"])
def test_a_backend_is_known_from_inside(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(".pulumi/stacks/net/prod.json")
    write(".pulumi/stacks/old.json")
    monkeypatch.chdir(inside)
    assert [(one.project, one.stack) for one in read(".").sources] == [("net", "prod")] * 2
    assert len(found(".")) == 2


def test_a_folder_called_stacks_elsewhere_is_like_any_other() -> None:
    write("stacks/prod.json")
    write("stacks/net/dev.json")
    assert found("stacks") == ["stacks/prod.json"]


def test_a_pattern_inside_a_backend_leaves_its_bookkeeping_alone() -> None:
    for name in (*BOOKKEEPING, ".pulumi/stacks/net/prod.json"):
        write(name)
    assert found(".pulumi/**/p*.json") == [".pulumi/stacks/net/prod.json"]


def test_of_two_files_of_a_stack_the_newer_one_counts() -> None:
    write(".pulumi/stacks/net/prod.json", seconds=1_000)
    write(".pulumi/stacks/net/prod.json.gz", seconds=2_000)
    write(".pulumi/stacks/net/dev.json", seconds=2_000)
    write(".pulumi/stacks/net/dev.json.gz", seconds=1_000)
    write(".pulumi/stacks/net/even.json")
    write(".pulumi/stacks/net/even.json.gz")
    assert found(".") == [
        ".pulumi/stacks/net/dev.json",
        ".pulumi/stacks/net/even.json.gz",
        ".pulumi/stacks/net/prod.json.gz",
    ]


def test_the_place_in_a_backend_tells_project_and_stack_where_the_content_does_not() -> None:
    write(".pulumi/stacks/net/new.json", b'{"version":3,"checkpoint":{"stack":"new"}}')
    write(".pulumi/stacks/net/zipped.json.zst", b"\x28\xb5\x2f\xfd")
    write(".pulumi/stacks/old.json", b'{"version":3,"checkpoint":{"stack":"old","latest":null}}')
    assert read(".") == Declarations(
        sources=(
            DeclarationSource(source=".pulumi/stacks/net/new.json", project="net", stack="new"),
            DeclarationSource(
                source=".pulumi/stacks/net/zipped.json.zst",
                project="net",
                stack="zipped",
                error="it is compressed with zstd, which drift does not read.",
            ),
            DeclarationSource(source=".pulumi/stacks/old.json", stack="old"),
        )
    )


def test_a_backend_without_stacks() -> None:
    Path(".pulumi").mkdir()
    assert refused(".")[0] == ". leads to no .json or .json.gz file."


# -- large documents ------------------------------------------------------------------------------


@given(JSON, st.integers(min_value=0, max_value=3), st.lists(st.integers(min_value=1)))
def test_indentation_is_left_out_wherever_the_pieces_are_cut(
    value: Json, indent: int, sizes: list[int]
) -> None:
    document = json.dumps(value, indent=indent, ensure_ascii=False).encode(errors="replace")
    pieces, start = [], 0
    for size in sizes:
        pieces.append(document[start : start + size])
        start += size
    pieces.append(document[start:])
    assert json.loads(sources._without_indentation(pieces)) == json.loads(document)


def test_a_large_document_is_read_like_a_small_one() -> None:
    indented = json.dumps(json.loads(A), indent=4).encode()
    padding = b" " * (64 << 20)
    assert read("-", stdin=padding + indented) == read("-", stdin=A)
    assert read("-", stdin=gzip.compress(indented)) == read("-", stdin=A)


# -- several --------------------------------------------------------------------------------------


def test_several_sources_are_one_union() -> None:
    write("a.json", A)
    write("b.json", state(row("b", id=FL_2), row("c", id=FL_1, external=True)))
    declared = read("a.json", "-", "b.json", stdin=state(row("d", id="fl-3", delete=True)))
    assert [(one.source, one.name) for one in declared.flow_logs] == [
        ("a.json", "a"),
        ("b.json", "b"),
    ]
    assert [(one.source, one.flow_logs) for one in declared.sources] == [
        ("a.json", 1),
        ("-", 0),
        ("b.json", 1),
    ]
    assert declared.claimed_ids == frozenset({FL_1, "fl-3"})


def test_what_two_sources_declare_alike_counts_once() -> None:
    write("a.json", A)
    write("same.json", A)
    write("other.json", state(row("a", id=FL_1, inputs={"vpcId": "vpc-2"})))
    write("moved.json", state(row("a", id=FL_2, inputs={"vpcId": VPC})))
    declared = read("a.json", "same.json", "other.json", "moved.json")
    assert [one.source for one in declared.flow_logs] == ["a.json", "other.json", "moved.json"]
    assert [one.flow_logs for one in declared.sources] == [1, 1, 1, 1]
