"""WinRM: the way to a laptop over HTTP(S) and PowerShell's remoting protocol, on pypsrp.

The only place that knows pypsrp, requests, urllib3 and pyspnego. They are imported where they are used: gevent must have patched
the standard library before, and who reaches laptops by SSH alone needs none of them (``pip install pyinfra-wsl[psrp]``).
"""
