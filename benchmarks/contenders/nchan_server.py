"""nginx on a socket that sends small frames at once, as the product's does; nchan leaves that to the kernel otherwise.

    python -m benchmarks.contenders.nchan_server PORT FOLDER CONFIGURATION

Without it a frame waits, for up to 40 ms, until the client has confirmed the one before (Nagle's algorithm), and goes
with those that came meanwhile: cheaper, but late. What is told to a socket that listens goes for its connections; nginx
takes it over as it would from an older nginx, by the environment variable ``NGINX``.
"""

import os
import socket
import sys

BACKLOG = 4096

if __name__ == "__main__":
    port, folder, configuration = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(True)
    os.environ["NGINX"] = f"{listener.fileno()};"
    os.execvp("nginx", ["nginx", "-p", folder, "-c", configuration])
