from datetime import UTC, datetime, timedelta

import pytest
from app.moments import parse, text_of, utc_now

MOMENT = datetime(2035, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2035-03-01T09:30:00Z",
        "2035-03-01t09:30:00z",
        "2035-03-01T09:30:00.000+00:00",
        "2035-03-01T15:00:00+05:30",
        "2035-02-28T23:30:00.0-10:00",
    ],
)
def test_spellings_of_a_moment(text: str) -> None:
    assert parse(text) == MOMENT
    assert text_of(parse(text)) == "2035-03-01T09:30:00.000000Z"


def test_fractions() -> None:
    assert parse("2035-03-01T09:30:00.25Z") == MOMENT + timedelta(milliseconds=250)
    assert parse("2035-03-01T09:30:00.1234567899Z").microsecond == 123456


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2035-03-01",
        "2035-03-01T09:30:00",
        "20350301T093000Z",
        "2035-03-01 09:30:00Z",
        "2035-03-01T09:30:00Z\n",
        5,
        None,
    ],
)
def test_other_forms(text: object) -> None:
    with pytest.raises(ValueError, match="expected a date-time"):
        parse(text)


@pytest.mark.parametrize("text", ["2035-02-30T09:30:00Z", "2035-03-01T24:30:00Z", "2035-03-01T09:30:00+24:00"])
def test_moments_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words
        parse(text)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"])
def test_moments_beyond_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        parse(text)


def test_now_is_now_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=5)
