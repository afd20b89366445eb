"""Back-off, budgets, the shared state of a provider, the total deadline and the purse: without a network."""

import threading
from email.message import Message

import pytest

from harness.agents.calls import CallFailed, refused, retry_after_s
from harness.agents.deadline import within
from harness.agents.pricing import Prices, Purse, estimated_tokens
from harness.agents.providers import RECOVERY, Provider
from harness.agents.retries import Patience, Timing, in_words, persist, wait_s
from harness.errors import Cancelled, ProviderFault
from harness.executors.clock import SteppingClock
from harness.model.submission import Usage


def headers(**values: str) -> Message:
    """Header names in any case, as a response has them."""
    made = Message()
    for name, value in values.items():
        made[name.replace("_", "-")] = value
    return made


class Failing:
    """Fails as told, then gives `done`."""

    def __init__(self, *failures: CallFailed) -> None:
        self.left = list(failures)

    def __call__(self) -> str:
        if self.left:
            raise self.left.pop(0)
        return "done"


def timing(clock: SteppingClock, draw: float = 1.0) -> Timing:
    return Timing(clock.monotonic_s, clock.sleep, lambda: draw)


def test_back_off_doubles_up_to_its_cap_with_full_jitter() -> None:
    patience = Patience()
    assert [wait_s(patience, n, None, lambda: 1.0) for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert wait_s(patience, 5, None, lambda: 0.25) == 4.0
    assert wait_s(patience, 10_000, None, lambda: 1.0) == 60.0


def test_the_providers_wish_wins_up_to_a_cap() -> None:
    assert wait_s(Patience(), 1, 30.0, lambda: 0.5) == 30.5
    assert wait_s(Patience(retry_after_cap_s=20), 1, 3600.0, lambda: 0.0) == 20.0


def test_tries_are_counted_waited_for_and_written_down() -> None:
    clock, tries = SteppingClock(), []  # type: ignore[var-annotated]
    attempt = Failing(CallFailed("rate_limited", "slow down", 429, 7.0), CallFailed("timeout", "silent"))
    assert persist(attempt, Patience(), timing(clock, 0.0), tries) == "done"
    assert [(t["try"], t["status"], t["error"], t["wait_s"]) for t in tries] == [
        (1, 429, "rate_limited", 7.0),
        (2, None, "timeout", 0.0),
        (3, 200, None, 0.0),
    ]
    assert clock.now_s == 7.0


def test_the_budget_of_tries_ends_it() -> None:
    clock, tries = SteppingClock(), []  # type: ignore[var-annotated]
    with pytest.raises(CallFailed):
        persist(Failing(*[CallFailed("unavailable", "", 503)] * 9), Patience(tries=4), timing(clock), tries)
    assert (len(tries), clock.now_s) == (4, 7.0), "1 + 2 + 4 s between four tries"
    assert in_words(tries) == "4 tries (4 x 503)"


def test_the_budget_of_time_ends_it_before_a_wait_that_would_break_it() -> None:
    clock, tries = SteppingClock(), []  # type: ignore[var-annotated]
    with pytest.raises(CallFailed):
        persist(Failing(*[CallFailed("rate_limited", "", 429, 40.0)] * 9), Patience(budget_s=100), timing(clock), tries)
    assert (len(tries), clock.now_s) == (3, 82.0)


@pytest.mark.parametrize("kind", ["unauthorised", "forbidden", "quota", "model_unknown", "bad_request"])
def test_what_will_not_pass_is_tried_once(kind: str) -> None:
    clock, tries = SteppingClock(), []  # type: ignore[var-annotated]
    with pytest.raises(CallFailed):
        persist(Failing(CallFailed(kind, "")), Patience(), timing(clock), tries)
    assert (len(tries), clock.now_s) == (1, 0.0)


@pytest.mark.parametrize(
    ("status", "code", "said", "kind"),
    [
        (401, "", "", "unauthorised"),
        (402, "", "", "quota"),
        (403, "", "", "forbidden"),
        (404, "model_not_found", "", "model_unknown"),
        (408, "", "", "timeout"),
        (409, "", "", "conflict"),
        (422, "", "", "bad_request"),
        (302, "", "", "bad_request"),
        (429, "rate_limit_exceeded", "", "rate_limited"),
        (429, "insufficient_quota insufficient_quota", "", "quota"),
        (400, "invalid_request_error", "Your credit balance is too low", "quota"),
        (500, "", "", "unavailable"),
        (529, "overloaded_error", "", "unavailable"),
        (200, "overloaded_error", "", "unavailable"),
    ],
)
def test_what_a_status_means(status: int, code: str, said: str, kind: str) -> None:
    failure = refused(status, code, said, headers())
    assert failure.kind == kind
    assert failure.billable == (status == 200)


def test_retry_after_in_all_its_forms() -> None:
    assert retry_after_s(headers(Retry_After="2.5")) == 2.5
    assert retry_after_s(headers(Retry_After_Ms="1500", Retry_After="9")) == 1.5
    dated = headers(Retry_After="Sat, 21 Nov 2026 12:01:00 GMT", Date="Sat, 21 Nov 2026 12:00:00 GMT")
    assert retry_after_s(dated) == 60.0
    for useless in (headers(), headers(Retry_After="soon"), headers(Retry_After="-1"), headers(Retry_After="inf")):
        assert retry_after_s(useless) is None


def test_a_429_halves_the_calls_at_once_and_good_calls_bring_them_back() -> None:
    provider = Provider(8)
    provider.congested()
    provider.congested()
    assert provider.limit == 2
    for _ in range(9):
        provider.congested()
    assert provider.limit == 1
    for _ in range(RECOVERY):
        provider.went_well()
    assert provider.limit == 2


def test_no_more_calls_at_once_than_the_limit() -> None:
    provider, release, inside = Provider(2), threading.Event(), threading.Semaphore(0)
    busy, most, lock = [0], [0], threading.Lock()

    def call() -> None:
        with provider.slot("m"):
            with lock:
                busy[0] += 1
                most[0] = max(most[0], busy[0])
            inside.release()
            release.wait(10)
            with lock:
                busy[0] -= 1

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=10)
    assert inside.acquire(timeout=10)
    release.set()
    for thread in threads:
        thread.join(10)
    assert most == [2]


def test_who_waits_for_a_place_is_told_of_a_stop() -> None:
    provider = Provider(1)
    told: list[str] = []

    def wait() -> None:
        try:
            with provider.slot("m"):
                told.append("asked")
        except ProviderFault as fault:
            told.append(fault.code)

    with provider.slot("m"):
        thread = threading.Thread(target=wait)
        thread.start()
        provider.stop("provider_quota", "no money")
        thread.join(10)
        assert told == ["provider_quota"]


def test_an_unknown_model_stops_only_itself() -> None:
    provider = Provider(1)
    provider.stop("provider_model_unknown", "x", "m-1")
    with pytest.raises(ProviderFault, match="not asked"), provider.slot("m-1"):
        pass
    with provider.slot("m-2"):
        pass


def test_a_total_deadline_gives_up_and_closes() -> None:
    closed = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, lambda: closed.wait(10), closed.set)
    assert closed.is_set()
    assert within(10, lambda: 5, closed.clear) == 5
    assert closed.is_set(), "nothing is closed that ended in time"
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 // 0, closed.clear)


def test_costs_are_exact_or_unknown() -> None:
    prices = Prices(3.0, 15.0)
    assert prices.cost_usd(Usage(1_000_000, 100_000)) == 4.5
    assert prices.cost_usd(None) is None
    assert Prices().cost_usd(Usage(1, 1)) is None
    assert Prices(0.0, 0.0).cost_usd(Usage(5, 5)) == 0.0, "free is not unknown"


def test_tokens_are_estimated_on_the_dear_side() -> None:
    prose = "The quick brown fox jumps over the lazy dog. " * 40  # 10 tokens a sentence with common vocabularies
    assert estimated_tokens(prose) >= 400
    assert estimated_tokens("后端" * 50) >= 100
    assert estimated_tokens("\ud800") > 0


def test_the_purse_counts_what_is_under_way_and_assumes_the_worst_of_the_unknown() -> None:
    purse = Purse()
    purse.set_aside(0.6, 1.0)
    with pytest.raises(Cancelled) as caught:
        purse.set_aside(0.6, 1.0)
    assert caught.value.code == "cost_cap"
    purse.settle(0.6, 0.1)
    purse.set_aside(0.6, 1.0)
    purse.settle(0.6, None)
    assert purse.spent_usd == pytest.approx(0.7)
    purse.set_aside(None, None)
    purse.settle(None, None)
    assert purse.spent_usd == pytest.approx(0.7)
