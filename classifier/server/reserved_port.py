"""Takes a port for several processes of ours, and finds out whether a stranger has it already."""

import errno
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from classifier.errors import SettingsError
from classifier.server.variables import host_and_port

# A name may have an address of IPv6 where the machine has none, as localhost in many a container.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@contextmanager
def reserved_port(address: str) -> Generator[int]:
    """Hold a port that workers of the same user may share by SO_REUSEPORT; yield its number.

    The socket is bound alone, so a server that is there already is noticed, even one that shares
    its port; only then may others join. It never listens, so no connection comes to it, and one
    bound in the same moment would be let in beside it: a name tells of it until the end.

    Args:
        address: Host and port; port 0 takes a free one.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    (_host, port), bound = host_and_port(address), False
    with ExitStack() as held:
        places = _places(address)
        for number, (family, kind, protocol, _name, place) in enumerate(places, 1):
            try:
                holder = held.enter_context(socket.socket(family, kind, protocol))
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                holder.bind((place[0], port, *place[2:]))
                # Of the machine's network, not of its files; it is gone with the process.
                name = held.enter_context(socket.socket(socket.AF_UNIX))
                name.bind(f"\0wurao/{place[0]}/{holder.getsockname()[1]}")
            except OSError as error:
                if error.errno in _NOT_HERE and (bound or number < len(places)):
                    continue
                raise SettingsError(cannot_listen(address, error)) from None
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            port, bound = holder.getsockname()[1], True
        yield port


def cannot_listen(address: str, error: OSError | None = None) -> str:
    """Return the message for an address that cannot be listened on.

    Args:
        address: Host and port.
        error: Why, where that is known.
    """
    if isinstance(error, socket.gaierror) or (error and error.errno in _NOT_HERE):
        return f"{address}: is no address of this machine; name another in WURAO_ADDRESS"
    if error and error.errno != errno.EADDRINUSE:
        return f"{address}: cannot be listened on: {error.strerror}; see WURAO_ADDRESS"
    return f"{address}: cannot be listened on; is another server there? See WURAO_ADDRESS"


def _places(address: str) -> list[Any]:
    kind, flags = socket.SOCK_STREAM, socket.AI_PASSIVE
    try:
        return list(socket.getaddrinfo(*host_and_port(address), type=kind, flags=flags))
    except OSError as error:
        raise SettingsError(cannot_listen(address, error)) from None
