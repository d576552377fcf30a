"""The end state of a fleet, looked up: every declared setting of every host is one test, with the machine's own programs.

``pyinfra-wsl verify INVENTORY`` runs them; ``pytest PATH-OF-THIS-FOLDER -p pyinfra_wsl.testing.plugin --inventory INVENTORY``
does the same. Nothing here looks through our facts.
"""
