"""orchestrator-core, as a server without HTTP: ``DATABASE_URI`` names an empty database.

Its application object with its defaults: the thread pool, the broadcast thread, and a websocket manager in memory.
Processes are started as its endpoint starts them: in a database scope, with the application's broadcast function.
"""

import sys
from types import SimpleNamespace
from typing import Any

from orchestrator.core import OrchestratorCore, app_settings, begin, done, step, workflow
from orchestrator.core.db import db
from orchestrator.core.services.process_broadcast_thread import api_broadcast_process_data
from orchestrator.core.services.processes import start_process
from orchestrator.core.targets import Target
from orchestrator.core.workflow import StepList, init
from orchestrator.core.workflows import LazyWorkflowInstance

from benchmarks.contenders.orchestrator_core_tables import add_workflow, migrate
from benchmarks.step_engines.turns import WORKFLOW_NAME, serve


@step("Empty")
def empty() -> dict[str, Any]:
    """Do nothing."""
    return {}


@workflow(target=Target.SYSTEM)
def empty_steps() -> StepList:
    """Run as many empty steps as the program's argument says."""
    steps = begin >> init
    for _ in range(int(sys.argv[1])):
        steps = steps >> empty
    return steps >> done


def main() -> None:
    """Make the application, migrate the database, and serve."""
    application = OrchestratorCore(base_settings=app_settings)
    migrate()
    add_workflow(WORKFLOW_NAME, Target.SYSTEM, "Empty steps")
    LazyWorkflowInstance("__main__", WORKFLOW_NAME)
    broadcast = api_broadcast_process_data(SimpleNamespace(app=application))

    def start() -> None:
        with db.database_scope():
            start_process(WORKFLOW_NAME, [{}], user="benchmark", broadcast_func=broadcast)

    serve(application, start)


if __name__ == "__main__":
    main()
