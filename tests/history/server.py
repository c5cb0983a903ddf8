"""A real PostgreSQL server for the tests: its own data, its own port, gone afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

USER: Final = "drift"
PASSWORD: Final = "pass w%rd/:@"
IN_URL: Final = "pass%20w%25rd%2F%3A%40"


class MissingError(Exception):
    """Why there is no server."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where it listens."""

    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def url(self, database: str, *, user: str = USER, word: str = IN_URL) -> str:
        return f"postgresql://{user}:{word}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database; return its name."""
        name = f"history_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            dbname=database,
            user=USER,
            password=PASSWORD,
            autocommit=True,
        )


@contextmanager
def running() -> Iterator[Server]:
    """Start a server; `MissingError` where none is installed or nobody may run it."""
    programs = _programs()
    account = _account()
    with tempfile.TemporaryDirectory(prefix="drift-postgresql-") as name:
        folder = Path(name)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if account is not None:
            for path in (folder, secret):
                os.chown(path, account.pw_uid, account.pw_gid)
        data, log = folder / "data", folder / "log"
        user = None if account is None else account.pw_uid
        group = None if account is None else account.pw_gid
        subprocess.run(
            [
                programs / "initdb",
                *("--pgdata", data, "--username", USER, "--pwfile", secret),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            user=user,
            group=group,
        )
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    programs / "postgres",
                    *("-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1"),
                    *("-c", "unix_socket_directories=", "-c", "fsync=off"),
                ],
                stdout=output,
                stderr=output,
                cwd=folder,
                user=user,
                group=group,
            )
        try:
            server = Server(port=port)
            _wait(server, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _programs() -> Path:
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        raise MissingError("there is no initdb; Debian's package is postgresql")
    return installed[-1].parent


def _account() -> pwd.struct_passwd | None:
    """Return whom to run it as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise MissingError("this is root, and there is neither a user postgres nor nobody")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise MissingError(f"the server ended: {log.read_text()}")
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise MissingError(f"the server does not answer: {log.read_text()}")
