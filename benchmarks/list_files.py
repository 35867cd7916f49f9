"""Times import and export of a long list: `python -m benchmarks.list_files [ROWS]`.

The import is killed half way and run again, as after a crash; the second process and the one that
exports report their CPU and the most memory that they held.
"""

import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from classifier.key_file import add_key
from classifier.optouts.derived.opt_outs import OPT_OUTS
from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.lists.exporter import Export, export_list
from classifier.optouts.lists.import_progress import ImportProgress
from classifier.optouts.lists.importer import ListImport
from classifier.optouts.lists.list_entries import Origin
from classifier.optouts.lists.list_file import look_at_list
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import keys_from_file

_ROWS = 1_000_000
_ZONE = ZoneInfo("Asia/Shanghai")


def _open(folder: Path) -> Registry:
    policies = read_policies()
    keys = keys_from_file(folder / "keys")
    place = str(folder / "registry.sqlite")
    return open_registry(place, keys, PolicyRules(policies), followers(policies), mapped=False)


def take_in(folder: Path) -> None:
    """Import the list of the folder, saying after each batch how far it has come.

    Args:
        folder: With list and keys.
    """

    def tell(progress: ImportProgress) -> None:
        print(progress.line, flush=True)

    shape = look_at_list(folder / "list.csv")
    origin = Origin("acme", "benchmark", shape.digest, "CN", _ZONE)
    ListImport(_open(folder), shape, origin).run(folder / "bad.csv", tell)


def write_out(folder: Path) -> None:
    """Export the registry of the folder.

    Args:
        folder: With registry and keys.
    """
    with (folder / "out.csv").open("wb") as file:
        wanted = Export("acme", "benchmark", _ZONE)
        count = export_list(_open(folder), wanted, file, lambda _count: None).written
    print(count)


def _measured(work: Callable[[Path], None], folder: Path) -> None:
    started = time.monotonic()
    work(folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": time.monotonic() - started,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "most_megabytes": used.ru_maxrss / 1024,
    }
    print(json.dumps(figures), flush=True)


def _run(verb: str, folder: Path, kill_at_line: int = 0) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.list_files", verb, str(folder)]
    last = "{}"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for last in child.stdout or ():
            if kill_at_line and last.strip().isdecimal() and int(last) >= kill_at_line:
                child.send_signal(signal.SIGKILL)
                return {}
    figures: dict[str, float] = json.loads(last)
    return figures


def main(rows: int) -> None:
    """Write a list, import it with a crash half way, export it, and print what it took.

    Args:
        rows: Of the list.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        add_key(folder / "keys")
        create_registry(str(folder / "registry.sqlite"), keys_from_file(folder / "keys"))
        with (folder / "list.csv").open("w", encoding="utf-8-sig") as file:
            file.write("手机号,渠道,时间,原因\n")
            for i in range(rows):
                file.write(f"138{i:08d},短信,2026-11-01 09:{i % 60:02d}:00,骚扰\n")
        _run("in", folder, kill_at_line=rows // 2)
        for verb in ("in", "out"):
            print(verb, _run(verb, folder))
        records = _open(folder).store.read(lambda view: view.count(OPT_OUTS))
        print(f"{records:,} records of {rows:,} rows, killed once half way")


if __name__ == "__main__":
    verbs = {"in": take_in, "out": write_out}
    if len(sys.argv) > 2:
        _measured(verbs[sys.argv[1]], Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else _ROWS)
