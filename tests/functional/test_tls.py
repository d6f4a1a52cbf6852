"""Redis by TLS, for the channel layer and for Celery: verified by the CA that the URL names, or refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.functional.clients import WebSocketClient, fence, hears
from tests.functional.installations import Databases, installation
from tests.servers import server as run_server
from tests.servers import worker as run_worker
from tests.tls import Authority, tls_in_front_of
from tests.waiting import eventually

pytestmark = pytest.mark.once

FAST_PATH_ONLY = {"EVENTS_LOG_INTERVAL_SECONDS": "3600"}
NAMES = {"another CA": "127.0.0.1", "another name": "redis.example.org"}
"""What goes wrong, and the name for which the certificate is made."""

every_fault = pytest.mark.parametrize("fault", NAMES)


def unverifiable(address: str, authority: Authority, fault: str) -> str:
    """Return a URL of the Redis that names the wrong CA, or the right one for a certificate of another server."""
    trusted = authority.path
    if fault == "another CA":
        folder = authority.path.parent / "other"
        folder.mkdir()
        trusted = Authority(folder).path
    return f"rediss://:secret@{address}/0?ssl_ca_certs={trusted}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def redis_url() -> Iterator[str]:
    with services.redis("--requirepass", "secret") as (url, _):
        yield url


@pytest.fixture
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    with installation(databases) as variables:
        yield variables


def test_two_servers_hear_of_each_other_by_a_verified_redis(
    environment: dict[str, str], redis_url: str, authority: Authority
) -> None:
    with tls_in_front_of(redis_url, authority.server_context()) as address:
        environment |= {"REDIS_URL": f"rediss://:secret@{address}/0?ssl_ca_certs={authority.path}", **FAST_PATH_ONLY}
        with (
            run_server(**environment) as here,
            run_server(**environment) as there,
            WebSocketClient(here.websocket_url()) as client,
        ):
            fence(client, there)
            client.arrivals.clear()
            process_id = there.start("demo_confirm_change")
            eventually(lambda: there.status_of(process_id) == "suspended")

            hears(client, there, "L I L I L I L I L I", process_id)
            assert here.http.get("/api/health").json() == "OK"


@every_fault
def test_a_certificate_that_cannot_be_verified_is_refused_and_health_says_so(
    environment: dict[str, str], redis_url: str, authority: Authority, fault: str
) -> None:
    with tls_in_front_of(redis_url, authority.server_context(NAMES[fault])) as address:
        environment["REDIS_URL"] = unverifiable(address, authority, fault)
        with run_server(**environment) as server:
            eventually(lambda: "channel layer unreachable (ConnectionError)" in server.http.get("/api/health").text)

            assert "CERTIFICATE_VERIFY_FAILED" in server.log.read_text()


def test_a_worker_takes_processes_from_a_verified_broker(
    environment: dict[str, str], redis_url: str, authority: Authority
) -> None:
    with tls_in_front_of(redis_url, authority.server_context()) as address:
        environment |= {
            "REDIS_URL": f"rediss://:secret@{address}/0?ssl_ca_certs={authority.path}",
            "EXECUTOR": "celery",
            # The worker would find the process by itself too, but only at its next look.
            "LEASE_SECONDS": "3600",
        }
        with run_worker(**environment), run_server(**environment) as server:
            process_id = server.start("demo_confirm_change")

            eventually(lambda: server.status_of(process_id) == "suspended")


@every_fault
def test_a_broker_that_cannot_be_verified_is_refused(
    environment: dict[str, str], redis_url: str, authority: Authority, fault: str
) -> None:
    with tls_in_front_of(redis_url, authority.server_context(NAMES[fault])) as address:
        environment["CELERY_BROKER_URL"] = unverifiable(address, authority, fault)
        with run_server(**environment, EXECUTOR="celery") as server:
            server.start("demo_confirm_change")

            eventually(lambda: "CERTIFICATE_VERIFY_FAILED" in server.log.read_text())
