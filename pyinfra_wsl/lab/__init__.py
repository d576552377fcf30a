"""A rehearsal range that needs no Windows: simulated laptops, served over real SSH on loopback.

Its rooms from the top down; each imports those below it only:

- ``range``: many laptops at once, their SSH servers, the process that serves them, and how it is asked
- ``winrm``: the other way in: WS-Management over HTTP and HTTPS, WinRS, PowerShell's remoting
- ``scenarios``: what may have become of a laptop, and how people break it
- ``assembly.py``: a whole laptop, put together of what the rooms below have
- ``exe``: the programs, of Windows and inside distributions
- ``agent.py`` and ``verbs``: the agent's protocol and its verbs
- ``resource``: what a resource brings to the lab in its ``lab.py``
- ``docker_desktop``: Docker Desktop, its settings, its integration
- ``wsl``: WSL's service, its package, distributions and their disks
- ``machine``: Windows itself: files, registry, accounts, features, processes and the start of programs
"""
