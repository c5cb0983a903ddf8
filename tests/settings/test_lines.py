"""On which line of a TOML document each key is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from drift.settings.lines import Path, of_keys

DOCUMENT = """\
# a comment with = and [brackets]
plain = 1
"quoted.key" = "a = [b] # no comment"
'literal' = 'c:\\'
dotted . "in side" = true

[table] # [not.this]
text = \"\"\"
[not]
not = \\"\"\"
still\"\"\"\"
literal = '''
not = 1''\'
list = [
  1, # one
  "two]",
  [3,
   4],
  { x = 5, y.z = 6 },
]
date = 1979-05-27 07:32:00

[[rules]]
a = 1

  [[rules.inner]]
  b = 2

  [rules.inner.deep]
  c = 3

[[rules]]
a = 4
[rules.other]
[last.of.all]
d = { e = 'f' }"""


def test_every_key_of_a_document() -> None:
    assert of_keys(DOCUMENT) == {
        ("plain",): 2,
        ("quoted.key",): 3,
        ("literal",): 4,
        ("dotted",): 5,
        ("dotted", "in side"): 5,
        ("table",): 7,
        ("table", "text"): 8,
        ("table", "literal"): 12,
        ("table", "list"): 14,
        ("table", "list", 0): 15,
        ("table", "list", 1): 16,
        ("table", "list", 2): 17,
        ("table", "list", 2, 0): 17,
        ("table", "list", 2, 1): 18,
        ("table", "list", 3): 19,
        ("table", "list", 3, "x"): 19,
        ("table", "list", 3, "y"): 19,
        ("table", "list", 3, "y", "z"): 19,
        ("table", "date"): 21,
        ("rules",): 23,
        ("rules", 0): 23,
        ("rules", 0, "a"): 24,
        ("rules", 0, "inner"): 26,
        ("rules", 0, "inner", 0): 26,
        ("rules", 0, "inner", 0, "b"): 27,
        ("rules", 0, "inner", 0, "deep"): 29,
        ("rules", 0, "inner", 0, "deep", "c"): 30,
        ("rules", 1): 32,
        ("rules", 1, "a"): 33,
        ("rules", 1, "other"): 34,
        ("last",): 35,
        ("last", "of"): 35,
        ("last", "of", "all"): 35,
        ("last", "of", "all", "d"): 36,
        ("last", "of", "all", "d", "e"): 36,
    }
    assert set(of_keys(DOCUMENT)) == set(_paths(tomllib.loads(DOCUMENT)))


def test_a_table_that_comes_after_what_is_in_it() -> None:
    assert of_keys("[a.b]\n\n[a]\n") == {("a",): 3, ("a", "b"): 1}


def test_lines_that_end_as_on_windows() -> None:
    assert of_keys("a = 1\r\n[b]\r\nc = [\r\n2]\r\n") == {
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "c", 0): 4,
    }


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, (*path, number))


# A document whose every number is the line that it is written on: `@` stands for it.
NAMES = st.sampled_from(["a", "b-c", '"d.e"', "'[f]'", '"g \\" = #"', "h . i", '"\\u00e4"'])
VALUES = st.recursive(
    st.sampled_from(
        [
            "@",
            '"[] = # {"',
            "'\\'",
            '"""\n[x]\ny = 1 \\""""',
            "'''\n\nz = 2'''",
            "1979-05-27",
            "-1e5",
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: "[\n" + " ,# ]\n".join(each) + "\n]"),
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
        st.lists(inner.filter(lambda one: "\n" not in one), max_size=2).map(
            lambda each: "{" + ", ".join(f"k{n}.x = {one}" for n, one in enumerate(each)) + "}"
        ),
    ),
    max_leaves=6,
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=4, unique_by=lambda pair: pair[0])
TABLES = st.lists(
    st.tuples(st.sampled_from(["# {}\n[t{}]", "[[list]] #{}{}", "\n [[ list . deep ]]"]), PAIRS),
    max_size=4,
)


@given(PAIRS, TABLES)
def test_each_key_is_on_its_line(
    first: list[tuple[str, str]], tables: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    parts = [first, *(pairs for _, pairs in tables)]
    headers = ["", *(header.format(n, n) for n, (header, _) in enumerate(tables))]
    if any("deep" in header for header in headers):
        headers.insert(1, "[[list]]")
        parts.insert(1, [])
    text = "\n".join(
        "\n".join([header, *(f"{name} = {value}" for name, value in pairs)])
        for header, pairs in zip(headers, parts, strict=True)
    )
    numbered = "\n".join(
        line.replace("@", str(number)) for number, line in enumerate(text.split("\n"), start=1)
    )
    data = tomllib.loads(numbered)
    index = of_keys(numbered)
    assert set(index) == set(_paths(data))
    for path in index:
        value: object = data
        for part in path:
            value = value[part]  # type: ignore[index]  # what the path was made of
        if isinstance(value, int):
            assert index[path] == value
