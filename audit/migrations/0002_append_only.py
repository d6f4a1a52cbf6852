"""Triggers that refuse to change an entry, and to delete one before its time."""

from typing import Any

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.keep_until <= statement_timestamp() THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'an audit entry is never changed, and not deleted before its time';
END $$;
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_auditentry FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_auditentry EXECUTE FUNCTION audit_refuse();
"""

POSTGRESQL_REVERSE = """
DROP TRIGGER audit_refuse ON audit_auditentry;
DROP TRIGGER audit_refuse_truncate ON audit_auditentry;
DROP FUNCTION audit_refuse();
"""

SQLITE = [
    """
    CREATE TRIGGER audit_refuse_update BEFORE UPDATE ON audit_auditentry
    BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END
    """,
    """
    CREATE TRIGGER audit_refuse_delete BEFORE DELETE ON audit_auditentry
    WHEN OLD.keep_until > strftime('%Y-%m-%d %H:%M:%f', 'now')
    BEGIN SELECT RAISE(ABORT, 'an audit entry is not deleted before its time'); END
    """,
]

SQLITE_REVERSE = ["DROP TRIGGER audit_refuse_update", "DROP TRIGGER audit_refuse_delete"]


def create(apps: Any, schema_editor: Any) -> None:
    statements = [POSTGRESQL] if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    statements = [POSTGRESQL_REVERSE] if schema_editor.connection.vendor == "postgresql" else SQLITE_REVERSE
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
