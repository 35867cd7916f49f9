"""Which addresses only this machine can reach."""

import ipaddress


def is_loopback(address: str) -> bool:
    """Say whether only this machine can reach an address.

    Args:
        address: ``host:port``.
    """
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
