"""The rows that the REST benchmark reads: SQL that fills an empty, migrated database of the product.

Every process has a subscription and ``STEPS`` steps, the one named ``LONG_PROCESS`` ``LONG_STEPS``. One in fifty
failed, one in a hundred is suspended; the others are completed, and no tasks, which maintenance
would delete meanwhile.
"""

import psycopg

PRODUCTS = WORKFLOWS = 20
PROCESSES_PER_SUBSCRIPTION = 5
STEPS, LONG_STEPS = 4, 100
LONG_PROCESS = "00000000-0000-4000-8000-000000000001"

_NUMBERED_ID = "('00000000-0000-4000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
_PROCESS, _SUBSCRIPTION, _PRODUCT, _WORKFLOW = (
    _NUMBERED_ID.format(number)
    for number in ("n", f"1 + (n - 1) / {PROCESSES_PER_SUBSCRIPTION}", f"1 + n % {PRODUCTS}", f"1 + n % {WORKFLOWS}")
)
_STATUS = "CASE WHEN n % 50 = 0 THEN 'failed' WHEN n % 100 = 1 THEN 'suspended' ELSE 'completed' END"
_STATE = """jsonb_build_object('process_id', p.process_id, 'reporter', 'benchmark', 'workflow_name', 'workflow 1',
 'workflow_target', 'CREATE', 'speed', 10000, 'ports', jsonb_build_array('ams-1', 'rtm-' || s))"""

_STATEMENTS = (
    f"""INSERT INTO subscriptions_product (product_id, name, description, product_type, tag, status, created_at)
 SELECT {_NUMBERED_ID.format("n")}, 'Product ' || n, 'Description of product ' || n, 'Path', 'P' || n, 'active', now()
 FROM generate_series(1, {PRODUCTS}) n""",
    f"""INSERT INTO processes_workflow (workflow_id, name, description, target, is_task, created_at)
 SELECT {_NUMBERED_ID.format("n")}, 'workflow_' || n, 'Workflow ' || n, 'CREATE', false, now()
 FROM generate_series(1, {WORKFLOWS}) n""",
    f"""INSERT INTO subscriptions_subscription
 (subscription_id, product_id, customer_id, description, status, insync, start_date, version)
 SELECT {_NUMBERED_ID.format("n")}, {_PRODUCT}, {_NUMBERED_ID.format("1 + n % 500")}::text,
 'Path ' || n || ' Harbour-Airport', 'active', true, now() - n * interval '1 minute', 1
 FROM generate_series(1, %(processes)s / {PROCESSES_PER_SUBSCRIPTION} + 1) n""",
    f"""INSERT INTO processes_process (process_id, workflow_id, is_task, last_status, last_step, assignee, created_by,
 failed_reason, traceback, started_at, last_modified_at)
 SELECT {_PROCESS}, {_WORKFLOW}, n % 100 = 0, {_STATUS}, 'Step {STEPS}', 'SYSTEM', 'user ' || n % 30,
 CASE WHEN n % 50 = 0 THEN 'disk ' || n || ' is full' END, CASE WHEN n % 50 = 0 THEN repeat('a line of it ', 40) END,
 now() - n * interval '1 minute', now() - n * interval '30 seconds' FROM generate_series(1, %(processes)s) n""",
    f"""INSERT INTO processes_processsubscription (process_id, subscription_id)
 SELECT {_PROCESS}, {_SUBSCRIPTION} FROM generate_series(1, %(processes)s) n""",
    f"""INSERT INTO processes_processstep (step_id, process_id, name, status, state, started_at, completed_at)
 SELECT gen_random_uuid(), p.process_id, 'Step ' || s, 'success', {_STATE}, p.started_at, p.started_at
 FROM processes_process p
 CROSS JOIN LATERAL generate_series(1, CASE WHEN p.process_id = '{LONG_PROCESS}' THEN {LONG_STEPS} ELSE {STEPS} END) s
 ORDER BY p.process_id, s""",
)


def fill(connection: psycopg.Connection, processes: int) -> None:
    """Insert the rows and let PostgreSQL look at them, as it does by itself after a while."""
    for statement in _STATEMENTS:
        connection.execute(statement.replace("%(processes)s", str(processes)))
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
