"""The matrix's text: aligned, never rounded to full marks, every sign explained."""

from harness.report.matrix import MatrixCell, MatrixRow, cell_text, matrix


def test_a_value_below_one_is_never_shown_as_one() -> None:
    assert cell_text(MatrixCell(0.9999, "unaffected")) == "0.999 ·"
    assert cell_text(MatrixCell(1.0, "full")) == "1.000 ✓"
    assert cell_text(MatrixCell(None, "unmeasured")) == "?"
    assert cell_text(MatrixCell(None, "none")) == "-"


def test_groups_columns_notes_and_a_legend_of_what_occurs() -> None:
    rows = [
        MatrixRow("reference", "reference", (MatrixCell(1.0, "full"), MatrixCell(1.0, "full"))),
        MatrixRow("mutants", "leaks", (MatrixCell(0.98, "missed"), MatrixCell(None, "none")), "-> attacks"),
        MatrixRow("mutants", "slow", (MatrixCell(0.5, "unexpected"), MatrixCell(None, "unmeasured"))),
    ]
    lines = matrix("sample", ["attacks", "load"], rows).splitlines()
    assert lines == [
        "sample",
        "              attacks     load",
        "reference",
        "  reference   1.000 ✓  1.000 ✓",
        "mutants",
        "  leaks       0.980 ✗        -  -> attacks",
        "  slow        0.500 !        ?",
        "✓ full marks  ✗ missed  ! unexpected  ? unmeasured  - not looked at",
    ]
