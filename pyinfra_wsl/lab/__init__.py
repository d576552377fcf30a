"""A rehearsal range that needs no Windows: simulated laptops, served over real SSH on loopback.

- ``machine.py`` with ``registry.py``, ``files.py``, ``account.py``, ``features.py``: what a laptop is
- ``windows.py``: what a fresh Windows holds; ``scenarios/``: what may have become of it; ``drift.py``: how people break it
- ``exe/``: the programs; ``program.py`` and ``process.py``: how they are started and ended
- ``agent.py``: the agent's verbs over that machine; ``server.py``: SSH; ``control.py``: the daemon's other end
"""
