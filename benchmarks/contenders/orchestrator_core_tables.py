"""The tables of orchestrator-core, in the database that ``DATABASE_URI`` names."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from orchestrator import core
from orchestrator.core.db import WorkflowTable, db


def migrate() -> None:
    """Bring the database up to date with the migrations of the package; the application object must be there."""
    migrations = str(Path(core.__file__).parent / "migrations")
    config = Config()
    config.set_main_option("script_location", migrations)
    config.set_main_option("version_locations", f"{migrations}/versions/schema")
    command.upgrade(config, "heads")


def add_workflow(name: str, target: str, description: str) -> None:
    """Add the row of a workflow, without which none of its processes starts."""
    with db.database_scope():
        db.session.add(WorkflowTable(name=name, target=target, description=description, is_task=False))
        db.session.commit()
