"""The production server, which dies in the trap of ``tests.faults.crashing``; same arguments and environment."""

import runpy

from tests.faults import crashing

if __name__ == "__main__":
    crashing.install()
    runpy.run_module("orchestrator_ws.uvicorn_server", run_name="__main__", alter_sys=True)
