"""Every format: complete, valid for its reader, harmless with hostile text, the same bytes each time."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from harness.model.score import Evidence, Score
from harness.model.submission import Block
from harness.model.trial import Failed, Scored, TrialRecord, Void
from harness.report.parts import Bundle, Section, Table
from harness.report.render import FORMATS, render
from harness.report.summary import summary

HOSTILE = (
    "</pre></style><script>alert(1)</script><b>x</b>&amp;\"'><img src=x onerror=alert(1)>"
    " ```\n````\n# h\n|=1+1\x1b[31m\u202e\x00\ud800"
)
VOID_TAGS = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags with attributes, text, and a check that everything opened is closed."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(content.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def poisoned(bundle: Bundle) -> Bundle:
    """The same run with hostile text everywhere an agent, its service or its name can put it."""

    def poison(record: TrialRecord) -> TrialRecord:
        outcome = record.outcome
        match outcome:
            case Failed():
                outcome = Failed(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
            case Void():
                outcome = replace(outcome, code=HOSTILE, message=HOSTILE, stage=HOSTILE)
            case Scored():
                bad = Evidence(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0.1, "critical", 79, HOSTILE)
                score = Score("acceptance", 1, 0.5, 1, 2, HOSTILE, (bad,), (HOSTILE,), {HOSTILE: HOSTILE})
                outcome = replace(outcome, scores=(score,), why=(HOSTILE,), flags=(HOSTILE,))
        trial = replace(record.trial, agent_label=record.trial.agent_label + HOSTILE)
        blocks = (Block(HOSTILE, HOSTILE, HOSTILE, "left_out", HOSTILE),)
        return replace(
            record, trial=trial, outcome=outcome, warnings=(HOSTILE,), tries=({"cause": HOSTILE},), blocks=blocks
        )

    trials = tuple(replace(trial, agent_label=trial.agent_label + HOSTILE) for trial in bundle.lock.trials)
    lock = replace(bundle.lock, trials=trials, agents={HOSTILE: {"model": HOSTILE}}, tools={HOSTILE: HOSTILE})
    section = Section(HOSTILE, HOSTILE, (HOSTILE,), (Table(HOSTILE, (HOSTILE,), ((HOSTILE,),)),))
    return replace(bundle, lock=lock, records=tuple(map(poison, bundle.records)), sections=(section,), run=HOSTILE)


@pytest.fixture(params=["as it is", "hostile"])
def shown(request: pytest.FixtureRequest, bundle: Bundle) -> Bundle:
    """The realistic bundle, and its poisoned twin."""
    return bundle if request.param == "as it is" else poisoned(bundle)


def test_the_same_records_give_the_same_bytes(bundle: Bundle) -> None:
    first = render(bundle)
    assert first == render(bundle)
    assert sorted(first) == sorted(
        ["report.html", "report.md", "report.json", "trials.csv", "scores.csv", "junit.xml", "sarif.json"]
    )


@pytest.mark.parametrize("name", FORMATS)
def test_formats_come_one_by_one(bundle: Bundle, name: str) -> None:
    assert {file.split(".")[1] for file in render(bundle, [f for f in FORMATS if f == name])} == {
        {"junit": "xml", "sarif": "json"}.get(name, name)
    }


def test_the_page_is_closed_markup_without_active_content(shown: Bundle) -> None:
    page = Page(render(shown, ["html"])["report.html"])
    assert page.open == []
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "b-x", "iframe", "object", "link", "form", "base"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("href", "src", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
    [policy] = [a for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert (policy["content"] or "").startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_ids_are_unique_and_links_lead_somewhere(bundle: Bundle) -> None:
    page = Page(render(bundle, ["html"])["report.html"])
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {
        (a.get("href") or a.get("xlink:href") or "")[1:] for _, a in page.tags if a.get("href") or a.get("xlink:href")
    }
    assert targets <= set(ids)
    content = render(bundle, ["html"])["report.html"].decode()
    assert set(re.findall(r"url\(#([^)]+)\)", content)) <= set(ids)


def test_hostile_text_is_shown_as_text(bundle: Bundle) -> None:
    page = Page(render(poisoned(bundle), ["html"])["report.html"])
    assert any("<script>alert(1)</script>" in text and "\\u202e" in text for text in page.text)


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_pages_say_what_happened(bundle: Bundle, name: str) -> None:
    raw = render(bundle)[name]
    text = "".join(Page(raw).text) if name.endswith("html") else raw.decode().replace("\\", "")
    for expected in (
        "INCOMPLETE: 1 trial void by infrastructure",
        "planned 12 = 8 scored + 1 failed + 1 void (infrastructure) + 1 void (task) + 1 missing",
        "This is a demonstration",
        "60 % (3/5)",
        "test_total_is_the_sum_of_lines: expected 4250, got 4200",
        "POST /orders",
        "curl -i -X POST http://127.0.0.1:8000/orders",
        "SQL injection in the order search",
        "app/db store.py:42",
        "ModuleNotFoundError: No module named 'databse'",
        "no: 7 of 8 hidden acceptance tests, 100% required",
        "blame: infrastructure; not scored",
        "blame: task; not scored",
        "planned, not measured (no trial.json)",
        "probe container was lost twice",
        "mmdebstrap bookworm",
        "locust",
        "5e" * 32,
    ):
        assert expected in text, expected


def test_accepted_and_means_come_with_their_denominators(bundle: Bundle) -> None:
    document = json.loads(render(bundle, ["json"])["report.json"])
    v7, v8 = document["accepted"].values()
    assert v7 == {"yes": 3, "no": 1, "failed": 1, "undetermined": 0, "void": 1, "missing": 0, "n": 5, "share": 0.6}
    assert v8 == {"yes": 1, "no": 2, "failed": 0, "undetermined": 1, "void": 1, "missing": 1, "n": 3, "share": 1 / 3}
    cells = next(iter(document["scores"].values()))
    assert (cells["acceptance"]["n"], cells["acceptance"]["mean"]) == (5, (1 + 7 / 8 + 0 + 1 + 1) / 5)
    assert (cells["conformance"]["n"], cells["conformance"]["unmeasured"]) == (1, 4)  # the failed trial counts 0
    assert (cells["graphql"]["n"], cells["graphql"]["mean"], cells["graphql"]["not_applicable"]) == (0, None, 5)


def test_a_report_over_live_replies_is_no_demonstration(bundle: Bundle) -> None:
    live = replace(bundle, records=tuple(replace(record, reply_origin="live") for record in bundle.records))
    assert b"demonstration" not in render(live, ["html"])["report.html"]
    assert "demonstration" in summary(bundle)
    assert "demonstration" not in summary(live)


def test_csv_is_read_back_and_computes_nothing(shown: Bundle) -> None:
    files = render(shown, ["csv"])
    rows = list(csv.DictReader(io.StringIO(files["trials.csv"].decode("utf-8"))))
    assert len(rows) == 12
    assert [row["outcome"] for row in rows].count("missing") == 1
    for name in ("trials.csv", "scores.csv"):
        for row in csv.reader(io.StringIO(files[name].decode("utf-8"))):
            assert not [value for value in row if value.startswith(("=", "+", "@", "\t"))]


def test_a_formula_as_agent_name_is_text(bundle: Bundle) -> None:
    trials = tuple(replace(trial, agent_label="=1+1") for trial in bundle.lock.trials)
    renamed = replace(bundle, lock=replace(bundle.lock, trials=trials), records=())
    assert ",'=1+1," in render(renamed, ["csv"])["trials.csv"].decode()


def test_junit_counts_agree_with_its_cases(shown: Bundle) -> None:
    root = ET.fromstring(render(shown, ["junit"])["junit.xml"])
    cases = root.findall(".//testcase")
    assert len(cases) == 12
    for suite in root.findall("testsuite"):
        for tag, counter in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{tag}")) == int(suite.get(counter, "-1"))
    kinds = {"failure": 0, "error": 0, "skipped": 0}
    for case in cases:
        for child in case:
            if child.tag in kinds:
                kinds[child.tag] += 1
    assert kinds == {"failure": 4, "error": 2, "skipped": 2}


def test_sarif_has_what_the_standard_requires(shown: Bundle) -> None:
    document = json.loads(render(shown, ["sarif"])["sarif.json"])
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert run["tool"]["driver"]["name"] == "harness"
    assert run["results"]
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
        assert result["locations"]


def test_sarif_points_into_the_stored_submission(bundle: Bundle) -> None:
    results = json.loads(render(bundle, ["sarif"])["sarif.json"])["runs"][0]["results"]
    levels = {(result["level"], "physicalLocation" in result["locations"][0]) for result in results}
    assert levels == {("error", False), ("warning", True)}  # confirmed by request; unconfirmed by file and line
    place = next(r["locations"][0]["physicalLocation"] for r in results if r["level"] == "warning")
    assert place["artifactLocation"]["uri"] == ("trials/orders__backend-dev@9b3e07d4__02/submission/app/db%20store.py")
    assert place["region"] == {"startLine": 42}


def test_the_terminal_summary_is_aligned_and_harmless(shown: Bundle) -> None:
    text = summary(shown)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)
    assert "(n=" in text
    assert text.splitlines()[-1].startswith("INCOMPLETE")


def test_an_empty_run_is_reported_too(bundle: Bundle) -> None:
    nothing = replace(bundle, lock=replace(bundle.lock, trials=(), agents={}, scorers={}), records=())
    assert b"planned 0 = 0 scored" in render(nothing)["report.html"]
    unstarted = replace(bundle, records=())
    assert b"UNFINISHED: 12 trials not measured yet" in render(unstarted)["report.html"]
    assert "n=0" in summary(unstarted)


def test_what_is_cut_short_says_so(bundle: Bundle) -> None:
    def lengthen(record: TrialRecord) -> TrialRecord:
        evidence = tuple(Evidence("log", f"e{number}", "x" * 50_000) for number in range(70))
        score = Score("acceptance", 1, 0.5, 1, 2, "tests", evidence)
        return replace(record, outcome=Scored("no", (score,)))

    long = replace(bundle, records=(lengthen(bundle.records[0]),))
    page = render(long, ["html"])["report.html"].decode()
    assert "44000 characters left out; all of it is in trials/orders__backend-dev@1f0c22aa__01" in page
    assert "10 more pieces of evidence are in trial.json" in page


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_pages_list_what_became_of_each_block(bundle: Bundle, name: str) -> None:
    blocks = (
        Block("lines 1-9", "```python app/old.py", "app/old.py", "replaced", "the version of lines 20-40 counts"),
        *(Block(f"line {n}", "```", "", "example", "no path is stated for it") for n in range(500)),
    )
    records = (replace(bundle.records[0], blocks=blocks), *bundle.records[1:])
    raw = render(replace(bundle, records=records))[name]
    text = "".join(Page(raw).text) if name.endswith("html") else raw.decode().replace("\\", "")
    for expected in ("block by block", "381 more are in", "replaced: the version of lines 20-40 counts"):
        assert expected in text
