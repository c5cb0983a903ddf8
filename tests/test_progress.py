"""The line on standard error."""

from __future__ import annotations

import io

from typing_extensions import override

from drift.live.terms import Progress
from drift.model import Listing
from drift.progress import display
from tests.build import ACCOUNT, LIVE_A


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


LISTING = Listing(account=ACCOUNT, region="eu-west-1\x1b[31m", flow_logs=(LIVE_A,))


def shown(stream: io.StringIO, *, quiet: bool = False) -> str:
    show, finish = display(stream, quiet=quiet)
    show(Progress(done=1, total=3, listing=LISTING))
    finish()
    return stream.getvalue()


def test_on_a_terminal_it_takes_its_own_place_and_leaves_nothing() -> None:
    assert shown(Terminal()) == ("\r\x1b[2Kread 1/3: eu-west-1\\x1b[31m, 1 flow logs\r\x1b[2K")


def test_elsewhere_there_is_none() -> None:
    assert shown(io.StringIO()) == ""
    assert shown(Terminal(), quiet=True) == ""
