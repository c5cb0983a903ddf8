"""The report as one self-contained page: no network, a strict content security policy, no server.

Everything is there and readable without the script, which only adds filters and copy buttons.
"""

from __future__ import annotations

from drift.render.html.page import render

__all__ = ["render"]
