"""``docs/howto/`` to the letter: every command of its pages is typed, beside what the pages say that there is.

Hosts of the pages are found on this machine, by TLS; a folder stands for ``/``. Real is what needs neither root nor a
host of its own; see ``tests/functional/stand_ins.py`` for the rest.
"""

import contextlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import trustme

from tests import services
from tests.functional.documented_hosts import PORTS, Host, host, wait_until_answers
from tests.functional.documented_nginx import NAME, NGINX, documented_configuration, save_configuration
from tests.functional.installations import Databases
from tests.functional.stand_ins import stand_ins
from tests.functional.terminals import Terminal, checkout
from tests.issuer import Issuer
from tests.sentinel import SentinelSet
from tests.servers import WORKER_IS_READY
from tests.servers import server as run_server
from tests.services import free_port
from tests.tls import Authority, tls_in_front_of
from tests.waiting import eventually

pytestmark = pytest.mark.once

RUNNERS = "3"
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "of-a-test-0123456789-0123456789-0123456789",
    "ALLOWED_HOSTS": f"{NAME},127.0.0.1",
    "REDIS_URL": "",
    "MAX_WORKERS": RUNNERS,
}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def variables(databases: Databases, running_issuer: Issuer) -> dict[str, str]:
    """Return what servers and workers of a new installation have in common."""
    return {**PRODUCTION, **running_issuer.environment, "DATABASE_URL": databases.fresh()}


@contextlib.contextmanager
def reached(terminal: Terminal, url: str, authority: Authority) -> Iterator[None]:
    """Let the terminal reach the server at the URL under the name that the pages give it."""
    with tls_in_front_of(url, authority.server_context(NAME)) as address:
        terminal.reach({f"{NAME}:443": int(address.rpartition(":")[2])}, authority.path)
        yield


def test_celery(variables: dict[str, str], running_issuer: Issuer, authority: Authority, tmp_path: Path) -> None:
    with (
        services.redis() as (redis_url, _),
        run_server(**variables | {"REDIS_URL": redis_url, "EXECUTOR": "celery"}) as server,
        Terminal(
            page="docs/howto/celery.md",
            desk=tmp_path / "desk",
            folder=checkout(tmp_path / "checkout"),
            variables={**variables, "REDIS_URL": redis_url, "TOKEN": running_issuer.token("view")},
        ) as terminal,
        reached(terminal, str(server.http.base_url), authority),
    ):
        terminal.follow()
        start = terminal.next_block()
        terminal.type_on(start, WORKER_IS_READY)
        ask = terminal.next_block()
        eventually(lambda: json.loads(terminal.type(ask))["number_of_workers_online"] == int(RUNNERS))
        terminal.follow()
        terminal.type_on(start, WORKER_IS_READY, "create_queue", "system_queue")


def test_sentinel(variables: dict[str, str], authority: Authority, tmp_path: Path) -> None:
    documented = [f"{letter}.example.org" for letter in "abc"]
    with SentinelSet(password="secret") as sentinels:
        hosts, ports = zip(*(address.split(":") for address in sentinels.addresses), strict=True)
        addresses = {f"{host}:26379": address for host, address in zip(documented, sentinels.addresses, strict=True)}
        with Terminal(
            page="docs/howto/sentinel.md",
            desk=tmp_path / "desk",
            folder=tmp_path,
            replaced={**addresses, f"-h {documented[0]} -p 26379": f"-h {hosts[0]} -p {ports[0]}"},
            programs={"redis-cli": stand_ins(tmp_path)["redis-cli"]},
        ) as terminal:
            terminal.follow()
            with (
                run_server(**variables | {"REDIS_URL": terminal.value_of("REDIS_URL")}) as server,
                reached(terminal, str(server.http.base_url), authority),
            ):
                ask, before = terminal.next_block(), sentinels.master
                eventually(lambda: json.loads(terminal.type(ask)) == "OK")
                terminal.follow()
                eventually(lambda: sentinels.master is not before)
                eventually(lambda: json.loads(terminal.type(ask)) == "OK")


DATABASE_HOST = "db.example.org"
WHO_MAY_CONNECT = """
host all postgres     127.0.0.1/32 trust
host all orchestrator 127.0.0.1/32 scram-sha-256
"""


def test_postgresql(authority: Authority, tmp_path: Path) -> None:
    with services.postgres_cluster() as cluster:
        rules = cluster.folder / "pg_hba.conf"
        rules.write_text(WHO_MAY_CONNECT)
        with (
            cluster.running(f"hba_file={rules}") as (url, _),
            tls_in_front_of(url, authority.server_context(DATABASE_HOST)) as address,
            Terminal(
                page="docs/howto/postgresql.md",
                desk=tmp_path / "desk",
                folder=checkout(tmp_path / "checkout"),
                variables={
                    **PRODUCTION,
                    "OAUTH2_ACTIVE": "false",
                    # What a reader on the database's host does not need: where it is, and who asks.
                    "PGHOST": "127.0.0.1",
                    "PGPORT": str(cluster.port),
                    "PGUSER": "postgres",
                    # Where the name leads to.
                    "PGHOSTADDR": "127.0.0.1",
                },
                replaced={
                    f"{DATABASE_HOST}:5432": f"{DATABASE_HOST}:{address.rpartition(':')[2]}",
                    "/etc/orchestrator/ca.pem": str(authority.path),
                },
                programs={name: str(services.find_postgres() / name) for name in ("createuser", "createdb")},
            ) as terminal,
        ):
            terminal.follow(keys="secret\nsecret\n")
            terminal.follow()
            terminal.follow()

            with psycopg.connect(f"{url.rpartition('/')[0]}/orchestrator") as connection:
                owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
                assert owners.fetchall() == [("orchestrator",)]


if NGINX is not None:  # elsewhere nobody can be asked

    def test_nginx(variables: dict[str, str], tmp_path: Path) -> None:
        authority, ports = trustme.CA(), {443: free_port(), 80: free_port()}
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        documented = documented_configuration(several_servers=True)
        with run_server(**variables, HTTPS="true") as first, run_server(**variables, HTTPS="true") as second:
            for name, server in (("10.0.0.11:8000", first), ("10.0.0.12:8000", second)):
                assert name in documented
                documented = documented.replace(name, f"127.0.0.1:{server.port}")
            configuration = save_configuration(documented, tmp_path, ports, authority)
            nginx = shlex.join([str(NGINX), "-p", str(tmp_path), "-e", "error.log", "-c", str(configuration)])
            with Terminal(
                page="docs/howto/nginx.md", desk=tmp_path / "desk", folder=tmp_path, programs={"nginx": nginx}
            ) as terminal:
                terminal.reach({f"{NAME}:443": ports[443]}, tmp_path / "ca.pem")
                terminal.type_on("nginx -g 'daemon off;'")
                eventually((tmp_path / "pid").exists)

                assert terminal.follow().endswith('"OK"')


@pytest.fixture
def systemd_host(tmp_path: Path) -> Iterator[Host]:
    with host(tmp_path / "host") as made:
        yield made


def save_environment_file(host: Host, path: Path, database_url: str, issuer: Issuer) -> None:
    host.save_environment_file(path, DATABASE_URL=database_url, REDIS_URL="", OIDC_ISSUER=issuer.url)


def test_systemd(systemd_host: Host, running_issuer: Issuer) -> None:
    root = systemd_host.root
    checkout(root / "opt/orchestrator-1.0", installed=False)
    with systemd_host.terminal("docs/howto/systemd.md") as terminal:
        terminal.follow()
        here = Path(terminal.value_of("PWD"))
        save_environment_file(systemd_host, here / "orchestrator.env", f"sqlite:///{root}/db.sqlite3", running_issuer)
        terminal.follow()
        terminal.follow()
        systemd_host.save_unit(with_instances=False)
        terminal.follow_on("Started server process")
        wait_until_answers(systemd_host, PORTS[0])

        systemd_host.save_unit(with_instances=True)
        terminal.follow()
        wait_until_answers(systemd_host, *PORTS)

    assert (root / "etc/passwd").read_text().startswith("orchestrator:")
    assert {path.stat().st_mode & 0o777 for path in (root / "etc/orchestrator").iterdir()} == {0o600}
    assert (root / "etc/orchestrator").stat().st_mode & 0o777 == 0o700
    assert not systemd_host.unit("orchestrator").is_running()
    assert all(systemd_host.unit(f"orchestrator@{port}").is_running() for port in PORTS)


def test_rolling_deploys(systemd_host: Host, databases: Databases, running_issuer: Issuer) -> None:
    root, units = systemd_host.root, [systemd_host.unit(f"orchestrator@{port}") for port in PORTS]
    old, new = (checkout(root / f"opt/orchestrator-{version}") for version in ("1.0", "1.1"))
    (root / "opt/orchestrator").symlink_to(old)
    (root / "etc/orchestrator").mkdir()
    save_environment_file(systemd_host, root / "etc/orchestrator/orchestrator.env", databases.fresh(), running_issuer)
    systemd_host.save_unit(with_instances=True)
    with systemd_host.terminal("docs/howto/rolling-deploys.md") as terminal:
        terminal.type(f"systemctl enable --now {' '.join(unit.name for unit in units)}")
        wait_until_answers(systemd_host, *PORTS)
        assert {unit.folder_at_start for unit in units} == {old}

        terminal.follow()
        assert terminal.follow().count('"OK"') == len(units)

    assert {unit.folder_at_start for unit in units} == {new}
    assert all(unit.is_running() for unit in units)
