"""The product, as a server without HTTP: ``DATABASE_URL`` names an empty database."""

import sys

from django.core.management import call_command
from django.db import connection

from benchmarks.step_engines.turns import WORKFLOW_NAME, serve
from orchestrator_ws.asgi import application  # sets Django up

# isort: split
from processes.operations import start_process
from processes.workflow import State, StepList, begin, done, init, step, workflow


@step("Empty")
def empty() -> State:
    """Do nothing."""
    return {}


@workflow("Empty steps")
def empty_steps() -> StepList:
    """Run as many empty steps as the program's argument says."""
    steps = begin >> init
    for _ in range(int(sys.argv[1])):
        steps = steps >> empty
    return steps >> done


def main() -> None:
    """Migrate the database and serve."""
    call_command("migrate", verbosity=0)
    connection.close()
    serve(application, lambda: start_process(WORKFLOW_NAME, [{}], "benchmark"))


if __name__ == "__main__":
    main()
