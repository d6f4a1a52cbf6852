"""The production server; a client that does not read is closed after 2 s, and cut after ``CLOSE_SECONDS`` more."""

import os

from events import conf
from orchestrator_ws.uvicorn_server import main

if __name__ == "__main__":
    conf.CLIENT_PING_SECONDS, conf.CLIENT_PONG_SECONDS = 1.0, 1.0
    conf.CLOSE_SECONDS = float(os.environ["CLOSE_SECONDS"])
    main()
