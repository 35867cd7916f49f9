"""Programs run as somebody whom permissions stop."""

import os


def without_privileges() -> list[str]:
    """Return the beginning of a command line that takes from root, if it is root, what it may."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
