"""How every verb that finishes or re-reads a run ends: report files written, summary printed, exit code returned.

Refuses to judge: the verdict and the code come from one function in `report`.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from harness.cli.say import note, out
from harness.cli.sides import arms_of, standing_sections
from harness.compare.arms import Arm
from harness.report.beside import FOLDER
from harness.report.parts import Bundle, Section
from harness.report.render import FORMATS, Format, render
from harness.report.selection import selected
from harness.report.summary import summary
from harness.report.verdict import run_verdict
from harness.store.atomic import make_folder, remove_tree, write_atomic
from harness.store.run_folder import RunFolder


def conclude(
    folder: RunFolder, as_json: bool, sections: Sequence[Section] = (), interrupted_by: int | None = None
) -> int:
    """Write all report files into the run's folder, print the summary and where to look; the run's exit code.

    interrupted_by: number of the signal that cut the run short; the report then tells how far it came.
    """
    bundle = bundle_of(folder, sections)
    write_report(folder, bundle, FORMATS)
    verdict = run_verdict(bundle.tally, interrupted_by, bundle.lost, bundle.refused)
    report = folder.paths.root / "report.html"
    if as_json:
        out(
            json.dumps(
                {"run": str(folder.paths.root), "verdict": verdict.word, "code": verdict.code, "report": str(report)}
            )
        )
    else:
        out(summary(bundle, interrupted_by))
        note(f"look at {report} (also report.md, report.json)")
    return verdict.code


def bundle_of(folder: RunFolder, sections: Sequence[Section] = (), arms: Sequence[Arm] | None = None) -> Bundle:
    """Everything a report of this run is made from; arms: of the run, where they are known already."""
    reader = folder.reader
    state = reader.state()
    arms = arms_of(folder) if arms is None else arms
    lock = reader.lock()
    load = arms[0].load if arms else reader.record
    known = {side.label for side in arms}
    wanted = {*selected(arms), *(trial for trial in lock.trials if trial.agent_label not in known)}
    loaded = tuple(load(trial) for trial in lock.trials if trial in wanted)
    records = tuple(record for record in loaded if record is not None)
    measured = sum(int(side.table.measured.sum()) for side in arms)
    return Bundle(
        run=state.run,
        lock=lock,
        records=records,
        status=state.status,
        created_utc=state.created_utc,
        finished_utc=state.finished_utc or "",
        sections=(*sections, *standing_sections(folder, arms)),
        arms=tuple(arms),
        left_out=max(0, measured - len(records)),
    )


def loaded_bundle(side: Arm) -> Bundle:
    """One version alone, with the records that are shown of it."""
    loaded = (side.load(trial) for trial in selected([side]))
    records = tuple(record for record in loaded if record is not None)
    left_out = int(side.table.measured.sum()) - len(records)
    return Bundle(side.run, side.lock, records, arms=(side,), left_out=left_out)


def write_report(folder: RunFolder, bundle: Bundle, formats: Sequence[Format], pages: bool = True) -> tuple[Path, ...]:
    """Render and write; returns the files written. pages: also the files of trials that lie beside a large report."""
    written = []
    if "html" in formats and pages:
        remove_tree(folder.paths.root / FOLDER)
    for name, content in render(bundle, formats, pages=pages).items():
        make_folder((folder.paths.root / name).parent)
        write_atomic(folder.paths.root / name, content)
        written.append(folder.paths.root / name)
    return tuple(written)
