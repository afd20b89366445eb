"""An agent that says what it was given: the fake that ships, for tests of everything above this door.

Refuses to say more than it was given: asked once too often, it is a ValueError.
"""

import threading
from collections.abc import Callable, Sequence

from harness.errors import HarnessError
from harness.model.agent import AgentVersion
from harness.model.submission import Prompt, Reply
from harness.model.trial import Trial

Said = str | Reply | HarnessError


class ScriptedAgent:
    """Plays `script`: a function of the trial, or a sequence in the order of asking. An error in it is raised.

    `asked` lists (trial name, "reply" or the follow-up's message) as it happened.
    """

    def __init__(self, script: Sequence[Said] | Callable[[Trial, str], Said] = ()) -> None:
        self._script = script
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str]] = []

    def check(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> None:
        """Nothing can be stale."""

    def reply(self, version: AgentVersion, trial: Trial, prompt: Prompt) -> Reply:
        """The next thing to say."""
        return self._say(trial, "reply")

    def follow_up(self, version: AgentVersion, trial: Trial, prompt: Prompt, reply: Reply, message: str) -> Reply:
        """The next thing to say."""
        return self._say(trial, message)

    def _say(self, trial: Trial, what: str) -> Reply:
        with self._lock:
            number = len(self.asked)
            self.asked.append((trial.name, what))
        if callable(self._script):
            said = self._script(trial, what)
        elif number < len(self._script):
            said = self._script[number]
        else:
            raise ValueError(f"{trial.name}: asked {number + 1} times, the script has {len(self._script)} answers")
        if isinstance(said, HarnessError):
            raise said
        return said if isinstance(said, Reply) else Reply(said, "stop", "authored")
