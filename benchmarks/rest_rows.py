"""The rows that the REST benchmark reads, for every contender the same, put into its tables by SQL.

Every process has a subscription and ``STEPS`` steps, the one named ``LONG_PROCESS`` ``LONG_STEPS``. One in fifty
failed, half of these are tasks; one in a hundred is suspended; the others are completed, and no tasks, which
maintenance would delete meanwhile.
"""

import psycopg

PRODUCTS = WORKFLOWS = 20
PROCESSES_PER_SUBSCRIPTION = 5
STEPS, LONG_STEPS = 4, 100
LONG_PROCESS = "00000000-0000-4000-8000-000000000001"

_NUMBERED_ID = "('00000000-0000-4000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
_ID, _SUBSCRIPTION, _PRODUCT, _WORKFLOW = (
    _NUMBERED_ID.format(number)
    for number in ("n", f"1 + (n - 1) / {PROCESSES_PER_SUBSCRIPTION}", f"1 + n % {PRODUCTS}", f"1 + n % {WORKFLOWS}")
)
_STATUS = "CASE WHEN n % 50 = 0 THEN 'failed' WHEN n % 100 = 1 THEN 'suspended' ELSE 'completed' END"
# Later than what the benchmark starts, so that each round has the same list.
_STARTED_AT = "now() + interval '1 day' - n * interval '1 minute'"
_STATE = f"""jsonb_build_object('process_id', {_ID}, 'reporter', 'benchmark', 'workflow_name', 'workflow 1',
 'workflow_target', 'CREATE', 'speed', 10000, 'ports', jsonb_build_array('ams-1', 'rtm-' || s))"""

_ROWS = (
    f"""SELECT {_ID}, 'Product ' || n, 'Description of product ' || n, 'Path', 'P' || n, 'active', now()
 FROM generate_series(1, {PRODUCTS}) n""",
    f"""SELECT {_ID}, 'workflow_' || n, 'Workflow ' || n, 'CREATE', false, now()
 FROM generate_series(1, {WORKFLOWS}) n""",
    f"""SELECT {_ID}, {_PRODUCT}, {_NUMBERED_ID.format("1 + n % 500")}::text, 'Path ' || n || ' Harbour-Airport',
 'active', true, {_STARTED_AT}, 1 FROM generate_series(1, %(processes)s / {PROCESSES_PER_SUBSCRIPTION} + 1) n""",
    f"""SELECT {_ID}, {_WORKFLOW}, n % 100 = 0, {_STATUS}, 'Step {STEPS}', 'SYSTEM', 'user ' || n % 30,
 CASE WHEN n % 50 = 0 THEN 'disk ' || n || ' is full' END, CASE WHEN n % 50 = 0 THEN repeat('a line of it ', 40) END,
 {_STARTED_AT}, {_STARTED_AT} + n * interval '30 seconds' FROM generate_series(1, %(processes)s) n""",
    f"SELECT {_ID}, {_SUBSCRIPTION} FROM generate_series(1, %(processes)s) n",
    f"""SELECT gen_random_uuid(), {_ID}, 'Step ' || s, 'success', {_STATE},
 {_STARTED_AT}, {_STARTED_AT} + s * interval '1 millisecond' FROM generate_series(1, %(processes)s) n
 CROSS JOIN LATERAL generate_series(1, CASE WHEN n = 1 THEN {LONG_STEPS} ELSE {STEPS} END) s""",
)

Tables = tuple[str, str, str, str, str, str]
"""Products, workflows, subscriptions, processes, their subscriptions and their steps: a table, and its columns."""

OWN_TABLES: Tables = (
    "subscriptions_product (product_id, name, description, product_type, tag, status, created_at)",
    "processes_workflow (workflow_id, name, description, target, is_task, created_at)",
    """subscriptions_subscription
 (subscription_id, product_id, customer_id, description, status, insync, start_date, version)""",
    """processes_process (process_id, workflow_id, is_task, last_status, last_step, assignee, created_by,
 failed_reason, traceback, started_at, last_modified_at)""",
    "processes_processsubscription (process_id, subscription_id)",
    "processes_processstep (step_id, process_id, name, status, state, started_at, completed_at)",
)


def fill(connection: psycopg.Connection, tables: Tables, processes: int) -> None:
    """Insert the rows and let PostgreSQL look at them, as it does by itself after a while."""
    with connection.transaction():
        # Foreign keys are not checked, nor is a search view made for each row, which would take longer than the rest.
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, rows in zip(tables, _ROWS, strict=True):
            connection.execute(f"INSERT INTO {table} {rows.replace('%(processes)s', str(processes))}")
    connection.execute("VACUUM ANALYZE")
