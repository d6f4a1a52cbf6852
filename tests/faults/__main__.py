"""Break things under load and look whether any browser is stale: prints what happened, exits 1 if one was.

python -m tests.faults --seconds 60 --seed 7 [--only redis_killed] [--quick] [--sentinels]
"""

import argparse
import secrets
import sys

import tests.environment  # noqa: F401  sets what the settings need
from tests.faults.catalog import FAULTS
from tests.faults.run import Plan, run
from tests.faults.world import World


def main() -> int:
    """Run once, print the report, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="begin no further round after that (60)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="of all that is random")
    parser.add_argument("--only", nargs="*", choices=sorted(FAULTS), metavar="FAULT", help="%(choices)s")
    parser.add_argument("--quick", action="store_true", help="hold faults a few seconds instead of ten")
    parser.add_argument("--sentinels", action="store_true", help="Redis is a master and a replica under Sentinels")
    options = parser.parse_args()
    print(f"seed             {options.seed}", flush=True)
    plan = Plan(seconds=options.seconds, seed=options.seed, only=options.only, patient=not options.quick)
    with World(with_sentinels=options.sentinels) as world, world.serving():
        report = run(world, plan)
    print(report)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
