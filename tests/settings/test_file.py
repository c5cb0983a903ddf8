"""The file: where it is found, what it says, and on which line it can't be followed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from drift.acceptance import Rule
from drift.errors import SettingsFileError
from drift.findings import Acceptance
from drift.settings.file import Settings, find, open_file, read
from drift.settings.keys import Key, Shape, Table

TABLES: Final = (
    Table(
        name="check",
        description="Options.",
        keys=(
            Key(name="stack", shape=Shape.TEXT, description="A stack."),
            Key(
                name="region",
                shape=Shape.TEXTS,
                description="Regions.",
                wrong=lambda text: None if "-" in text else f"{text!r} is no region",
            ),
            Key(name="allow-empty", shape=Shape.FLAG, description="Nothing is fine."),
        ),
        refused={"token": "is a secret"},
    ),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(text: str, name: str = "drift.toml") -> Settings:
    Path(name).write_text(text)
    return read(open_file(Path(name)), TABLES)


def complaint(text: str, name: str = "drift.toml") -> str:
    with pytest.raises(SettingsFileError) as caught:
        settings(text, name)
    return caught.value.cause


# -- what it says ----------------------------------------------------------------------------------


def test_options_and_rules() -> None:
    said = settings(
        """\
[check]
stack = "prod"
region = "eu-west-1"
allow-empty = true

# The scanner's own tags.
[[accept]]
tag = ["scanner:*", "seen"]
stack = "net/*"
reason = "Written by the scanner."
owner = "sec"
until = 2026-12-31

[[accept]]
fingerprint = "0123456789abcdef0123456789abcdef"
reason = "Known."
until = "2027-01-01"
"""
    )
    assert said.options == {
        "check": {"stack": "prod", "region": ("eu-west-1",), "allow-empty": True}
    }
    assert said.rules == (
        Rule(
            place="drift.toml:7",
            acceptance=Acceptance(
                reason="Written by the scanner.", owner="sec", until="2026-12-31"
            ),
            stacks=("net/*",),
            tags=("scanner:*", "seen"),
        ),
        Rule(
            place="drift.toml:14",
            acceptance=Acceptance(reason="Known.", until="2027-01-01"),
            fingerprints=("0123456789abcdef0123456789abcdef",),
        ),
    )


def test_every_condition() -> None:
    [one] = settings(
        """\
[[accept]]
kind = "flow-log-*"
urn = "*::a"
account = "123456789012"
region = "eu-*"
resource = "vpc-*"
field = ["LogFormat", "Tags.Owner", "DestinationOptions.*"]
reason = "x"
"""
    ).rules
    assert one == Rule(
        place="drift.toml:1",
        acceptance=Acceptance(reason="x"),
        kinds=("flow-log-*",),
        urns=("*::a",),
        accounts=("123456789012",),
        regions=("eu-*",),
        resources=("vpc-*",),
        fields=("LogFormat", "Tags.Owner", "DestinationOptions.*"),
    )


def test_in_pyproject() -> None:
    said = settings(
        """\
[project]
name = "acme"

[tool.drift.check]
stack = "prod"

[[tool.drift.accept]]
tag = "a"
reason = "x"
""",
        "pyproject.toml",
    )
    assert said.options == {"check": {"stack": "prod"}}
    assert [one.place for one in said.rules] == ["pyproject.toml:7"]
    assert said.file is not None
    assert said.file.folder == Path()


def test_rules_in_one_array() -> None:
    said = settings('accept = [\n  { tag = "a", reason = "x" },\n  { tag = "b", reason = "y" },\n]')
    assert [one.place for one in said.rules] == ["drift.toml:2", "drift.toml:3"]


# -- what can't be followed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[check]\nregoin = "eu-west-1"',
            "drift.toml:2: check.regoin: there is no such key; region may be meant",
        ),
        (
            "\n[check]\nfoo = 1",
            "drift.toml:3: check.foo: there is no such key; there are stack, region, allow-empty",
        ),
        (
            'check.allow_empty = true\n[[accept]]\ntag = "a"',
            (
                "drift.toml:1: check.allow_empty: there is no such key; allow-empty may be meant "
                "(and 1 more after it)"
            ),
        ),
        (
            "\n[chek]\n",
            "drift.toml:2: chek: there is no such key; check may be meant",
        ),
        ("check = 1", "drift.toml:1: check: has to be a table"),
        ("[check]\ntoken = 'x'", "drift.toml:2: check.token: is a secret"),
        (
            "[check]\nstack = ['a']",
            "drift.toml:2: check.stack: has to be a text",
        ),
        (
            "[check]\nregion = [\n'eu-west-1',\n'narnia',\n]",
            "drift.toml:4: check.region: 'narnia' is no region",
        ),
        (
            "[check]\nregion = []",
            "drift.toml:2: check.region: has to be a text or a list of texts",
        ),
        (
            "[check]\nregion = ['eu-west-1', '']",
            "drift.toml:2: check.region: has to be a text or a list of texts",
        ),
        (
            "[check]\nallow-empty = 'yes'",
            "drift.toml:2: check.allow-empty: has to be true or false",
        ),
        (
            "[check]\nstack = 'postgresql://me:secret@db/x'",
            (
                "drift.toml:2: check.stack: has a password in it, and this file is no place for "
                "one: it is in the repository; give it on the command line, out of an environment "
                "variable"
            ),
        ),
        (
            "[accept]\nreason = 'x'",
            "drift.toml:1: accept: has to be [[accept]], in two brackets, for each rule",
        ),
        ("accept = ['x']", "drift.toml:1: accept: has to be a table"),
        (
            "# x\n[[accept]]\ntag = 'a'",
            (
                "drift.toml:2: accept: reason is missing: Why this is accepted, for whoever reads "
                "the report."
            ),
        ),
        (
            "[[accept]]\ntag = 'a'\nreason = ' '",
            "drift.toml:3: accept.reason: has to be a text",
        ),
        (
            "[[accept]]\nreason = 'all of it'",
            (
                "drift.toml:1: accept: would accept all drift there is: say which, by fingerprint, "
                "kind, urn, …"
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\nkind = '*'\nurn = ['*', 'a']",
            (
                "drift.toml:1: accept: would accept all drift there is: say which, by fingerprint, "
                "kind, urn, …"
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\naccount = 123456789012",
            (
                "drift.toml:3: accept.account: has to be a text or a list of texts: write it in "
                'quotes, "123456789012"'
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\nfingerprint = '0123*'",
            (
                "drift.toml:3: accept.fingerprint: a fingerprint is 32 hexadecimal digits, as the "
                "report tells it; no glob"
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\nkind = 'flow-log-tag-modified'",
            (
                "drift.toml:3: accept.kind: 'flow-log-tag-modified' is no kind of finding; "
                "flow-log-tags-modified may be meant"
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\nkind = 'flow-log-unverified'",
            (
                "drift.toml:3: accept.kind: what could not be verified can't be accepted: nobody "
                "knows what it is"
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\nfield = ['LogFormat', 'logformat']",
            (
                "drift.toml:3: accept.field: 'logformat' is no field that is compared; LogFormat "
                "may be meant"
            ),
        ),
        (
            "[[accept]]\nreason = 'x'\ntag = 'a'\nuntil = 2026-12-31T00:00:00Z",
            "drift.toml:4: accept.until: has to be a date such as 2026-12-31",
        ),
        (
            "[[accept]]\nreason = 'x'\ntag = 'a'\nuntil = '2026-02-30'",
            "drift.toml:4: accept.until: has to be a date such as 2026-12-31",
        ),
        (
            "[[accept]]\nreason = 'x'\ntag = 'a'\n\n[[accept]]\nreson = 'y'\ntag = 'b'",
            "drift.toml:6: accept.reson: there is no such key; reason may be meant",
        ),
        (
            "a = 1\nb = \n",
            "drift.toml:2: is no TOML: Invalid value",
        ),
        ("[check", "drift.toml:1: is no TOML: Expected ']' at the end of a table declaration"),
    ],
)
def test_what_can_not_be_followed(text: str, expected: str) -> None:
    assert complaint(text) == expected


def test_what_can_not_be_followed_in_pyproject() -> None:
    assert complaint("[project]\n[tool.drift]\nfoo = 1", "pyproject.toml") == (
        "pyproject.toml:3: foo: there is no such key; there are check, accept"
    )
    assert complaint("[tool]\ndrift = 1", "pyproject.toml") == (
        "pyproject.toml: tool.drift has to be a table"
    )


def test_what_can_not_be_read() -> None:
    Path("drift.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(SettingsFileError, match=r"drift\.toml:1: is not UTF-8"):
        open_file(Path("drift.toml"))
    with pytest.raises(SettingsFileError, match=r"none\.toml can't be read: No such file"):
        open_file(Path("none.toml"))


# -- where it is found -----------------------------------------------------------------------------


def found(folder: Path) -> str | None:
    file = find(folder)
    return None if file is None else file.shown


@pytest.fixture
def deep(here: Path) -> Path:
    """Return a folder in a repository in a folder."""
    folder = here / "repository" / "stacks" / "net"
    folder.mkdir(parents=True)
    (here / "repository" / ".git").mkdir()
    return folder


def test_the_nearest_file_counts(here: Path, deep: Path) -> None:
    assert found(deep) is None
    (here / "repository" / "drift.toml").write_text("")
    assert found(deep) == "repository/drift.toml"
    (deep / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert found(deep) == "repository/drift.toml"
    (deep / "pyproject.toml").write_text("[tool.drift.check]\nstack = 'x'\n")
    assert found(deep) == "repository/stacks/net/pyproject.toml"
    assert found(deep.parent) == "repository/drift.toml"


def test_what_lies_above_the_repository_is_not_read(here: Path, deep: Path) -> None:
    (here / "drift.toml").write_text("")
    assert found(deep) is None
    assert found(here) == "drift.toml"


def test_outside_of_a_repository_only_the_folder_itself_counts(here: Path) -> None:
    (here / "drift.toml").write_text("")
    (here / "folder").mkdir()
    assert found(here / "folder") is None


def test_a_worktree_is_a_repository(here: Path, deep: Path) -> None:
    (deep.parent / ".git").write_text("gitdir: elsewhere")
    (here / "repository" / "drift.toml").write_text("")
    assert found(deep) is None


def test_two_files_with_settings_in_one_folder(here: Path) -> None:
    (here / "drift.toml").write_text("[check]\nstack = 'x'\n")
    (here / "pyproject.toml").write_text("[tool.drift.check]\nstack = 'x'\n")
    with pytest.raises(SettingsFileError) as caught:
        find(here)
    assert caught.value.cause == (
        "both drift.toml and pyproject.toml hold settings: neither outranks the other"
    )
    (here / "drift.toml").write_text("# empty\n")
    assert found(here) == "pyproject.toml"
    (here / "pyproject.toml").write_text("[project]\n")
    assert found(here) == "drift.toml"


def test_a_pyproject_that_can_not_be_read(here: Path) -> None:
    (here / "pyproject.toml").write_text("[project\n")
    with pytest.raises(SettingsFileError, match=r"pyproject\.toml:1: is no TOML"):
        find(here)
    (here / "drift.toml").write_text("[check]\nstack = 'x'\n")
    assert found(here) == "drift.toml"
