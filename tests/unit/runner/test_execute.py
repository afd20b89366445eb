"""A run's trials: retried when infrastructure broke them, never otherwise; stored once; stopped when asked to."""

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import Cancelled, EngineFault, ProviderFault, StorageFault
from harness.executors.clock import SteppingClock
from harness.model.probe import ServiceFate
from harness.model.submission import Reply
from harness.model.trial import Failed, Scored, Trial, Void
from harness.runner import session
from harness.runner.interruption import Interruption
from harness.sandbox.fake import Scripted

GONE = EngineFault("engine_unreachable", "no engine")
FINE = Scripted({"tests": [{"id": "t", "outcome": "passed"}]})
CRASH = Scripted(None, exit_code=1)
DELIVERY = "```python app.py\nprint('hello')\n```\n\n```text requirements.txt\n# none\n```\n"


def distinct(trial: Trial, what: str) -> Reply:
    return Reply(f"{DELIVERY}\n```text NOTES.md\n{trial.name}\n```\n", "stop", "authored")


def test_infrastructure_faults_are_retried_with_growing_waits_and_every_try_is_recorded(corridor: Any) -> None:
    made = corridor({"acceptance": [GONE, GONE, FINE]})
    (record,) = made.run()
    assert isinstance(record.outcome, Scored)
    assert [(t["code"], t["stage"]) for t in record.tries] == [("engine_unreachable", "acceptance")] * 2
    assert made.clock.now_s == 6.0, "1 s, then 5 s"
    assert [event.kind for event in made.events if event.kind != "phase"] == ["started", "retry", "retry", "finished"]
    assert len(made.agent.asked) == 1, "the reply was paid once"


def test_a_measurement_that_infrastructure_took_is_tried_again_too(corridor: Any) -> None:
    scripts = {"acceptance": FINE, "static": [CRASH, CRASH, CRASH, Scripted({"files": 1})]}
    made = corridor(scripts, scorers=("acceptance", "static"))
    (record,) = made.run()
    assert [(t["code"], t["stage"]) for t in record.tries][:1] == [("scorer_unmeasured", "static")]
    assert len(made.agent.asked) == 1, "the reply was paid once"
    for_good = corridor({"acceptance": FINE, "static": CRASH}, scorers=("acceptance", "static"))
    (record,) = for_good.run()
    assert isinstance(record.outcome, Scored), "what was measured stands when the tries are spent"
    assert len(record.tries) == 2


def test_a_new_try_measures_only_what_is_missing(corridor: Any) -> None:
    scripts = {"acceptance": FINE, "static": [CRASH, CRASH, CRASH, Scripted({"files": 1})]}
    made = corridor(scripts, scorers=("acceptance", "static"))
    (record,) = made.run()
    probes = [probe for _, probe, _ in made.sandbox.runs]
    assert probes.count("acceptance") == 1, "what was measured well stands"
    assert probes.count("static") >= 4
    assert set(made.store.outputs(record.trial)) == {"acceptance", "static"}, "and stays in the record's folder"


def test_a_limit_that_the_service_hit_is_named_in_the_record(corridor: Any) -> None:
    met = ServiceFate("running", limits_hit=("memory", "descriptors", "log"))
    made = corridor({"acceptance": replace(FINE, service=met)})
    (record,) = made.run()
    assert "under the probe acceptance the service hit its limit of memory, descriptors" in record.warnings


def test_retries_are_bounded_and_end_void(corridor: Any) -> None:
    made = corridor({"acceptance": GONE})
    (record,) = made.run()
    assert record.outcome == Void("infrastructure", "engine_unreachable", "no engine", "acceptance")
    assert len(record.tries) == 2
    assert made.store.state().tally.void["infrastructure"] == 1


@pytest.mark.parametrize("said", ["prose", DELIVERY.replace("# none", "-r other.txt")])
def test_what_the_agent_did_is_never_retried(corridor: Any, said: str) -> None:
    made = corridor({"acceptance": FINE}, said=[said])
    (record,) = made.run()
    assert isinstance(record.outcome, Failed)
    assert (record.tries, made.clock.now_s) == ((), 0.0)


def test_a_bug_of_ours_is_not_retried_within_the_run(corridor: Any) -> None:
    made = corridor({"unscripted": FINE})
    (record,) = made.run()
    assert isinstance(record.outcome, Void)
    assert (record.outcome.blame, made.clock.now_s) == ("harness", 0.0)


def test_resuming_takes_up_missing_and_void_trials_only(corridor: Any) -> None:
    made = corridor({"acceptance": [FINE, GONE, GONE, GONE, FINE]}, said=distinct, attempts=3)
    first = made.run()
    kinds = [type(record.outcome).__name__ for record in first]
    assert kinds == ["Scored", "Void", "Scored"]
    runs = len(made.sandbox.runs)
    second = made.run()
    assert len(made.sandbox.runs) == runs + 1
    assert [type(record.outcome).__name__ for record in second] == ["Scored"] * 3
    assert (second[0], second[2]) == (first[0], first[2])
    assert len(made.agent.asked) == 3
    assert [void.outcome for void in made.store.voids(second[1].trial)] == [first[1].outcome]


@pytest.mark.parametrize(("json_dialect", "to_ask"), [(False, [3]), (True, [2, 3])])
def test_who_has_answered_is_not_paid_again(corridor: Any, json_dialect: bool, to_ask: list[int]) -> None:
    """One scored, one void after its reply was stored, one that never got a reply."""
    down = ProviderFault("provider_unavailable", "down")
    made = corridor(
        {"acceptance": [FINE, GONE]}, said=lambda t, _: distinct(t, _) if t.attempt < 3 else down, attempts=3
    )
    made.run()
    version = made.suite.agents[0]
    suite = replace(made.suite, agents=(replace(version, spec=replace(version.spec, replies_json=json_dialect)),))
    left = session.unfinished(made.store, made.store.lock())
    assert sorted(trial.attempt for trial in left) == [2, 3]
    assert sorted(trial.attempt for trial in session.unanswered(made.store, suite, left)) == to_ask


def test_a_finished_run_has_nothing_left_and_its_tally_adds_up(corridor: Any) -> None:
    made = corridor({"acceptance": FINE}, said=distinct, attempts=3)
    made.run()
    assert session.unfinished(made.store, made.store.lock()) == ()
    state = made.store.state()
    tally = state.tally
    assert state.status == "complete"
    assert (tally.planned, tally.scored, tally.missing) == (3, 3, 0)
    assert [event["kind"] for event in made.store.events()].count("finished") == 3


def test_a_disk_that_fills_up_stops_the_run_and_loses_nothing(corridor: Any) -> None:
    made = corridor({"acceptance": FINE}, said=distinct, attempts=3)
    save = made.store.save_record

    def full(record: Any) -> None:
        if len(made.store.records()) == 1:
            raise StorageFault("disk_full", "no space left")
        save(record)

    made.store.save_record = full
    with pytest.raises(StorageFault):
        made.run()
    assert made.store.state().status == "interrupted"
    assert (made.store.state().tally.scored, made.store.state().tally.missing) == (1, 2)
    made.store.save_record = save
    assert len(made.run()) == 3


@pytest.mark.parametrize("code", ["disk_full", "store_read_only", "workspace_write"])
def test_a_disk_that_refuses_is_not_tried_again_within_the_run(corridor: Any, code: str) -> None:
    """Seconds do not mend a disk, and a reply that could not be stored would be paid again."""
    made = corridor({"acceptance": FINE})

    def full(*what: Any) -> None:
        raise StorageFault(code, "no")

    made.store.save_reply = full
    (record,) = made.run()
    assert (record.outcome.blame, record.outcome.code, record.tries) == ("infrastructure", code, ())
    assert len(made.agent.asked) == 1


def test_without_room_for_a_reply_no_agent_is_asked(corridor: Any) -> None:
    made = corridor({"acceptance": FINE})

    def full() -> None:
        raise StorageFault("disk_full", "no room")

    made.store.require_room = full
    with pytest.raises(StorageFault):
        made.run()
    assert (made.agent.asked, made.store.records(), made.store.state().status) == ([], (), "interrupted")


def test_an_interrupt_ends_the_trial_under_way_as_cancelled_and_starts_no_other(corridor: Any) -> None:
    def interrupted(service: Any, command: Any, seed: int) -> Scripted:
        """Ctrl-C while the probe runs: the main thread unwinds, and the probe comes back with what looks real."""
        ctrl_c.set()
        stopped.wait(10)
        return FINE

    ctrl_c, stopped = threading.Event(), threading.Event()
    made = corridor({"acceptance": interrupted}, said=distinct, attempts=3)
    parts = made.parts()
    run, take_down = parts.executor.run, parts.take_down

    class Interrupted:
        """An executor whose caller is interrupted while the first job runs."""

        def run(self, jobs: Any) -> Any:
            def work() -> None:
                with suppress(Cancelled):  # what the jobs that came too late say
                    list(run(jobs))

            threading.Thread(target=work, daemon=True).start()
            ctrl_c.wait(10)
            raise KeyboardInterrupt
            yield

    def take_all_down() -> None:
        take_down()
        stopped.set()

    made.parts = lambda: session.Parts(**{**vars(parts), "executor": Interrupted(), "take_down": take_all_down})
    with pytest.raises(KeyboardInterrupt):
        made.run()
    (record,) = made.store.records()
    assert record.outcome.blame == "cancelled", "a cut trial never counts, whatever its probe said"
    assert made.taken_down >= 1
    assert made.store.state().status == "interrupted"
    assert (made.store.state().tally.void["cancelled"], made.store.state().tally.missing) == (1, 2)
    assert session.unfinished(made.store, made.store.lock()) == made.store.lock().trials


def test_what_does_not_end_is_named_after_the_grace() -> None:
    class Clock(SteppingClock):
        """Ten seconds pass between two looks."""

        def monotonic_s(self) -> float:
            self.now_s += 10
            return self.now_s

    interruption, trial = Interruption(), Trial("t", "a@0", 1, 1)
    with interruption.under_way(trial):
        assert interruption.stop(lambda: None, Clock()) == (trial.name,)
        with pytest.raises(Cancelled):
            interruption.check()
    with pytest.raises(Cancelled), interruption.under_way(trial):
        pass


def test_an_engine_that_is_gone_does_not_keep_the_user_waiting() -> None:
    def gone() -> None:
        raise GONE

    interruption = Interruption()
    assert interruption.stop(gone, SteppingClock()) == ()
    assert interruption.asked
