"""How long each read takes with few records and with all: alone, one after the other, the quickest of several.

It refuses to judge: a read that grows with the data may keep every limit. Of a busy host the quickest of several tells
little, of a service that reads everything for each request it tells that.
"""

from collections.abc import Mapping
from typing import Any

from dataset import DataSet
from generator import Generator
from judging import OK
from scenario import ScenarioError, plan_mix

TRIES = 9


class Growth:
    """Looks at a data set as it grows; `facts` for the report."""

    def __init__(self, load: Mapping[str, Any], env: Mapping[str, str], seed: int) -> None:
        self._reads = [block for block in load["mix"] if block["method"] == "GET"]
        self._env, self._seed = env, seed
        self._looks: list[tuple[int, dict[str, float]]] = []

    def look(self, generator: Generator, data: DataSet) -> None:
        """Send each read a few times, as far as there are records for it."""
        seen = {}
        for block in self._reads:
            try:
                seed = f"{self._seed}:growth:{block['name']}"
                requests = plan_mix([block], data.pools, self._env, data.echo, TRIES, seed)
            except ScenarioError:
                continue
            results = [generator.send(request) for request in requests]
            took = [1000 * (result.ended - result.begun) for result in results if result.outcome == OK]
            if took:
                seen[str(block["name"])] = round(min(took), 3)
        self._looks.append((data.made, seen))

    def facts(self) -> dict[str, Any]:
        """{"records": [few, all], "reads": name -> [ms, ms]} of the first and the last look; {} without two."""
        if len(self._looks) < 2:
            return {}
        (few, first), (whole, last) = self._looks[0], self._looks[-1]
        return {"records": [few, whole], "reads": {name: [first[name], last[name]] for name in first if name in last}}
