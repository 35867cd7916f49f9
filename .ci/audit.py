"""Holds the pinned dependencies against a list of known vulnerabilities, by pip-audit.

A known vulnerability fails; so does a lock file that cannot be read. A machine that cannot reach
the list passes, and is told so loudly: `--required` makes that a failure too. Further options go
to pip-audit, such as `--vulnerability-service osv` or `--ignore-vuln ID`.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_GROUPS = (
    (
        "requirements.lock",
        "requirements-baselines.lock",
        "requirements-fuzz.lock",
        "requirements-reader.lock",
    ),
    ("requirements-adapters.lock",),  # other versions of the same packages
)
"""Locks that can be audited together; what serving installs is in the first."""

_LIMIT_SECONDS = 120
_NETWORK = (
    "ConnectionError",
    "ConnectTimeout",
    "HTTPError",
    "ProxyError",
    "ReadTimeout",
    "SSLError",
    "ServiceError",
)


def main(arguments: list[str]) -> int:
    """Audit and say what came of it.

    Args:
        arguments: ``--required`` and options of pip-audit.

    Returns:
        The exit status.
    """
    required = "--required" in arguments
    passed_on = [word for word in arguments if word != "--required"]
    with ThreadPoolExecutor() as pool:  # most of the time it waits for the list
        return max(pool.map(lambda locks: _audit(locks, passed_on, required), _GROUPS))


def _audit(locks: Sequence[str], arguments: list[str], required: bool) -> int:
    own = [Path(sys.executable).with_name("pip-audit"), "--disable-pip", "--require-hashes"]
    own += ["--format", "json", "--progress-spinner", "off"]
    own += [word for lock in locks for word in ("--requirement", lock)]
    try:
        run = subprocess.run(
            [*own, *arguments],
            capture_output=True,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _not_audited(f"no answer within {_LIMIT_SECONDS} s", required)
    if not run.stdout.startswith("{"):
        last = (run.stderr.strip().splitlines() or ["no output"])[-1]
        if any(name in last for name in _NETWORK):
            return _not_audited("the list of vulnerabilities cannot be reached", required)
        print(f"audit: pip-audit failed: {last}", file=sys.stderr)
        return 1
    return _judge(json.loads(run.stdout)["dependencies"], required)


def _judge(dependencies: list[dict[str, object]], required: bool) -> int:
    found = [one for one in dependencies if one.get("vulns")]
    for one in found:
        for flaw in one["vulns"]:
            mended = ", ".join(flaw["fix_versions"]) or "no version yet"
            print(f"audit: {one['name']} {one['version']}: {flaw['id']}, mended in {mended}")
    if found:
        print("audit: raise the versions (`make lock`), or say why not with --ignore-vuln")
        return 1
    skipped = [str(one["name"]) for one in dependencies if "skip_reason" in one]
    if skipped:
        which = "none of them" if len(skipped) == len(dependencies) else ", ".join(skipped)
        which = which if which == "none of them" else f"not {which}"
        problem = f"of {len(dependencies)} packages the list knows {which}"
        return _not_audited(problem, required)
    print(f"audit: no known vulnerability in {len(dependencies)} packages")
    return 0


def _not_audited(problem: str, required: bool) -> int:
    line = f"audit: NOT AUDITED: {problem}. Run `make audit` where the network is."
    frame = "!" * len(line)
    print(f"{frame}\n{line}\n{frame}", file=sys.stderr)
    return int(required)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
