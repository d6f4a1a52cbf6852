"""Draws a figure of what a benchmark has measured: a bar for each contender and scenario."""

import json
import statistics

import pygal

from benchmarks.results import FOLDER, Figures

COLORS = ("#1f6f8b", "#c77d0a", "#7a7a7a", "#a9a9a9", "#8c4a6b")


def write_plot(benchmark: str, figure: str) -> None:
    """Write ``benchmarks/results/<benchmark>.svg`` from the JSON beside it."""
    rounds = json.loads((FOLDER / f"{benchmark}.json").read_text())["rounds"]
    (FOLDER / f"{benchmark}.svg").write_text(draw(rounds, figure).render(is_unicode=True))


def draw(rounds: dict[str, dict[str, list[Figures]]], figure: str) -> pygal.Bar:
    """Return bars as long as the median of the rounds, on a logarithmic scale that begins at 1."""
    medians = {
        name: [_median(contenders.get(name, []), figure) for contenders in rounds.values()]
        for name in dict.fromkeys(name for contenders in rounds.values() for name in contenders)
    }
    most = max(value for values in medians.values() for value in values if value is not None)
    chart = pygal.Bar(
        logarithmic=True,
        range=(1, 1.3 * most),
        zero=1,
        y_labels=[10**power for power in range(4) if 10**power < most],
        truncate_label=-1,
        title=f"{figure}; median of the rounds, logarithmic",
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        print_values=True,
        print_values_position="top",
        value_formatter=lambda value: f"{value:.3g}",
        style=pygal.style.CleanStyle(colors=COLORS, font_family="sans-serif"),
        # It would load its script from elsewhere.
        js=[],
        disable_xml_declaration=True,
    )
    chart.x_labels = list(rounds)
    for name, values in medians.items():
        chart.add(name, values)
    return chart


def _median(rounds: list[Figures], figure: str) -> float | None:
    values = [figures[figure] for figures in rounds if figure in figures]
    return statistics.median(values) if values else None
