"""Takes a port for several processes of ours, and finds out whether a stranger has it already."""

import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from classifier.errors import SettingsError


@contextmanager
def reserved_port(address: str) -> Generator[int]:
    """Hold a port that workers of the same user may share by SO_REUSEPORT; yield its number.

    The socket is bound alone, so a server that is there already is noticed, even one that shares
    its port; only then may others join. It never listens, so no connection comes to it.

    Args:
        address: Host and port; port 0 takes a free one.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    host, _colon, text = address.rpartition(":")
    port = int(text)
    with ExitStack() as held:
        try:
            places = socket.getaddrinfo(
                host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            for family, kind, protocol, _name, place in places:
                holder = held.enter_context(socket.socket(family, kind, protocol))
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                holder.bind((place[0], port, *place[2:]))
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                port = holder.getsockname()[1]
        except OSError:
            raise SettingsError(cannot_listen(address)) from None
        yield port


def cannot_listen(address: str) -> str:
    """Return the message for an address that cannot be listened on.

    Args:
        address: Host and port.
    """
    return f"{address}: cannot be listened on; is another server there? See WURAO_ADDRESS"
