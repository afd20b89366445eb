"""The trials of a run as data frames: one row per planned trial, or per scored trial and scorer, for whoever goes on
to count, plot or export them.

Refuses to invent what only the records say: such columns are not there, and whoever needs them adds them empty.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from harness.compare.table import ACCEPTED_WORDS, BLAMES, KINDS, OUTCOMES, Table

_SAID = {"score": "score", "not_offered": "not_applicable", "nothing_to_see": "not_applicable"}


def trials_frame(tables: Iterable[Table]) -> pd.DataFrame:
    """task, agent_version, attempt, seed, outcome, accepted, code, blame, flags, files, cost_usd, reply_origin; what a
    trial does not have is missing (pd.NA, NaN or ""). Rows in the order of the tables and their plans."""
    return pd.concat([_trials(table) for table in tables], ignore_index=True)


def scores_frame(tables: Iterable[Table], versions: Mapping[str, int]) -> pd.DataFrame:
    """task, agent_version, attempt, scorer, version, kind, value: one row per result, a trial's results together.

    versions: scorer -> version, as the lock states it.
    """
    return pd.concat([_scores(table, versions) for table in tables], ignore_index=True)


def frame_csv(frame: pd.DataFrame, header: Sequence[str], safe: Callable[[str], object]) -> bytes:
    """The columns of these names as RFC 4180 has them; each of the few different texts passes through `safe` once."""
    chosen = frame[list(header)].copy()
    for name in chosen.select_dtypes(include=["object", "string"]):
        chosen[name] = chosen[name].map({text: safe(text) for text in chosen[name].unique()})
    return str(chosen.to_csv(index=False, lineterminator="\r\n")).encode("utf-8")


def _trials(table: Table) -> pd.DataFrame:
    void = table.is_("void")
    return pd.DataFrame(
        {
            **_who(table),
            "outcome": np.array(OUTCOMES)[table.outcome],
            "accepted": np.array(ACCEPTED_WORDS)[table.accepted],
            "code": table.code,
            "blame": np.where(void, np.array(BLAMES)[table.lost_to], ""),
            "flags": _flags(table),
            "files": pd.Series(table.files).astype("Int64"),
            "cost_usd": table.cost_usd,
            "reply_origin": np.where(table.authored, "authored", ""),
        }
    )


def _scores(table: Table, versions: Mapping[str, int]) -> pd.DataFrame:
    who = pd.DataFrame(_who(table)).drop(columns="seed")
    said = np.array([_SAID.get(kind, "unmeasured") for kind in KINDS])
    columns = [
        who.assign(
            scorer=name,
            version=pd.array([versions.get(name)] * len(who), dtype="Int64"),
            kind=said[result.kind],
            value=np.where(result.said("score"), result.value, np.nan),
        )[~result.said("absent")]
        for name, result in table.results.items()
    ]
    if not columns:
        return who.head(0).assign(scorer="", version="", kind="", value=np.nan)
    return pd.concat(columns).sort_index(kind="stable")


def _who(table: Table) -> dict[str, object]:
    return {
        "task": np.array(table.tasks, dtype=object)[table.task],
        "agent_version": [trial.agent_label for trial in table.plan],
        "attempt": table.attempt,
        "seed": [trial.seed for trial in table.plan],
    }


def _flags(table: Table) -> pd.Series:
    """`a b`: the flags of each trial, in the table's order."""
    words = pd.Series("", index=range(len(table)), dtype=object)
    for flag, where in table.flags.items():
        words[where] = words[where] + f" {flag}"
    return words.str.strip()
