"""An AWS that answers from a folder, in a process of its own.

`python -m tests.bench.endpoint FOLDER` prints its address, and serves until its standard input
ends. The answer to an action is FOLDER/ACTION.xml, or FOLDER/ACTION.TOKEN.xml to a NextToken. All
are in memory before the first request, so that what is measured is the client.
"""

import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

from typing_extensions import override

_OPEN, _CLOSE = b"\n        <item>\n", b"\n        </item>"


def main() -> None:
    """Serve the folder that the command line names."""
    pages = {path.stem: path.read_bytes() for path in Path(sys.argv[1]).glob("*.xml")}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps the connection, as AWS does
        wbufsize = -1  # head and body leave together

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            body = _answer(form, pages)
            self.send_response(200 if body else 400)
            self.send_header("Content-Type", "text/xml;charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a client that is refused says so itself."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        sys.stdin.read()
        server.shutdown()


def _answer(form: Mapping[str, str], pages: Mapping[str, bytes]) -> bytes:
    """Return what AWS says to this request; nothing if the folder does not have it."""
    action, token, only = form["Action"], form.get("NextToken"), form.get("FlowLogId.1")
    if only:
        return _alone(only, pages)
    return pages.get(f"{action}.{token}" if token else action, b"")


def _alone(flow_log_id: str, pages: Mapping[str, bytes]) -> bytes:
    """Return the answer with only this flow log: Pulumi's provider asks for one at a time."""
    name = f"<flowLogId>{flow_log_id}<".encode()
    for page in pages.values():
        head, *items = page.split(_OPEN)
        for item in items:
            if name in item:
                entry, _, _ = item.partition(_CLOSE)
                return (
                    head
                    + _OPEN
                    + entry
                    + _CLOSE
                    + b"\n    </flowLogSet></DescribeFlowLogsResponse>"
                )
    return b""


if __name__ == "__main__":
    main()
