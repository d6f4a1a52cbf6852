"""orchestrator-core, as a server without HTTP: ``DATABASE_URI`` names an empty database.

Its application object with its defaults: the thread pool, the broadcast thread, and a websocket manager in memory.
Processes are started as its endpoint starts them: in a database scope, with the application's broadcast function.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from alembic import command
from alembic.config import Config
from orchestrator import core
from orchestrator.core import OrchestratorCore, app_settings, begin, done, step, workflow
from orchestrator.core.db import WorkflowTable, db
from orchestrator.core.services.process_broadcast_thread import api_broadcast_process_data
from orchestrator.core.services.processes import start_process
from orchestrator.core.targets import Target
from orchestrator.core.workflow import StepList, init
from orchestrator.core.workflows import LazyWorkflowInstance

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


def migrate() -> None:
    """Bring the database up to date with the migrations of the package, and add the workflow's row."""
    migrations = str(Path(core.__file__).parent / "migrations")
    config = Config()
    config.set_main_option("script_location", migrations)
    config.set_main_option("version_locations", f"{migrations}/versions/schema")
    command.upgrade(config, "heads")
    with db.database_scope():
        row = {"name": WORKFLOW_NAME, "target": Target.SYSTEM, "description": "Empty steps", "is_task": False}
        db.session.add(WorkflowTable(**row))
        db.session.commit()


def main() -> None:
    """Make the application, migrate the database, and serve."""
    application = OrchestratorCore(base_settings=app_settings)
    migrate()
    LazyWorkflowInstance("__main__", WORKFLOW_NAME)
    broadcast = api_broadcast_process_data(SimpleNamespace(app=application))

    def start() -> None:
        with db.database_scope():
            start_process(WORKFLOW_NAME, [{}], user="benchmark", broadcast_func=broadcast)

    serve(application, start)


if __name__ == "__main__":
    main()
