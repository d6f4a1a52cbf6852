"""Where the rows of ``rest_rows`` go in the tables of orchestrator-core."""

from benchmarks.rest_rows import Tables

PEER_TABLES: Tables = (
    "products (product_id, name, description, product_type, tag, status, created_at)",
    "workflows (workflow_id, name, description, target, is_task, created_at)",
    "subscriptions (subscription_id, product_id, customer_id, description, status, insync, start_date, version)",
    """processes (pid, workflow_id, is_task, last_status, last_step, assignee, created_by,
 failed_reason, traceback, started_at, last_modified_at)""",
    "processes_subscriptions (pid, subscription_id)",
    "process_steps (stepid, pid, name, status, state, started_at, completed_at)",
)
