"""What the database says of processes, for Prometheus; read whenever somebody asks, the same on every server."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from processes.queries import count_statuses
from processes.worker_status import get_worker_status

STATUSES = "orchestrator_engine_processes"
RUNNERS = "orchestrator_engine_runners"
RUNNING = "orchestrator_engine_running_processes"
QUEUED = "orchestrator_engine_queued_processes"


class ProcessMetrics(Collector):
    """Four queries each time."""

    def collect(self) -> Iterator[Metric]:
        """Return the gauges."""
        statuses = GaugeMetricFamily(STATUSES, "Processes and tasks in the database.", labels=["status", "is_task"])
        counts = count_statuses()
        for is_task, counted in (("false", counts["process_counts"]), ("true", counts["task_counts"])):
            for status, count in counted.items():
                statuses.add_metric([status, is_task], count)
        yield statuses
        workers = get_worker_status()
        yield GaugeMetricFamily(RUNNERS, "Runners of all hosts that live.", workers.number_of_workers_online)
        yield GaugeMetricFamily(RUNNING, "Processes that a runner holds.", workers.number_of_running_jobs)
        yield GaugeMetricFamily(QUEUED, "Processes that wait for a runner.", workers.number_of_queued_jobs)
