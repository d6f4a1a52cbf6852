"""A workflow whose author logs what should not be logged."""

import logging

from processes.workflow import StepList, Target, done, init, step, workflow

TOKEN = "0paque-T0ken-of-nobody"


@step("Log a token")
def log_a_token() -> None:
    """Log it in a message, and in a traceback."""
    try:
        raise ValueError(f"no answer from https://a.example.org/?token={TOKEN}")
    except ValueError:
        logging.getLogger("author").warning("Authorization: Bearer %s", TOKEN, exc_info=True)


@workflow("Log a token", target=Target.SYSTEM, is_task=True)
def functional_logging() -> StepList:
    """Log and end."""
    return init >> log_a_token >> done
