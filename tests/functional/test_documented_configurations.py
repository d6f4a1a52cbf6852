"""The configurations of nginx and systemd that the documentation shows are ones that these programs read."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from tests.documented import read_blocks
from tests.functional.documented_nginx import NGINX, documented_configuration, save_configuration
from tests.servers import ROOT
from tests.services import free_port

pytestmark = pytest.mark.once

SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


def block_of(path: str, language: str) -> str:
    (text,) = (block.text for block in read_blocks(path) if block.language == language)
    return text


def printed_by(*command: str) -> str:
    """Run the command and return what it prints; fail if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


if NGINX is not None:  # elsewhere nobody can be asked

    @pytest.mark.parametrize("several_servers", [False, True], ids=["one-server", "several-servers"])
    def test_nginx_takes_the_configuration(several_servers: bool, tmp_path: Path) -> None:
        documented = documented_configuration(several_servers=several_servers)
        ports = {443: free_port(), 80: free_port()}
        configuration = save_configuration(documented, tmp_path, ports, trustme.CA())

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
