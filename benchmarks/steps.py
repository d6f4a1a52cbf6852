"""Measure what a step costs: 20 processes of 50 empty steps on 5 threads, beside orchestrator-core in the same run.

    python -m benchmarks.steps [--processes 20] [--steps 50] [--rounds 1]

One private PostgreSQL, a database for each engine, and each engine in an OS process of its own, as a server without
HTTP that nobody listens to (``benchmarks/step_engines``). They take turns; the first turn of each is not measured. A
turn ends when the database shows the last process as completed. The first and the last step of a process, which both
engines add, count as steps; what it costs to start a process is shared out among them. CPU time is the kernel's, and
statements are counted by PostgreSQL. Ends with 1 unless the product is ``WANTED_RATIO`` times as fast. Linux only;
``make bench-peers`` installs orchestrator-core.
"""

import argparse
import json
import os
import platform
import statistics
import sys

import psycopg

from benchmarks.step_engines.running import OBSERVER, ROOT, Contender, Engine, Figures, run
from tests.services import postgres

PEERS_PYTHON = ROOT / ".venv-peers/bin/python"
EXTENSIONS = ROOT / "benchmarks/step_engines/postgresql"
RESULTS = ROOT / "benchmarks/results/steps.json"
WANTED_RATIO = 4.0
WARM_UP_PROCESSES = 5
LABELS = {
    "steps_per_second": "steps per second",
    "engine_cpu_ms": "CPU per step, ms",
    "postgres_cpu_ms": "PostgreSQL's CPU per step, ms",
    "statements": "statements per step",
    "begin_commit": "BEGIN and COMMIT per step",
}

OWN = Contender(
    name="orchestrator-ws",
    command=(sys.executable, "-m", "benchmarks.step_engines.own"),
    environment={"SECRET_KEY": "benchmark" * 8, "OAUTH2_ACTIVE": "false", "REDIS_URL": "", "WORKFLOW_MODULES": ""},
    database_variable="DATABASE_URL",
    database_scheme="postgresql",
    completed="SELECT count(*) FROM processes_process WHERE last_status = 'completed'",
)
PEER = Contender(
    name="orchestrator-core",
    command=(str(PEERS_PYTHON), "-m", "benchmarks.step_engines.orchestrator_core"),
    # It asks the Internet for a list of language models otherwise.
    environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    database_variable="DATABASE_URI",
    database_scheme="postgresql+psycopg",
    completed="SELECT count(*) FROM processes WHERE last_status = 'completed'",
)


def measure(engines: list[Engine], process_count: int, step_count: int, rounds: int) -> dict[str, list[Figures]]:
    """Let the engines take turns and return the figures of each, by name."""
    figures: dict[str, list[Figures]] = {engine.name: [] for engine in engines}
    for engine in engines:
        engine.take_turn(WARM_UP_PROCESSES)
    for _ in range(rounds):
        for engine in engines:
            figures[engine.name].append(engine.take_turn(process_count).per_step(process_count * (step_count + 2)))
    return figures


def report(figures: dict[str, list[Figures]]) -> float:
    """Print each figure of each round and the medians with their ratio; return the median ratio of throughputs."""
    own, peer = figures[OWN.name], figures[PEER.name]
    print(f"{'':<32}{OWN.name:>18}{PEER.name:>20}{'ratio':>8}")
    for name, label in LABELS.items():
        for round_number, (mine, others) in enumerate(zip(own, peer, strict=True), start=1):
            print(
                f"{label:<30}{round_number:>2}{mine[name]:>18.2f}{others[name]:>20.2f}{mine[name] / others[name]:>8.2f}"
            )
        middle, other = (statistics.median(each[name] for each in rounds) for rounds in (own, peer))
        print(f"{'':<26}median{middle:>18.2f}{other:>20.2f}{middle / other:>8.2f}")
    return statistics.median(
        mine["steps_per_second"] / others["steps_per_second"] for mine, others in zip(own, peer, strict=True)
    )


def main() -> int:
    """Run the measurement, print its figures, write them as JSON, and return 1 if the ratio is too low."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    if not PEERS_PYTHON.exists():
        parser.error("orchestrator-core is not installed: make bench-peers")
    # Only the PostgreSQL of the wheel brings pgvector, which orchestrator-core's migrations ask for.
    os.environ["PREFER_WHEELS"] = "1"
    extras = (f"extension_control_path={EXTENSIONS}:$system", "shared_preload_libraries=pg_stat_statements")
    with postgres(*extras) as (address, postmaster):
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {OBSERVER} SUPERUSER LOGIN")
        with (
            run(OWN, address, postmaster.pid, options.steps) as own,
            run(PEER, address, postmaster.pid, options.steps) as peer,
        ):
            figures = measure([own, peer], options.processes, options.steps, options.rounds)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    print(f"{options.processes} processes of {options.steps} empty steps; {machine}")
    ratio = report(figures)
    print(f"throughput: {ratio:.2f} times that of {PEER.name}, {WANTED_RATIO:g} wanted")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps({"machine": machine, **vars(options), "ratio": ratio, "rounds": figures}, indent=2) + "\n"
    )
    return 0 if ratio >= WANTED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
