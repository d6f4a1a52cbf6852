"""The Celery worker, which dies in the trap of ``tests.faults.crashing``; same environment."""

import runpy

from tests.faults import crashing

if __name__ == "__main__":
    crashing.install()
    runpy.run_module("orchestrator_ws.celery_worker", run_name="__main__", alter_sys=True)
