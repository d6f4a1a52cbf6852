"""How the production server takes connections: a few at a time, many wait in the kernel, and none is sent to late."""

import socket
import struct
from pathlib import Path

import pytest
from uvicorn import Config

from orchestrator_ws.uvicorn_server import ACCEPTED_AT_A_TIME, WAITING_CONNECTIONS, DrainingServer, listen

pytestmark = pytest.mark.once

# Of a listening socket the kernel tells its backlog in this field of struct tcp_info (linux/tcp.h, tcpi_sacked).
TCP_INFO_BYTES, BACKLOG_AT = 104, 28
MOST_WAITING = int(Path("/proc/sys/net/core/somaxconn").read_text())


async def test_the_kernel_keeps_more_connections_than_are_taken_at_a_time() -> None:
    async def application(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    config = Config(application, lifespan="off", log_config=None, backlog=ACCEPTED_AT_A_TIME)
    config.load()
    server = DrainingServer(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup([listener])
        info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
        for each in server.servers:
            each.close()

    assert struct.unpack_from("I", info, BACKLOG_AT) == (min(WAITING_CONNECTIONS, MOST_WAITING),)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_small_frame_does_not_wait_until_the_one_before_is_confirmed(host: str) -> None:
    with listen(Config("", host=host, port=0, log_config=None)) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()[:2]), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
