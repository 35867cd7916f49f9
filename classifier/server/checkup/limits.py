"""What is left to this process of the machine: by the kernel, its limits and its control groups."""

import math
import os
import resource
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def available_bytes(cgroups: Path = _CGROUPS, own: Path = _OWN) -> int:
    """Return how much memory this process and its children may take.

    Args:
        cgroups: Where the control groups are mounted.
        own: Tells in which of them this process is.
    """
    told = Path("/proc/meminfo").read_text("ascii").splitlines()
    left = [int(line.split()[1]) << 10 for line in told if line.startswith("MemAvailable")]
    addresses = resource.getrlimit(resource.RLIMIT_AS)[0]
    if addresses != resource.RLIM_INFINITY:
        left.append(addresses)
    for text in (
        *_settings(cgroups, own, "", "memory.max"),
        *_settings(cgroups, own, "memory", "memory.limit_in_bytes"),
    ):
        left += [int(text)] if text.isdigit() else []  # else max
    return min(left)


def core_count(cgroups: Path = _CGROUPS, own: Path = _OWN) -> int:
    """Return how many cores this process may keep busy.

    Args:
        cgroups: Where the control groups are mounted.
        own: Tells in which of them this process is.
    """
    left = len(os.sched_getaffinity(0))
    quotas = [text.partition(" ")[::2] for text in _settings(cgroups, own, "", "cpu.max")]
    quotas += zip(
        _settings(cgroups, own, "cpu", "cpu.cfs_quota_us"),
        _settings(cgroups, own, "cpu", "cpu.cfs_period_us"),
        strict=False,  # a folder has both or neither
    )
    for quota, period in quotas:
        if quota.isdigit() and period.isdigit():  # else max or -1
            left = min(left, math.ceil(int(quota) / int(period)))
    return left


def _settings(cgroups: Path, own: Path, controller: str, name: str) -> Iterator[str]:
    """Yield a setting of each group above this process; the version 2 has no controller."""
    root = cgroups / controller
    told = own.read_text("utf-8") if own.is_file() else ""  # a kernel may have none
    for line in told.splitlines():
        _number, controllers, group = line.split(":", 2)
        if controller not in controllers.split(","):
            continue
        folder = root / group.lstrip("/")
        for place in (root, *(p for p in (folder, *folder.parents) if root in p.parents)):
            file = place / name
            if file.is_file():
                yield file.read_text("ascii").strip()
