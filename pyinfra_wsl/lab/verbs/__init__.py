"""The agent's verbs over a simulated laptop: one function per verb, fields and results as ``agent/agent.ps1`` has them."""

from pyinfra_wsl.lab.verbs import cim, file, registry, run

__all__ = ["cim", "file", "registry", "run"]
