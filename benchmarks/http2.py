"""The least of an HTTP/2 client that gRPC calls need, so that asking costs little beside answering.

Requests are frames made in advance; of an answer only the end and its status are looked at. Header
compression is switched off by a table of size 0 and literals that are never indexed.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from typing import cast

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _ACK, _END_HEADERS = 0x1, 0x1, 0x4
_LARGEST_WINDOW = (1 << 31) - 1
_FIRST_WINDOW = 65_535
_STATUS = b"grpc-status"
LOST = -1
"""Status of a call whose connection or stream was torn down."""


def frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    """Return an HTTP/2 frame.

    Args:
        kind: Of the frame.
        flags: Of the frame.
        stream: Its number; 0 is the connection.
        content: At most 16 KiB.
    """
    return struct.pack(">I", len(content))[1:] + struct.pack(">BBI", kind, flags, stream) + content


def call_headers(method: str, authority: str) -> bytes:
    """Return the header block of a call.

    Args:
        method: Such as ``/wurao.v1.ClassifierService/Classify``.
        authority: Host and port.
    """
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": method,
        ":authority": authority,
        "te": "trailers",
        "content-type": "application/grpc",
    }
    return b"".join(
        b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in fields.items()
    )


def prefixed(message: bytes) -> bytes:
    """Return a message as it stands in the data of a call.

    Args:
        message: Serialised.
    """
    return b"\x00" + struct.pack(">I", len(message)) + message


class Connection(asyncio.Protocol):
    """One connection with any number of calls on it."""

    def __init__(self, headers: bytes) -> None:
        """Prepare for calls of one method.

        Args:
            headers: From `call_headers`.
        """
        self._headers = headers
        self._next_stream = 1
        self._window = _FIRST_WINDOW
        self._waiting: deque[bytes] = deque()
        self._buffer = b""
        self._ends: dict[int, Callable[[int], None]] = {}
        self._heard: dict[int, Callable[[], None]] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the server."""
        self._transport = cast("asyncio.Transport", transport)
        # No header table, no push, streams as wide as can be.
        settings = struct.pack(">HIHIHI", 1, 0, 2, 0, 4, _LARGEST_WINDOW)
        wider = struct.pack(">I", _LARGEST_WINDOW - _FIRST_WINDOW)
        self._transport.write(
            _PREFACE + frame(_SETTINGS, 0, 0, settings) + frame(_WINDOW, 0, 0, wider)
        )

    def connection_lost(self, exc: Exception | None) -> None:  # ruff: ignore[unused-method-argument]
        """Tell every caller."""
        for end in list(self._ends.values()):
            end(LOST)
        self._ends.clear()

    def ask(self, message: bytes, end: Callable[[int], None]) -> None:
        """Begin a call with one message.

        Args:
            message: From `prefixed`, below 16 KiB.
            end: Told how it ended.
        """
        stream = self._open(end)
        self._send(stream, message, _END_STREAM)

    def converse(self, heard: Callable[[], None], end: Callable[[int], None]) -> int:
        """Begin a call of many messages; `say` sends one.

        Args:
            heard: Told of each message that comes back.
            end: Told how it ended.

        Returns:
            The number of the stream.
        """
        stream = self._open(end)
        self._heard[stream] = heard
        return stream

    def say(self, stream: int, message: bytes, last: bool = False) -> None:
        """Send one message of a call.

        Args:
            stream: From `converse`.
            message: From `prefixed`; empty for none.
            last: Whether it is the last one.
        """
        self._send(stream, message, _END_STREAM if last else 0)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _open(self, end: Callable[[int], None]) -> int:
        stream = self._next_stream
        self._next_stream += 2
        self._ends[stream] = end
        self._write(frame(_HEADERS, _END_HEADERS, stream, self._headers))
        return stream

    def _send(self, stream: int, message: bytes, flags: int) -> None:
        self._waiting.append(frame(_DATA, flags, stream, message))
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting and len(self._waiting[0]) <= self._window:
            data = self._waiting.popleft()
            self._window -= len(data)
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        buffer = self._buffer + data
        start, size = 0, len(buffer)
        while size - start >= 9:
            length = int.from_bytes(buffer[start : start + 3])
            stop = start + 9 + length
            if stop > size:
                break
            stream = int.from_bytes(buffer[start + 5 : start + 9])
            self._take(buffer[start + 3], buffer[start + 4], stream, buffer[start + 9 : stop])
            start = stop
        self._buffer = buffer[start:]

    def _take(self, kind: int, flags: int, stream: int, content: bytes) -> None:
        if kind == _HEADERS and flags & _END_STREAM:
            self._end(stream, _status_of(content))
        elif kind == _DATA:
            if content and stream in self._heard:
                self._heard[stream]()  # small answers come in one frame each
        elif kind == _RESET:
            self._end(stream, LOST)
        elif kind == _SETTINGS and not flags & _ACK:
            self._write(frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _PING and not flags & _ACK:
            self._write(frame(_PING, _ACK, 0, content))
        elif kind == _WINDOW and stream == 0:
            self._window += int.from_bytes(content)
            self._send_waiting()

    def _end(self, stream: int, status: int) -> None:
        self._heard.pop(stream, None)
        if end := self._ends.pop(stream, None):
            end(status)


def _status_of(trailers: bytes) -> int:
    at = trailers.find(_STATUS)
    if at < 0:
        return LOST
    at += len(_STATUS)
    return int(trailers[at + 1 : at + 1 + trailers[at]])
