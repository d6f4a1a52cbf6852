"""nginx with the module nchan, as a child process with a folder and a configuration of its own."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import child_pids
from tests.servers import running
from tests.services import free_port
from tests.waiting import eventually

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

CONFIGURATION = """
load_module {module};
daemon off;
pid {folder}/pid;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log stderr warn;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 10000000;
    nchan_shared_memory_size 256m;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /events {{
            nchan_subscriber websocket;
            nchan_channel_id events;
            nchan_subscriber_first_message newest;
        }}
        location = /publish {{
            nchan_publisher http;
            nchan_channel_id events;
            nchan_message_buffer_length 1000;
            nchan_message_timeout 10s;
        }}
    }}
}}
"""


def is_installed() -> bool:
    """Return whether nginx and the module are there."""
    return MODULE.exists() and shutil.which("nginx") is not None


@contextlib.contextmanager
def nchan() -> Iterator[tuple[int, int]]:
    """Run it until the block ends and yield its port and the OS process of its one worker."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="t-nchan-") as folder:
        Path(folder).chmod(0o755)
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(CONFIGURATION.format(module=MODULE, folder=folder, port=port))
        command = [sys.executable, "-m", "benchmarks.contenders.nchan_server", str(port), folder, str(configuration)]
        with running(command) as program:
            eventually(lambda: child_pids(program.process.pid))
            yield port, child_pids(program.process.pid)[0]
