"""A proxy that ends TLS in front of a server of the tests, and certificates made for one run."""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import trustme

CHUNK_BYTES = 65_536
POSTGRES_ASKS = bytes.fromhex("0000000804d2162f")


class Authority:
    """A CA of its own; ``path`` is the file that clients verify against."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.path = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.path))

    def server_context(self, name: str = "127.0.0.1") -> ssl.SSLContext:
        """Return what a server proves with that it is ``name``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name).configure_cert(context)
        return context


@contextlib.contextmanager
def tls_in_front_of(url: str, context: ssl.SSLContext) -> Iterator[str]:
    """Accept TLS until the block ends and pass on what it carries to the server at ``url``; yield the address.

    Clients of a PostgreSQL ask for TLS before they speak it.
    """
    target = urlsplit(url)
    assert target.hostname is not None
    assert target.port is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        is_asked = target.scheme == "postgresql"
        arguments = (listener, context, (target.hostname, target.port), is_asked)
        accepting = threading.Thread(target=_accept, args=arguments, daemon=True)
        accepting.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        # Wakes the thread, which close() alone does not.
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(listener: socket.socket, context: ssl.SSLContext, target: tuple[str, int], is_asked: bool) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, context, target, is_asked), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, target: tuple[str, int], is_asked: bool) -> None:
    # A client that refuses the certificate ends the handshake.
    with contextlib.suppress(OSError):
        if is_asked:
            assert client.recv(len(POSTGRES_ASKS), socket.MSG_WAITALL) == POSTGRES_ASKS
            client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as encrypted, socket.create_connection(target) as server:
            _pass_on(encrypted, server)


def _pass_on(encrypted: ssl.SSLSocket, server: socket.socket) -> None:
    """Pass bytes on in both directions until either side ends."""
    while True:
        # What is decrypted already makes no socket readable.
        readable = [encrypted] if encrypted.pending() else select.select([encrypted, server], [], [])[0]
        for source in readable:
            data = source.recv(CHUNK_BYTES)
            if not data:
                return
            (server if source is encrypted else encrypted).sendall(data)
