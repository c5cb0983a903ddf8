"""Draw docs/pictures/comment.png: the comment of the demo's morning, much as GitHub shows it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from drift.demo import story
from drift.render import markdown
from tests.render.reading import github

PICTURE: Final = Path(__file__).parents[2] / "docs/pictures/comment.png"
_SIZE: Final = (892, 1_330)
_CLASSES: Final = {"-": "removed", "+": "added", "!": "reordered"}
_STYLE: Final = """
body { margin: 0; height: 1330px; overflow: hidden; color: #1f2328; background: #fff;
       font: 14px/1.5 "Liberation Sans", sans-serif }
body::after { content: ""; position: fixed; bottom: 0; left: 0; right: 0; height: 60px;
              background: linear-gradient(transparent, #fff) }
main { width: 858px; margin: 16px; border: 1px solid #d1d9e0; border-radius: 6px }
header { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0;
         padding: 8px 16px; color: #59636e }
header b { color: #1f2328 }
article { padding: 16px }
h3 { font-size: 1.25em; margin: 0 0 16px }
p, ul, pre, table, details { margin: 0 0 16px }
ul { padding-left: 2em }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100% }
td, th { border: 1px solid #d1d9e0; padding: 6px 13px }
tr:nth-child(2n) td { background: #f6f8fa }
code { font: 85%/1.45 "DejaVu Sans Mono", monospace; background: #818b981f; padding: .2em .4em;
       border-radius: 6px; white-space: break-spaces }
pre { background: #f6f8fa; padding: 16px; overflow: hidden; border-radius: 6px }
pre code { background: none; padding: 0; white-space: pre }
pre span { display: block }
.removed { background: #ffebe9; color: #82071e }
.added { background: #dafbe1; color: #116329 }
.reordered { background: #fff8c5 }
summary { margin-bottom: 8px }
"""


def page() -> str:
    """Return the comment as a page, with the worst finding opened."""
    html = github(markdown.render(story.report_of_the_morning()))
    html = html.replace("<details>", "<details open>", 1)
    html = re.sub(r'(?s)(?<=<pre lang="diff"><code>).*?(?=</code>)', _coloured, html)
    return (
        f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style><main>"
        f"<header><b>github-actions</b> commented</header><article>{html}</article></main>"
    )


def _coloured(lines: re.Match[str]) -> str:
    return "".join(
        f'<span class="{_CLASSES.get(line[:1], "")}">{line}</span>'
        for line in lines[0].splitlines()
    )


def main() -> None:
    """Draw it, with the Chromium that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comment.html"
        path.write_text(page(), encoding="utf-8")
        width, height = _SIZE
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--hide-scrollbars",
                f"--window-size={width},{height}",
                f"--screenshot={PICTURE}",
                path.as_uri(),
            ],
            check=True,
        )


if __name__ == "__main__":
    main()
