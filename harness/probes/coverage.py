"""Probe `coverage`: the submission's own tests in its own environment, their coverage and their strength.

It refuses to judge, and its facts are evidence about those tests only, since the process that runs them holds agent
code. Facts of a measured observation:

    stack            python | node | go; only python suites are run (`files` is then all there is besides the lists)
    sources, test_files, unparsed    POSIX paths; left_out: folders of packages, not counted, that hold Python files
    strange          {path: how}: sources that a reader takes for something else (another suffix, among the tests)
    uncounted        [{file, line, statements, how}]: code that no source file holds: in strings, made at run time
    home, roots      the folder the tests are run from; the folders from which imports start
    settings_file    where pytest's settings were found; ini_kept, ini_dropped: keys applied and not applied;
                     options_kept, options_dropped: of `addopts`, as written
    always_equal     [{file, line}]: an `__eq__` that is true whatever it is compared with
    assertions       {tests, without, void, names}: test functions in the files, those that assert nothing, and of
                     these those that would if the objects they compare with did not equal everything
    reported, exit_code, pytest_exit, timed_out, seconds, output_tail    the run as is; reported = a whole report came
    environment      service | none: whether the suite was run with the service's environment variables; without them
                     only when more tests pass so
    reasons          [{where, error, missing, text}]: why a file of tests, or the suite, could not be collected
    counts           {passed, failed, error, skipped};  not_passed [{id, message}];  collect_errors [text]
    raised_but_passed    tests that raised in their own process and were reported as passed
    files            path -> {statements, covered, branches, covered_branches, missing [line]}; tests are not in it
    impossible       why the coverage data cannot be true;  coverage_problem: why there is none
    witness          {agrees, passed, unseen {path: [line]}, unseen_lines}: a second record of what ran; agrees = its
                     run passed the same tests; lines that the data claims and it never saw are taken off `files`
    sabotage         {tried, still_passed [id], still_passed_count, reported, exit_code}: every test made to raise
    mutation         {unusable, gutted, candidates, run, killed, timeouts, survived, baseline_s, selected,
                     survivors, seconds}; selected = each fault met only the tests that run its line;
                     forked: why the quick way did not work and a process per run was used; never_again: the tests
                     passed in two runs and then in none; decoys {run, chance, open, noticed [{file, line, kind, times,
                     of}]}: harmless edits, noticed = `times` of `of`, and the unchanged file never
    versions         {ours, used, clash}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.report_line import observe_report

SUITE_S = {
    "smoke": 60.0,
    "full": 120.0,
}  # one run of the suite; it is run three or four times, and more often when its strength is in doubt
MUTATION_S = {"smoke": 10.0, "full": 60.0}
SLOW_S = 60.0  # for seeded faults where the fork server cannot be used
SLACK_S = 90.0  # fork server start, two runs of the suite in it, and the last mutant


@dataclass(frozen=True)
class CoverageProbe:
    """See the module docstring."""

    name: str = "coverage"
    version: int = 2

    def command(self, task: Task, profile: str) -> ProbeCommand:
        """The profile sets how long a suite may run and how long seeded faults are tried, in seconds."""
        suite_s, mutation_s = SUITE_S.get(profile, SUITE_S["full"]), MUTATION_S.get(profile, MUTATION_S["full"])
        return ProbeCommand(
            probe=self.name,
            image="coverage",
            parameters={"suite_s": suite_s, "mutation_s": mutation_s},
            needs="none",
            workspace=True,
            test_packages=True,
            timeout_s=7 * suite_s + 2 * mutation_s + SLOW_S + SLACK_S,  # twice: harmless edits take their own time
            memory_mb=1024,
        )

    def observe(self, output: ProbeOutput) -> Observation:
        seen = observe_report(self.name, self.version, output, needs_service=False)
        if seen.status != "measured" or _well_formed(seen.facts):
            return seen
        return Observation(self.name, self.version, "crashed", seen.facts, "the report lacks `files` or `test_files`")


def _well_formed(facts: Mapping[str, Any]) -> bool:
    files, tests = facts.get("files"), facts.get("test_files")
    if not isinstance(files, Mapping) or not isinstance(tests, list):
        return False
    return not tests or facts.get("stack") != "python" or isinstance(facts.get("counts"), Mapping)


PROBE = CoverageProbe()
