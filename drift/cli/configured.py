"""Options out of drift.toml: which there are, and how a command line outranks them."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, TypeAlias

import click
from click.core import ParameterSource

from drift.errors import DriftError, SettingsFileError, UsageError
from drift.settings import ENVIRONMENT

if TYPE_CHECKING:
    # Only for annotations: a run imports what it uses, where it uses it.
    from drift.settings.file import Settings, SettingsFile
    from drift.settings.keys import Table, Value

_Default: TypeAlias = "tuple[str, ...] | str | bool"

_ONE_RUN: Final = "is for one run: give it on the command line"
_HIDES: Final = (
    "is for one run: in a file it would hide drift from all; accept what is meant to be there"
)


def tables() -> tuple[Table, ...]:
    """Return the tables of options that a file may hold.

    A pull request may change the file. So nothing in it sends requests, results or credentials
    elsewhere, and nothing in it is secret.
    """
    from drift.cli import values
    from drift.outputs import parse
    from drift.settings.keys import Key, Shape, Table

    asking = (
        Key(
            name="source",
            shape=Shape.TEXTS,
            description="SOURCE where none is given: files, folders or globs.",
        ),
        Key(
            name="stack",
            shape=Shape.TEXT,
            description="Stack to read with the pulumi CLI.",
        ),
        Key(
            name="region",
            shape=Shape.TEXTS,
            description="Regions to read, beside those that the declarations name.",
            wrong=_complaint(lambda text: values.where((text,))),
        ),
        Key(
            name="account",
            shape=Shape.TEXT,
            description="Account of what names none itself.",
            wrong=_complaint(lambda text: values.where((), text)),
            pattern=r"^\d{12}$",
        ),
        Key(
            name="profile",
            shape=Shape.TEXT,
            description="AWS profile to read with.",
        ),
        Key(
            name="assume-role",
            shape=Shape.TEXT,
            description="Role to read every account with.",
        ),
        Key(
            name="external-id",
            shape=Shape.TEXT,
            description="External id of assume-role; to AWS it is no secret.",
        ),
        Key(
            name="fail-on",
            shape=Shape.TEXTS,
            description="Kinds of finding that count as drift, or none.",
            wrong=_complaint(values.drift_kinds),
        ),
        Key(
            name="allow-empty",
            shape=Shape.FLAG,
            description="Nothing declared and nothing live is in sync.",
        ),
        Key(
            name="project-root",
            shape=Shape.TEXTS,
            description="Where Pulumi projects lie in the repository: DIR or PROJECT=DIR.",
            wrong=_complaint(lambda text: values.project_folders((text,))),
        ),
        Key(
            name="output",
            shape=Shape.TEXTS,
            description="What to write, as -o has it: FORMAT, or FORMAT=PATH with a path below "
            "the folder of this file.",
            wrong=_complaint(lambda text: _refuse_elsewhere(text, parse((text,))[0].path)),
        ),
    )
    refused = {
        "provider-endpoints": "can't be set in a file: whoever changes it in a pull request could "
        "have signed requests sent to a stranger",
        "filter": _HIDES,
        "flow-log-id": _HIDES,
        "live": _ONE_RUN,
        "quiet": _ONE_RUN,
        "no-color": _ONE_RUN,
    }
    return (
        Table(
            name="check",
            description="Options of `drift check`, and all but output of `drift report` too; the "
            "command line outranks each.",
            keys=asking,
            refused=refused,
        ),
        Table(
            name="report",
            description="Options of `drift report`; each outranks the same one of check.",
            keys=(
                *asking,
                Key(
                    name="name",
                    shape=Shape.TEXT,
                    description="Whose earlier runs to compare with.",
                ),
                Key(
                    name="fail-on-new",
                    shape=Shape.FLAG,
                    description="Exit 1 only for what is new since the run before.",
                ),
            ),
            refused={
                **refused,
                "history": "can't be set in a file: whoever changes it in a pull request could "
                "have runs, and a password, sent to a stranger; set FLOW_LOG_DRIFT_HISTORY in "
                "the environment",
                "notify": "is a secret, and this file is in the repository; set "
                "FLOW_LOG_DRIFT_NOTIFY in the environment",
                "previous": _ONE_RUN,
            },
        ),
        Table(
            name="comment",
            description="Options of `drift comment`; the command line outranks each.",
            keys=(
                Key(name="key", shape=Shape.TEXT, description="Whose comment it is."),
                Key(
                    name="always",
                    shape=Shape.FLAG,
                    description="Also post where all is in sync and never was anything else.",
                ),
            ),
            refused={
                "api-url": "can't be set in a file: whoever changes it in a pull request could "
                "have the token sent to a stranger",
                "token-env": "can't be set in a file: whoever changes it in a pull request could "
                "have another secret sent",
                "could-not-run": _ONE_RUN,
                "github": _ONE_RUN,
                "gitlab": _ONE_RUN,
                "pull-request": _ONE_RUN,
                "merge-request": _ONE_RUN,
                "dry-run": _ONE_RUN,
            },
        ),
    )


def _complaint(read: Callable[[str], object]) -> Callable[[str], str | None]:
    """Say of a text what the command line would say."""

    def wrong(text: str) -> str | None:
        try:
            read(text)
        except UsageError as error:
            return f"{error.cause}: {error.next_step}"
        return None

    return wrong


def _refuse_elsewhere(word: str, path: Path | None) -> None:
    if path is not None and (path.is_absolute() or ".." in path.parts):
        raise UsageError(
            f"{word} leads out of the folder of this file",
            next_step="name a file in it, or give -o on the command line",
        )


# -- the options of a command ----------------------------------------------------------------------


def _help(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    # Where the file can't be followed, the help is worth the more.
    with suppress(DriftError):
        _use(context, _read(os.environ.get(ENVIRONMENT)))
        context.show_default = True
    click.echo(context.get_help(), color=context.color)
    context.exit()


help_option = click.help_option("-h", "--help", callback=_help)
"""`--help` of a command that is `configured`: it shows what a file says. Goes last."""


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--config` and `--no-config`; `settings_of_run` returns what they led to."""
    for option in (
        click.option(
            "--no-config",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_without,
            help="Read no drift.toml: default options, and nothing is accepted.",
        ),
        click.option(
            "--config",
            "settings",
            metavar="FILE",
            envvar=ENVIRONMENT,
            show_envvar=True,
            is_eager=True,
            expose_value=False,
            callback=_with,
            help="File with options and accepted drift. Default: the nearest drift.toml, or "
            "pyproject.toml with [tool.drift], from here up to the root of the repository.",
        ),
    ):
        command = option(command)
    return command


_SETTINGS: Final = "drift.cli.configured.settings"
_NONE: Final = "drift.cli.configured.none"
_NAMED: Final = "drift.cli.configured.named"


def _without(context: click.Context, _option: click.Parameter, given: bool) -> None:
    if not given:
        return
    context.meta[_NONE] = True
    if _NAMED in context.meta:
        raise _both()


def _with(context: click.Context, option: click.Parameter, given: str | None) -> None:
    typed = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
    if typed:
        context.meta[_NAMED] = True
    if _NONE in context.meta:
        if typed:
            raise _both()
        return
    context.meta[_SETTINGS] = settings = _read(given)
    _use(context, settings)


def settings_of_run() -> Settings:
    """Return what the file of this run says; nothing where there is none."""
    from drift.settings.file import Settings

    settings = click.get_current_context().meta.get(_SETTINGS)
    return settings if isinstance(settings, Settings) else Settings()


def _both() -> UsageError:
    return UsageError(
        "--config and --no-config say opposite things", next_step="leave out one of the two"
    )


def settings_file(given: str | None) -> SettingsFile | None:
    """Return the file that the user named, else the nearest one, if there is any."""
    from drift.settings import file as files

    return files.find(Path()) if given is None else files.open_file(Path(given))


def _read(given: str | None) -> Settings:
    from drift.settings.file import Settings, read

    found = settings_file(given)
    return Settings() if found is None else read(found, tables())


def _use(context: click.Context, settings: Settings) -> None:
    """Have click take what a file says for what the command line leaves out."""
    said = _said(context.command.name or "", settings)
    if settings.file is None or not said:
        return
    context.default_map = {
        parameter.name: _default(name, said[name], parameter, settings.file)
        for name, parameter in _parameters(context.command).items()
        if name in said and parameter.name is not None
    }


def _said(command: str, settings: Settings) -> Mapping[str, Value]:
    """Return what a file says for a command: a report is a check too, with outputs of its own."""
    own = settings.options.get(command, {})
    if command != "report":
        return own
    check = settings.options.get("check", {})
    return {**{name: value for name, value in check.items() if name != "output"}, **own}


def _parameters(command: click.Command) -> Mapping[str, click.Parameter]:
    """Return the parameters of a command by what a file calls them."""
    return {
        ("source" if isinstance(one, click.Argument) else name.removeprefix("--")): one
        for one in command.params
        for name in one.opts
    }


def _default(name: str, value: Value, parameter: click.Parameter, file: SettingsFile) -> _Default:
    if isinstance(value, bool):
        return value
    words = (value,) if isinstance(value, str) else value
    if name == "source":
        words = tuple(_located_source(word, file.folder) for word in words)
    if name == "output":
        words = tuple(_located_output(word, file) for word in words)
    return words if parameter.multiple or parameter.nargs == -1 else ",".join(words)


def _located_source(word: str, folder: Path) -> str:
    """Return a source as it is called from here."""
    here = _from_here(folder)
    if word == "-" or here == PurePath():
        return word
    prefix = glob.escape(str(here)) if glob.has_magic(word) else str(here)
    return os.path.join(prefix, word)  # noqa: PTH118 -- a glob is no path


def _located_output(word: str, file: SettingsFile) -> str:
    name, equals, path = word.partition("=")
    if not equals:
        return word
    # A link in the repository may lead anywhere.
    if not (file.folder / path).resolve().is_relative_to(file.folder.resolve()):
        raise SettingsFileError(
            f"{file.shown}: output: {path} leads out of the folder of this file",
            next_step="name a file in it, or give -o on the command line",
        )
    return f"{name}={_from_here(file.folder) / path}"


def _from_here(folder: Path) -> PurePath:
    try:
        return PurePath(os.path.relpath(folder))
    except ValueError:  # on another drive of Windows
        return folder.resolve()


def is_typed(name: str) -> bool:
    """Whether the command line of this run says something for a parameter."""
    context = click.get_current_context()
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
