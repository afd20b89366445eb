"""Probe `static`: what scanners find in a neutral copy of the submission, nothing run and nothing believed.

It refuses to grade. Facts of a measured observation:

    files, python_files, lines     what was scanned; skipped: links, devices, oversized files
    findings     list of {file, line, tool, rule, cwe, tool_severity, confidence, message, code, suppressed, test_code,
                 python, query, function, example, constant_call}; tools: bandit, ruff, detect-secrets, harness (ours).
                 query, of a query rule: constant | input | open (not shown to be either) | none (it is no query);
                 function: the one around the line; example: the line only documents the API
    unparsed     files that a scanner could not read; disguised: Python in files of other names, whatever the suffix
    other_code   files in languages that are not scanned; suppressions: comments that would have silenced a scanner
    tests_are_code   the service runs code that lies among the tests, so nothing there is treated as a test
    tools        versions
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.probe import Observation, ProbeCommand, ProbeOutput
from harness.model.task import Task
from harness.probes.report_line import observe_report

REQUIRED = {"file": str, "line": int, "tool": str, "rule": str, "message": str}


@dataclass(frozen=True)
class StaticProbe:
    """See the module docstring."""

    name: str = "static"
    version: int = 2

    def command(self, task: Task, profile: str) -> ProbeCommand:
        """The same in each profile: no service is needed, only the files."""
        return ProbeCommand(
            probe=self.name, image="static", needs="none", workspace=True, timeout_s=240.0, memory_mb=512
        )

    def observe(self, output: ProbeOutput) -> Observation:
        seen = observe_report(self.name, self.version, output, needs_service=False)
        if seen.status != "measured":
            return seen
        findings = seen.facts.get("findings")
        if not isinstance(findings, list) or not all(_well_formed(finding) for finding in findings):
            return self._crashed("the report's `findings` is not a list of finding records")
        if not seen.facts.get("files"):
            return self._crashed("no file was scanned: nothing was measured")
        return seen

    def _crashed(self, cause: str) -> Observation:
        return Observation(self.name, self.version, "crashed", {}, cause)


def _well_formed(finding: object) -> bool:
    return isinstance(finding, Mapping) and all(isinstance(finding.get(k), kind) for k, kind in REQUIRED.items())


PROBE = StaticProbe()
