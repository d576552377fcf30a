"""The lab's own journal of who worked on which laptop, and when: from an agent's lock to the last thing it did under it."""

import dataclasses
import time
from contextlib import contextmanager
from dataclasses import dataclass

from pyinfra_wsl.lab.verbs.agent_process import AgentProcess
from pyinfra_wsl.lab.verbs.binding import VERBS


@dataclass
class Work:
    """What one agent did under its lock."""

    laptop: str
    holder: str
    begun: float
    ended: float
    calls: int = 1
    now: int = 0


class Journal:
    """All that agents did, in the order of their locks; and how often one was refused, since another held it."""

    def __init__(self):
        self.works, self.refused = [], []
        self._of = {}

    def runs(self, laptop):
        """Return who worked on a laptop, in their order; an agent that took the lock and did nothing more is one of them."""
        return [one for one in self.works if one.laptop == laptop]

    def at_once(self):
        """Return who worked on a laptop while somebody else did."""
        last, found = {}, []
        for one in self.works:
            before = last.get(one.laptop)
            if before and (one.begun < before.ended or before.now):
                found.append((before, one))
            last[one.laptop] = one
        return found

    def wrapped(self, name, function):
        async def called(agent, **fields):
            work = self._of.get(id(agent))
            if work:
                work.calls, work.now = work.calls + 1, work.now + 1
            try:
                answer = await function(agent, **fields)
            except Exception:
                if name == "file.lock":
                    self.refused.append(agent.machine.name)
                raise
            finally:
                if work:
                    work.ended, work.now = time.monotonic(), work.now - 1
            if name == "file.lock" and not work:
                now = time.monotonic()
                self._of[id(agent)] = Work(agent.machine.name, fields["holder"], now, now)
                self.works.append(self._of[id(agent)])
            return answer

        return called

    def closed(self, close):
        def ended(agent):
            self._of.pop(id(agent), None)
            close(agent)

        return ended


@contextmanager
def kept():
    """Yield the journal of all labs in this process, as long as the block lasts."""
    journal, before, close = Journal(), dict(VERBS), AgentProcess.close
    for name, one in before.items():
        VERBS[name] = dataclasses.replace(one, function=journal.wrapped(name, one.function))
    AgentProcess.close = journal.closed(close)
    try:
        yield journal
    finally:
        VERBS.update(before)
        AgentProcess.close = close
