"""The configuration of nginx that the documentation shows, on this machine."""

import re
import shutil
from pathlib import Path

import trustme

from tests.documented import read_blocks

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
"""The program; None where it is not installed."""

NAME = "orchestrator.example.org"
"""What the documentation calls the host."""

_NGINX_CONF = """
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
_UPSTREAM = re.compile(r"^upstream orchestrator \{.*?\}$", re.MULTILINE | re.DOTALL)


def documented_configuration(*, several_servers: bool) -> str:
    """Return that of ``docs/operations.md``, with what ``docs/howto/nginx.md`` puts in a place of it and beside it."""
    (documented,) = (block.text for block in read_blocks("docs/operations.md") if block.language == "nginx")
    if not several_servers:
        return documented
    upstream, log = (block.text for block in read_blocks("docs/howto/nginx.md") if block.language == "nginx")
    return "\n".join([_UPSTREAM.sub(upstream, documented), log])


def save_configuration(documented: str, folder: Path, ports: dict[int, int], authority: trustme.CA) -> Path:
    """Save it with a certificate, a log and ports that anybody may have, and return where; ``ports`` are by its own."""
    certificate = authority.issue_cert(NAME)
    certificate.cert_chain_pems[0].write_to_path(str(folder / "orchestrator.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "orchestrator.key"))
    documented = re.sub(r"/(?:etc|var)/[a-z/]+/(orchestrator\.\w+)", rf"{folder}/\1", documented)
    documented = re.sub(r"listen (\d+)", lambda found: f"listen 127.0.0.1:{ports[int(found[1])]}", documented)
    path = folder / "nginx.conf"
    path.write_text(_NGINX_CONF.format(folder=folder, documented=documented))
    return path
