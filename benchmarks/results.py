"""What all benchmarks do with their figures: print a table, write JSON, and hold them to what is wanted."""

import json
import os
import platform
import statistics
from dataclasses import dataclass, field
from typing import Any

from tests.servers import ROOT

FOLDER = ROOT / "benchmarks/results"
NOT_INSTALLED = "not installed"

Figures = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A bound on one of our figures: on its ratio to a peer's or, without a peer, on itself."""

    scenario: str
    figure: str
    peer: str | None
    at_most: float


@dataclass(kw_only=True)
class Rounds:
    """The figures of a benchmark: scenario, contender, one for each round."""

    name: str
    own: str
    by_scenario: dict[str, dict[str, list[Figures]]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def add(self, contender: str, turn: dict[str, Figures]) -> None:
        """Add what a contender showed in one round, and say so."""
        for scenario, figures in turn.items():
            self.by_scenario.setdefault(scenario, {}).setdefault(contender, []).append(figures)
            print(f"{contender}, {scenario}: " + ", ".join(f"{k} {v:.4g}" for k, v in figures.items()), flush=True)

    def leave_out(self, contender: str) -> None:
        """Note that a contender is not installed."""
        self.missing.add(contender)

    def values(self, scenario: str, contender: str, figure: str) -> list[float]:
        """Return a figure of all rounds; empty if it was not measured."""
        rounds = self.by_scenario.get(scenario, {}).get(contender, [])
        return [figures[figure] for figures in rounds if figure in figures]


def publish(rounds: Rounds, wanted: list[Wanted], options: dict[str, Any]) -> int:
    """Print the tables, write ``benchmarks/results/<name>.json``, and return 1 if something wanted was missed."""
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    print(f"\n{rounds.name}: min / median / max of the rounds; {machine}")
    for scenario, contenders in rounds.by_scenario.items():
        columns = [*contenders, *sorted(rounds.missing)]
        print(f"\n{scenario:<26}" + "".join(f"{name:>26}" for name in columns))
        # A figure that could not be measured is missing in its round.
        for figure in dict.fromkeys(name for each in contenders.values() for round_ in each for name in round_):
            cells = [spread(rounds.values(scenario, name, figure)) for name in contenders]
            cells += [NOT_INSTALLED] * len(rounds.missing)
            print(f"{figure:<26}" + "".join(f"{cell:>26}" for cell in cells))
    print()
    is_missed = False
    for each in wanted:
        contenders, value = rounds.by_scenario.get(each.scenario, {}), measured(rounds, each)
        if rounds.own not in contenders or (value is None and rounds.values(each.scenario, rounds.own, each.figure)):
            continue  # it was left out, or the peer was, is not installed or did not do it at all
        # What ours could not show is not met.
        verdict = "met" if value is not None and value <= each.at_most else "MISSED"
        is_missed |= verdict == "MISSED"
        subject = f"{each.scenario}: {each.figure}" + (f", ratio to {each.peer}" if each.peer else "")
        shown = "not measured" if value is None else f"{value:.3g}"
        print(f"{verdict:<8}{subject}: {shown} (wanted: at most {each.at_most:g})")
    FOLDER.mkdir(exist_ok=True)
    content = {"machine": machine, "options": options, "missing": sorted(rounds.missing), "rounds": rounds.by_scenario}
    (FOLDER / f"{rounds.name}.json").write_text(json.dumps(content, indent=2) + "\n")
    return int(is_missed)


def measured(rounds: Rounds, wanted: Wanted) -> float | None:
    """Return the median of what is bounded; None if it, or the peer, was not measured."""
    contenders, figure = rounds.by_scenario.get(wanted.scenario, {}), wanted.figure
    own = contenders.get(rounds.own, [])
    if wanted.peer is None:
        values = [mine[figure] for mine in own if figure in mine]
    else:
        pairs = zip(own, contenders.get(wanted.peer, []), strict=False)
        values = [mine[figure] / its[figure] for mine, its in pairs if figure in mine and figure in its]
    return statistics.median(values) if values else None


def spread(values: list[float]) -> str:
    """Return the least, the median and the most."""
    if not values:
        return "-"
    return " / ".join(f"{value:.4g}" for value in (min(values), statistics.median(values), max(values)))
