"""What a resource brings to the lab: the module ``lab.py`` of its folder, which is found beside its ``resource.py``.

Each of its two functions may be missing:

- ``breaks(declared: Values, person: Account) -> Iterator[Break]`` yields how people break by hand what a laptop declares of this
  resource; ``pyinfra-wsl lab drift`` and the scenario ``drifted`` do it. The name of a `breaks.Break` is that of its setting.
- ``finish(machine: Machine, declared: Values, person: Account) -> None`` writes down what a run leaves of it, on a laptop out of
  the box; the scenario ``converged`` begins so. What the resource needs has been finished before; the laptop starts afterwards.

Args of both:
    machine: the laptop (`pyinfra_wsl.lab.machine.machine.Machine`).
    declared: all that the laptop declares, by the keys of the fleet file (`pyinfra_wsl.core.resource.Values`).
    person: whose WSL and Docker Desktop are meant (`pyinfra_wsl.lab.machine.account.Account`).

Another distribution brings its resource's ``lab.py`` in the same way, in the package that its entry point names. `ini` and
`distros` are what several of them share.
"""
