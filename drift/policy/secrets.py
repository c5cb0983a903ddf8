"""Secret names of providers: they open the way to AWS, and messages about that way would say them.

Profiles and roles are used as they are; AWS and botocore repeat them in what they answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce

from drift.declared.values import Json, NotJsonError, decode, unwrap
from drift.findings import REDACTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Texts that may not be shown."""

    texts: frozenset[str] = frozenset()

    def hidden_in(self, text: str) -> str:
        """Return the text with `[secret]` for each of them that stands there as a word."""
        longest_first = sorted(self.texts, key=lambda secret: (-len(secret), secret))
        return reduce(
            lambda said, secret: re.sub(
                rf"(?<!\w){re.escape(secret)}(?!\w)", lambda _: REDACTED, said
            ),
            longest_first,
            text,
        )


def secret_texts(value: Json, *, inside: bool = False) -> Iterator[str]:
    """Yield each text in a value that is secret, or in something that is."""
    plain, secret = unwrap(value)
    inside = inside or secret
    match plain:
        case str() if plain:
            if plain[0] in "[{":
                # States, and the engine, hold nested configuration as JSON text.
                with suppress(NotJsonError):
                    yield from secret_texts(decode(plain), inside=inside)
            if inside:
                yield plain
        case list():
            for item in plain:
                yield from secret_texts(item, inside=inside)
        case dict():
            for item in plain.values():
                yield from secret_texts(item, inside=inside)
        case _:
            pass
