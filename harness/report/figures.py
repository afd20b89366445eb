"""Plots as SVG elements that follow the page's colours: latency per task, scores per scorer, chances.

Refuses scripts, fonts, links and dates: the same records give the same bytes. Uses matplotlib's SVG canvas directly (no
pyplot, no state); importing matplotlib happens in this module only.
"""

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogLocator, NullLocator

from harness.report.safe_text import visible

# Colours that stand for CSS values of the page, so that one plot serves light and dark (replaced in `_embed`).
_INK: Final = "#010203"
_FAINT: Final = "#040506"
_LIMIT: Final = "#070809"
_SERIES: Final = ("#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04", "#0a0b05", "#0a0b06")
_CSS: Final[Mapping[str, str]] = {
    _INK: "currentColor",
    _FAINT: "var(--line)",
    _LIMIT: "var(--bad)",
    **{colour: f"var(--series-{number})" for number, colour in enumerate(_SERIES, start=1)},
}
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "harness",
    "text.parse_math": False,
    "font.size": 9,
    "font.family": "sans-serif",
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "xtick.color": _FAINT,
    "xtick.labelcolor": _INK,
    "ytick.color": _FAINT,
    "ytick.labelcolor": _INK,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
}
_WIDTH_IN: Final = 8.6
_ROW_IN: Final = 0.34
_PIXELS: Final = 96 / 72  # per point


@dataclass(frozen=True)
class Latency:
    """One measured p95 in ms with its 95 % interval if known; `series` indexes the version, -1 is the reference."""

    label: str
    series: int
    p95_ms: float
    low_ms: float | None = None
    high_ms: float | None = None


@dataclass(frozen=True)
class Dots:
    """One row of the score plot: every trial's value and their mean; `note` stands at the right (n = …)."""

    label: str
    series: int
    values: tuple[float, ...]
    mean: float | None
    note: str


@dataclass(frozen=True)
class Curve:
    """One row of dots of a chance plot and the line that stands for them; points: (x, share, low, high), shares in
    [0, 1]; line: (x, share); broad: drawn as a band, for what others may cover."""

    label: str
    series: int
    points: tuple[tuple[float, float, float, float], ...]
    line: tuple[tuple[float, float], ...]
    broad: bool = False


@dataclass(frozen=True)
class Panel:
    """One field of a chance plot; marks: places on the level that are pointed out."""

    title: str
    curves: tuple[Curve, ...]
    marks: tuple[float, ...] = ()


def latency_plot(task: str, measured: Sequence[Latency], limit_ms: float | None) -> str:
    """p95 of each measurement as a dot with its interval, the limit as a dashed line; one plot per task.

    One row per label, in order of first appearance; a row's measurements lie one below the other.
    """
    labels = list(dict.fromkeys(row.label for row in measured))
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(
            len(labels), "p95 in ms, from the intended start of each request; bars are 95 % intervals"
        )
        for y, label in enumerate(labels):
            rows = [row for row in measured if row.label == label]
            for number, row in enumerate(rows):
                _measurement(axes, y + 0.6 * ((number + 0.5) / len(rows) - 0.5), row)
        highest = max([row.high_ms or row.p95_ms for row in measured] + [limit_ms or 0.0])
        lowest = min(row.p95_ms for row in measured)
        if lowest > 0 and highest / lowest > 30:
            axes.set_xscale("log")
            axes.set_xlim(lowest / 2, highest * 1.6)
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        else:
            axes.set_xlim(0, highest * 1.12)
        if limit_ms is not None:
            axes.axvline(limit_ms, color=_LIMIT, linewidth=1.2, linestyle=(0, (4, 3)))
            note = f"limit {limit_ms:g} ms"
            place: dict[str, Any] = {"xytext": (-5, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
            axes.annotate(note, (limit_ms, -0.75), color=_LIMIT, fontsize=8, **place)
        _rows(axes, labels)
        return _embed(canvas, f"p95-{task}")


def score_plot(groups: Sequence[tuple[str, Sequence[Dots]]]) -> str:
    """One group of rows per scorer: small dots are trials, the large dot is their mean, the note is n."""
    rows = [(scorer, dots) for scorer, group in groups for dots in group]
    with mpl.rc_context(_STYLE):
        canvas, axes = _canvas(len(rows) + 0.4 * len(groups), "score, 0 to 1")
        labels, places = [], []
        y = 0.0
        for scorer, group in groups:
            for number, dots in enumerate(group):
                colour = _SERIES[dots.series % len(_SERIES)]
                axes.plot(dots.values, [y] * len(dots.values), "o", color=colour, markersize=4, alpha=0.5, mew=0)
                if dots.mean is not None:
                    axes.plot([dots.mean], [y], "o", color=colour, markersize=7)
                axes.text(1.035, y, visible(dots.note), va="center", fontsize=8)
                labels.append(f"{scorer} · {dots.label}" if number == 0 else dots.label)
                places.append(y)
                y += 1
            y += 0.4
        axes.set_xlim(-0.03, 1.03)
        _rows(axes, labels, places)
        return _embed(canvas, "scores")


def chance_plot(panels: Sequence[Panel], label: str, level: float) -> str:
    """How often something happens as something grows: one panel below the other on one scale; bars are intervals, the
    dashed line is `level`."""
    widest = max(x for panel in panels for curve in panel.curves for x, *_ in curve.points) or 1.0
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(_WIDTH_IN, 0.8 + 2.5 * len(panels)))
        FigureCanvasSVG(canvas)
        grid = canvas.subplots(len(panels), 1, sharex=True, squeeze=False)
        canvas.subplots_adjust(left=0.09, right=0.97, hspace=0.3)
        canvas.subplots_adjust(top=1 - 0.6 / canvas.get_figheight(), bottom=0.5 / canvas.get_figheight())
        for axes, panel in zip(grid[:, 0], panels, strict=True):
            axes.axhline(100 * level, color=_INK, linewidth=0.8, linestyle=(0, (4, 3)))
            for curve in panel.curves:
                _chances(axes, curve)
            axes.plot(panel.marks, [100 * level] * len(panel.marks), "D", color=_INK, markersize=4.5, zorder=5)
            axes.set_xlim(-0.02 * widest, 1.02 * widest)
            axes.set_ylim(-3, 103)
            axes.set_title(visible(panel.title), fontsize=9, loc="left")
            axes.set_ylabel("% of splits", fontsize=8)
            _bare(axes, "both")
        grid[-1, 0].set_xlabel(label, fontsize=8)
        handles, names = grid[0, 0].get_legend_handles_labels()
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0.075, 1.0), "ncols": len(names)}
        canvas.legend(handles, names, frameon=False, fontsize=8, **place)
        return _embed(canvas, "chances")


def standalone(svg: str, css: str) -> str:
    """A plot as a file of its own: with its namespace, its size and the page's colours. css: the page's style sheet."""
    colours = "".join(re.findall(r":root \{.*?\n\}|@media \(prefers-color-scheme: dark\) \{.*?\n\}", css, re.S))
    style = f"{colours} svg {{ color: var(--ink); background: var(--paper); font-family: sans-serif; }}"
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    size = f' width="{float(box[1]) * _PIXELS:.0f}" height="{float(box[2]) * _PIXELS:.0f}"' if box else ""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"{size}'
    return f"{svg.replace('<svg', head, 1).replace('>', f'><style>{style}</style>', 1)}\n"


def _chances(axes: Axes, curve: Curve) -> None:
    colour = _SERIES[curve.series % len(_SERIES)]
    width, alpha = (5.0, 0.35) if curve.broad else (1.3, 1.0)
    xs, shares = zip(*((x, 100 * share) for x, share in curve.line), strict=True)
    axes.plot(xs, shares, color=colour, linewidth=width, alpha=alpha, label=visible(curve.label))
    for x, share, low, high in curve.points:
        axes.plot(
            [x, x], [100 * low, 100 * high], color=colour, linewidth=0.7 * width, alpha=alpha, solid_capstyle="butt"
        )
        axes.plot([x], [100 * share], "o", color=colour, markersize=2.5 + 0.8 * width, alpha=alpha, mew=0)


def _measurement(axes: Axes, y: float, row: Latency) -> None:
    colour = _INK if row.series < 0 else _SERIES[row.series % len(_SERIES)]
    if row.low_ms is not None and row.high_ms is not None:
        axes.plot([row.low_ms, row.high_ms], [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
    axes.plot([row.p95_ms], [y], marker="D" if row.series < 0 else "o", color=colour, markersize=4)


def _canvas(rows: float, label: str) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(_WIDTH_IN, 0.75 + _ROW_IN * rows))
    FigureCanvasSVG(canvas)
    axes = canvas.add_subplot()
    canvas.subplots_adjust(
        left=0.36, right=0.86, top=1 - 0.2 / canvas.get_figheight(), bottom=0.5 / canvas.get_figheight()
    )
    axes.set_xlabel(label, fontsize=8)
    _bare(axes, "x")
    return canvas, axes


def _bare(axes: Axes, lines: Literal["x", "both"]) -> None:
    """Grid lines, and next to no frame."""
    axes.grid(axis=lines)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


def _rows(axes: Axes, labels: Sequence[str], places: Sequence[float] | None = None) -> None:
    where = list(places) if places is not None else [float(n) for n in range(len(labels))]
    axes.set_yticks(where, [visible(label) for label in labels])
    axes.set_ylim(max(where) + 0.6, -1.1 if places is None else -0.6)


def _embed(canvas: Canvas, prefix: str) -> str:
    """The figure as one <svg> element fit for a page with others: no prologue, no style element, own ids."""
    out = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph that the layout's font lacks: the browser has one
        canvas.savefig(
            out, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.S)
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    safe = re.sub(r"[^a-z0-9-]", "-", prefix.lower())
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{safe}-", svg)
    for colour, css in _CSS.items():
        svg = svg.replace(colour, css)
    box = re.search(r'viewBox="([\d. ]+)"', svg)
    svg = f'<svg viewBox="{box.group(1) if box else ""}" role="img">' + svg[svg.index(">") + 1 :]
    return re.sub(r" font-family: [^;\"]*;", "", svg).strip()
