"""Runs a program under the system calls that a unit allows: ``unit_filter.py UNIT PROGRAM …``.

What it may not call ends it, as under systemd.
"""

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

_KILL_PROCESS, _ALLOW = 0x8000_0000, 0x7FFF_0000  # of seccomp.h
_ALWAYS = ("@default", "execve")


def allowed_calls(unit: str) -> set[str]:
    """Return the system calls that the text of a unit allows."""
    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = set[str]().union(*map(_members, line.removeprefix("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed.union(*map(_members, _ALWAYS))


def _members(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    command = ["systemd-analyze", "syscall-filter", name]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.strip() for line in told.splitlines()[1:]]
    return set[str]().union(*(_members(line) for line in lines if line and line[0] != "#"))


def _load(allowed: set[str]) -> None:
    library = ctypes.CDLL("libseccomp.so.2")  # systemd itself needs it
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_KILL_PROCESS)))
    for name in sorted(allowed):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # not of another architecture
            assert library.seccomp_rule_add(rules, ctypes.c_uint32(_ALLOW), number, 0) == 0
    assert library.seccomp_load(rules) == 0


if __name__ == "__main__":
    _load(allowed_calls(Path(sys.argv[1]).read_text("utf-8")))
    os.execv(sys.argv[2], sys.argv[2:])  # ruff: ignore[start-process-with-no-shell]  # a test's own
