"""The production server, in which ``tests.faults.sabotage`` can break things; same arguments and environment."""

import runpy

from tests.faults import sabotage

if __name__ == "__main__":
    sabotage.install()
    runpy.run_module("orchestrator_ws.uvicorn_server", run_name="__main__", alter_sys=True)
