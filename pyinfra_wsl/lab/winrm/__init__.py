"""WinRM of a simulated laptop: WS-Management over HTTP and HTTPS, WinRS shells, PowerShell's remoting.

From the ground up: `settings` (what a laptop's WinRM is like), `soap` and `faults` (the messages), `certificates`, `http`
(http.sys), `login` and `sealing` (who calls, and what is sealed), `shell`, `winrs`, `runspace`, `script`, `pipeline` and `psrp`
(what runs), `service` (actions, quotas), `connection` and `listener` (ports, and what may happen to them).
"""
