"""A real PostgreSQL server of our own, on a socket in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

_MISSING = (
    "PostgreSQL's own programs (initdb, postgres) are not on this machine, and its tests must not "
    "be left out: install Debian's package postgresql, or put their folder on PATH"
)


@contextmanager
def postgres_server() -> Generator[str]:
    """Start a server and yield its URL; as root it runs as another user."""
    programs = _programs()
    user = _user()
    with tempfile.TemporaryDirectory(prefix="wurao-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = folder / "home"
        home.mkdir()
        if user:
            shutil.chown(home, user)
        data = home / "data"
        subprocess.run(
            [programs / "initdb", *f"-D {data} -U wurao -A trust -E UTF8 --no-sync".split()],
            check=True, user=user, cwd=home, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses="],
            user=user, cwd=home, stdout=log, stderr=log,
        )  # fmt: skip
        url = f"postgresql://wurao@/postgres?host={quote(str(home), safe='')}"
        try:
            _wait(url, server, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # does not wait for clients, unlike SIGTERM
            server.wait(30)
            log.close()


@contextmanager
def schema(url: str, name: str) -> Generator[str]:
    """Make an empty schema and yield a URL that sees it alone."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"'.encode())
    try:
        yield f"{url}&options={quote(f'-csearch_path={name}', safe='')}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f'DROP SCHEMA "{name}" CASCADE'.encode())


def _programs() -> Path:
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    for folder in (*newest_first, *([Path(on_path).resolve().parent] if on_path else [])):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(_MISSING)


def _user() -> str | None:
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
