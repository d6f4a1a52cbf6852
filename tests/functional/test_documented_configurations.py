"""The configurations of nginx and systemd that the documentation shows are ones that these programs read."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from tests.documented import read_blocks
from tests.servers import ROOT
from tests.services import free_port

pytestmark = pytest.mark.once

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")

NGINX_CONF = """
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log off;
    {documented}
}}
"""
UPSTREAM = re.compile(r"^upstream orchestrator \{.*?\}$", re.MULTILINE | re.DOTALL)


def block_of(path: str, language: str) -> str:
    (text,) = (block.text for block in read_blocks(path) if block.language == language)
    return text


def with_several_servers(configuration: str) -> str:
    """Return it with what ``docs/howto/nginx.md`` puts in a place of it, and beside it."""
    upstream, log = (block.text for block in read_blocks("docs/howto/nginx.md") if block.language == "nginx")
    return "\n".join([UPSTREAM.sub(upstream, configuration), log])


def on_this_machine(configuration: str, folder: Path) -> str:
    """Return it with a certificate, a log and ports that anybody may have."""
    certificate = trustme.CA().issue_cert("orchestrator.example.org")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "orchestrator.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "orchestrator.key"))
    configuration = re.sub(r"/(?:etc|var)/[a-z/]+/(orchestrator\.\w+)", rf"{folder}/\1", configuration)
    return re.sub(r"listen \d+", lambda _: f"listen 127.0.0.1:{free_port()}", configuration)


def printed_by(*command: str) -> str:
    """Run the command and return what it prints; fail if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


if NGINX is not None:  # elsewhere nobody can be asked

    @pytest.mark.parametrize("several_servers", [False, True], ids=["one-server", "several-servers"])
    def test_nginx_takes_the_configuration(several_servers: bool, tmp_path: Path) -> None:
        documented = block_of("docs/operations.md", "nginx")
        if several_servers:
            documented = with_several_servers(documented)
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(NGINX_CONF.format(folder=tmp_path, documented=on_this_machine(documented, tmp_path)))

        printed = printed_by(str(NGINX), "-t", "-p", str(tmp_path), "-e", "error.log", "-c", str(configuration))

        assert "test is successful" in printed
        assert "[warn]" not in printed


if SYSTEMD_ANALYZE is not None:

    @pytest.mark.parametrize("name", ["orchestrator.service", "orchestrator@.service"])
    def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
        (unit,) = (block.text for block in read_blocks("docs/operations.md") if block.text.startswith("[Unit]"))
        unit = unit.replace("/opt/orchestrator/.venv", sys.prefix).replace("/opt/orchestrator", str(ROOT))
        if "@" in name:
            unit = unit.replace("[Service]", block_of("docs/howto/systemd.md", "ini"))
        path = tmp_path / name
        path.write_text(unit)

        assert printed_by(str(SYSTEMD_ANALYZE), "verify", str(path)) == ""
