"""Walks the README's section on a week's labels, as a newcomer types it: `python -m tests.walk`.

Everything happens in a folder that has the repository's `data`, `models`, `examples` and `.venv`,
in one shell, which stops at the first command that ends otherwise than the README says.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
_MOST_SECONDS = 1800
WEEK = re.compile(r"^## A week's labels.*?(?=^## )", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^### (\d+\. .*?)\n(.*?)(?=^###|\Z)", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r"^(.*?)  # exit status (\d+)$")


def read_steps() -> list[tuple[str, list[str]]]:
    """Return the steps of the section: heading and commands."""
    (section,) = WEEK.findall((ROOT / "README.md").read_text("utf-8"))
    return [
        (heading, "".join(re.findall(r"```\n(.*?)```", body, re.DOTALL)).splitlines())
        for heading, body in _STEP.findall(section)
    ]


def walk(folder: Path, change: Callable[[str], str] = str, output: IO[str] | None = None) -> int:
    """Run every command in a folder.

    Args:
        folder: Where to.
        change: Makes a command out of a command, such as one for small data.
        output: Takes what is said on both ways out; by default it goes where ours goes.

    Returns:
        The exit status.
    """
    script = ["set -eu"]
    for heading, commands in read_steps():
        script.append(f"echo '== {heading}'")
        script += [_with_status(change(command)) for command in commands]
    with subprocess.Popen(
        ["/bin/bash", "-c", "\n".join(script)],
        cwd=folder,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
    ) as shell:
        try:
            return shell.wait(_MOST_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


def _with_status(command: str) -> str:
    found = _STATUS.match(command)
    if found is None:
        return command
    return f"status=0; {found[1]} || status=$?; [ $status = {found[2]} ]"


if __name__ == "__main__":
    sys.exit(walk(ROOT))
