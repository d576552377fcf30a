"""What may have become of a laptop: one small function per scenario, with a line about it and what a run makes of it."""

from __future__ import annotations

from pyinfra_wsl.lab.scenarios import beginning, broken, docker, finished, half_way, people
from pyinfra_wsl.lab.scenarios.scenario import SCENARIOS, Expect, Scenario, Wish

__all__ = ["SCENARIOS", "Expect", "Scenario", "Wish", "beginning", "broken", "docker", "finished", "half_way", "people"]
