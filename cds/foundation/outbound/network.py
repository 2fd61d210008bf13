"""One call over HTTP/1.1, by httpcore: connected to the addresses that were checked, and never longer than the deadline.

httpcore bounds each read of a socket; a server that sends a byte at a time would outlast that. So the streams here bound all of them.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore

from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import Deadline, NotFetched
from cds.foundation.outbound.origins import Location

Headers = Mapping[bytes | str, bytes | str]


@dataclass(frozen=True)
class Line:
    """How one call is made: to which addresses, until when, and with which trust in certificates."""

    addresses: tuple[str, ...]
    deadline: Deadline
    connect: float
    trust: Callable[[], ssl.SSLContext]


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing outlasts the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Connects to the addresses of the line, in order, whatever the host is called."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        until = Deadline.after(min(self._line.connect, self._line.deadline.left()))
        refused = httpcore.ConnectError()
        for address in self._line.addresses:
            try:
                stream = self._sockets.connect_tcp(address, port, timeout=_left(until), socket_options=socket_options)
                return _Stream(stream, self._line.deadline)
            except httpcore.ConnectError as error:
                refused = error
        raise refused


def get(location: Location, headers: Headers, line: Line, *, admit: Callable[[int, str], None], take: Callable[[int], None]) -> bytes:
    """The body of the reply. Raises NotFetched.

    `admit` is told the status and the media type (in lower case, without parameters) before the body is read, `take` the size of
    each piece of it; either may refuse.
    """
    with opened("GET", location, headers, line) as reply:
        admit(reply.status, _media(reply.headers))
        return b"".join(pieces(reply, take))


@contextlib.contextmanager
def opened(method: str, location: Location, headers: Headers, line: Line, body: bytes | None = None) -> Iterator[httpcore.Response]:
    """The reply while its body is yet to be read. Raises NotFetched, also for what goes wrong while it is read."""
    trust = line.trust() if location.origin.scheme == "https" else None
    try:
        with (
            httpcore.ConnectionPool(ssl_context=trust, network_backend=_Network(line), retries=0) as pool,
            pool.stream(method, location.url, headers=headers, content=body) as reply,
        ):
            yield reply
    except httpcore.TimeoutException as error:
        raise NotFetched(budgets.LATE) from error
    except httpcore.ConnectError as error:
        raise NotFetched(budgets.UNREACHED) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise NotFetched(budgets.BROKEN) from error


def pieces(reply: httpcore.Response, take: Callable[[int], None]) -> Iterator[bytes]:
    """The body of a reply, piece by piece; `take` is told the size of each and may refuse."""
    for piece in reply.iter_stream():
        take(len(piece))
        yield piece


def _media(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Empty for a body that is encoded: no encoding is asked for, so that its size is the size that is read."""
    named = {name.lower(): value.decode("latin-1").lower() for name, value in headers}
    if named.get(b"content-encoding", "identity").strip() != "identity":
        return ""
    return named.get(b"content-type", "").partition(";")[0].strip()


def _left(deadline: Deadline) -> float:
    left = deadline.left()
    if not left:
        raise httpcore.ReadTimeout
    return left
