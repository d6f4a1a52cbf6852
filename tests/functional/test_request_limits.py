"""Too large a request over HTTP: a clear refusal by both server programs, which keep little of it and live on."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server
from tests.waiting import TIMEOUT_SECONDS

MEGABYTE = 1_048_576
CHUNK = b"x" * 65_536
PATH = "/api/processes/demo_create_path"
DETAIL = f"Request body is larger than {MEGABYTE} bytes"


def chunks(megabytes: int) -> Iterator[bytes]:
    """Give the text of a form field part by part; a client that sends an iterator says nothing of its length."""
    yield b'[{"path_label":"'
    yield from [CHUNK] * (megabytes * 16)
    yield b'"}]'


def resident_megabytes(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.fixture(autouse=True)
def the_server_lives_on(server: Server) -> Iterator[None]:
    """Check after the test: the server answers as before and logged no traceback."""
    log_before = server.log.stat().st_size
    yield
    assert server.http.post(PATH, json=[{"path_label": "Harbour-Airport"}]).status_code == 201
    assert "Traceback" not in server.log.read_bytes()[log_before:].decode(errors="replace")


def test_a_chunked_body_within_the_limit_is_read(server: Server) -> None:
    body = [b'[{"path_label":"Harbour', b'-Airport"}', b"]"]

    assert server.http.post(PATH, content=iter(body)).status_code == 201


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_over_the_limit_is_refused_with_the_limit(server: Server, chunked: bool) -> None:
    content = chunks(3) if chunked else b"".join(chunks(3))

    answer = server.http.post(PATH, content=content, headers={"Origin": str(server.http.base_url)})

    assert (answer.status_code, answer.json()["detail"]) == (413, DETAIL)


def test_a_body_that_nobody_reads_does_no_harm(server: Server) -> None:
    assert server.http.get("/api/processes/", headers={"Transfer-Encoding": "chunked"}).status_code in (200, 400)
    assert server.http.put("/api/processes/resume-all", content=chunks(3)).status_code == 200


@pytest.mark.once
def test_a_hundred_megabytes_cost_no_memory(server: Server) -> None:
    server.http.post(PATH, content=chunks(2))
    before = resident_megabytes(server)

    answer = server.http.post(PATH, content=chunks(100))

    assert answer.status_code == 413
    assert resident_megabytes(server) - before < 20


@pytest.mark.parametrize("server", ["uvicorn"], indirect=True)  # daphne reads a request to its end before it answers
def test_the_answer_does_not_wait_for_the_end_of_the_body(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT_SECONDS) as raw:
        raw.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(17):
            raw.sendall(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        head, _, body = raw.recv(65_536).partition(b"\r\n\r\n")

    assert b" 413 " in head.splitlines()[0]
    assert not body or json.loads(body)["detail"] == DETAIL


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param("GET /api/processes/?filter=note,{long} HTTP/1.1\r\nHost: localhost\r\n\r\n", id="query"),
        pytest.param("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n", id="path"),
        pytest.param("GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n", id="header"),
        pytest.param("GET /api/health HTTP/1.1\r\nHost: localhost\r\n{many}\r\n", id="headers"),
    ],
)
def test_more_than_a_server_reads_is_refused(server: Server, request_: str) -> None:
    text = request_.format(long="x" * 200_000, many="".join(f"X-{number}: 1\r\n" for number in range(20_000)))
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT_SECONDS) as raw:
        raw.sendall(text.encode())
        answer = raw.recv(4096)

    # daphne's HTTP library drops the connection when a line is too long.
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"413", b"414", b"431"), answer
