"""The executors that the tests of the engine run on."""

import os

HAS_SERVICES = bool(os.environ.get("REDIS_URL")) and os.environ.get("DATABASE_URL", "").startswith("postgres")

CONCURRENT_EXECUTORS = ["threadpool", "celery"] if HAS_SERVICES else ["threadpool"]
"""Those whose runners work beside the caller; Celery is for several hosts, as are PostgreSQL and Redis."""

EXECUTORS = ["immediate", *CONCURRENT_EXECUTORS]
