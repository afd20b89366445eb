"""Plots: every measurement and the limit are in them, colours follow the page, nothing collides, nothing is markup."""

import math
import re
from xml.etree import ElementTree as ET

import pytest

from harness.report.figures import Dots, Latency, latency_plot, score_plot

ROWS = [Latency("reference", -1, 11.4), Latency("dev@12345678", 0, 24.0, 22.0, 27.5)]


def dots_at(svg: str) -> list[float]:
    """x of every marker drawn, in SVG units."""
    return sorted(float(x) for x in re.findall(r'<use [^>]*\bx="([\d.]+)"', svg))


def test_the_same_rows_give_the_same_bytes_and_other_rows_do_not() -> None:
    assert latency_plot("orders", ROWS, 100.0) == latency_plot("orders", ROWS, 100.0)
    assert latency_plot("orders", ROWS, 100.0) != latency_plot("orders", ROWS, 90.0)


def test_values_stand_in_proportion_to_the_limit() -> None:
    svg = latency_plot("orders", ROWS, 100.0)
    first, second = dots_at(svg)
    zero = float(re.findall(r'x="([\d.]+)"[^>]*>0<', svg)[0])
    assert (second - zero) / (first - zero) == pytest.approx(24.0 / 11.4, rel=0.01)
    assert "limit 100 ms" in svg
    assert "reference" in svg


def test_colours_are_the_pages_and_there_is_no_style_element() -> None:
    svg = latency_plot("orders", ROWS, 100.0)
    assert {"var(--series-1)", "var(--bad)", "currentColor"} <= set(
        re.findall(r"var\(--[a-z0-9-]+\)|currentColor", svg)
    )
    assert "<style" not in svg
    assert "<metadata" not in svg
    assert not re.search(r"#[0-9a-f]{6}", svg)


def test_attempts_share_their_versions_row() -> None:
    svg = latency_plot("orders", [Latency("dev@12345678", 0, 24.0 + n) for n in range(50)], 100.0)
    assert len(dots_at(svg)) == 50
    assert svg.count("dev@12345678") == 1


def test_two_plots_on_a_page_share_no_id() -> None:
    one, two = (set(re.findall(r'\bid="([^"]+)"', latency_plot(task, ROWS, 100.0))) for task in ("orders", "links"))
    assert one
    assert not one & two


def test_wide_ranges_are_logarithmic_so_that_small_ones_stay_apart() -> None:
    rows = [Latency("a", 0, 5.0, 4.0, 6.0), Latency("b", 1, 10.0, 9.0, 11.0), Latency("c", 2, 5000.0, 4000.0, 6000.0)]
    first, second, third = dots_at(latency_plot("orders", rows, 100.0))
    assert (second - first) / (third - second) == pytest.approx(math.log(2) / math.log(500), rel=0.01)


def test_hostile_labels_are_text() -> None:
    label = "$x^2$ <script>alert(1)</script> & \x1b[31m\u202e 漢 \x00"
    svg = score_plot([(label, [Dots(label, 0, (0.5, 1.0), 0.75, label), Dots("none", 1, (), None, "n = 0")])])
    root = ET.fromstring(svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))
    assert not [element for element in root.iter() if "script" in str(element.tag)]
    assert "<script>alert(1)</script>" in "".join(root.itertext())
