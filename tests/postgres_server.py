"""A real PostgreSQL server of our own, on a socket in a temporary folder."""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

_MISSING = (
    "PostgreSQL's own programs (initdb, postgres) are not on this machine, and its tests must not "
    "be left out: install Debian's package postgresql, or put their folder on PATH"
)

_ROOM_BYTES = 4 << 30  # far more than the few servers of a run fill


class PostgresServer:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        """Make an empty database; as root it belongs to another user.

        Args:
            folder: Which that user may enter.
        """
        self._programs = postgres_programs()
        self._user = _user()
        self._home = folder / "home"
        self._log = folder / "log"
        self._home.mkdir()
        if self._user:
            shutil.chown(self._home, self._user)
        data = self._home / "data"
        copy = ["cp", "-a", str(_new_database()), str(data)]
        subprocess.run(copy, check=True, user=self._user, cwd=self._home)
        self.url = f"postgresql://wurao@/postgres?host={quote(str(self._home), safe='')}"
        self.start()

    def start(self) -> None:
        """Start the server, and return when it answers."""
        program, data = self._programs / "postgres", self._home / "data"
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [program, "-D", data, "-k", self._home, "-c", "listen_addresses="],
                user=self._user, cwd=self._home, stdout=log, stderr=log,
            )  # fmt: skip
        _wait(self.url, self._server, self._log)

    def stop(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server, by default as ``pg_ctl stop -m immediate`` does; nothing if it is."""
        if self._server.poll() is None:
            self._server.send_signal(number)
            self._server.wait(30)


@cache
def _new_database() -> Path:
    """An empty database, made once for each process of tests; servers begin on copies of it."""
    made = tempfile.TemporaryDirectory(prefix="wurao-pg-new-", dir=_place())
    atexit.register(made.cleanup)
    folder = Path(made.name)
    user = _user()
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [postgres_programs() / "initdb", *f"-D {data} -U wurao -A trust -E UTF8 --no-sync".split()],
        check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return data


def _place() -> str | None:
    """Memory where there is enough: servers wait there for no disk, with all that they promise."""
    memory = Path("/dev/shm")  # ruff: ignore[hardcoded-temp-file]
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES
    return str(memory) if roomy else None


@contextmanager
def stoppable_postgres() -> Generator[PostgresServer]:
    """Start a server and yield it; stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="wurao-pg-", dir=_place()) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = PostgresServer(folder)
        try:
            yield server
        finally:
            server.stop(signal.SIGINT)  # does not wait for clients, unlike SIGTERM


@contextmanager
def postgres_server() -> Generator[str]:
    """Start a server and yield its URL."""
    with stoppable_postgres() as server:
        yield server.url


@contextmanager
def schema(url: str, name: str) -> Generator[str]:
    """Make an empty schema and yield a URL that sees it alone.

    One connection makes and drops all schemas of a server: each new one reads the catalogue anew.
    """
    with _maker(url).cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{name}"'.encode())
        try:
            yield f"{url}&options={quote(f'-csearch_path={name}', safe='')}"
        finally:
            cursor.execute(f'DROP SCHEMA "{name}" CASCADE'.encode())


@cache
def _maker(url: str) -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(url, autocommit=True)
    atexit.register(connection.close)
    connection.execute("SET client_min_messages = warning")
    return connection


@contextmanager
def setting(url: str, name: str, value: str) -> Generator[None]:
    """Let a setting of the whole server be another, for every connection that is opened now."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        _reload(url, name, value)
        try:
            yield
        finally:
            connection.execute(f"ALTER SYSTEM RESET {name}".encode())
            _reload(url, name, "on")


def _reload(url: str, name: str, value: str) -> None:
    found = None
    while found != (value,):
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_reload_conf()")
            found = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's own programs."""
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
