"""The two files that WSL's parser reads: how each is read, and which keys it knows."""

from __future__ import annotations

from pyinfra_wsl.core.formats.ini import scan as ini
from pyinfra_wsl.core.formats.ini import wsl_conf_keys, wslconfig_keys
from pyinfra_wsl.core.formats.ini.parse import File

WSLCONFIG = File(
    name=".wslconfig",
    dialect=ini.WSLCONFIG,
    table=wslconfig_keys.KEYS,
    other="wsl.conf",
    other_table=wsl_conf_keys.KEYS,
    where="it is for one distribution; declare it below wsl_conf",
)

WSL_CONF = File(
    name="wsl.conf",
    dialect=ini.WSL_CONF,
    table=wsl_conf_keys.KEYS,
    other=".wslconfig",
    other_table=wslconfig_keys.KEYS,
    where="it is for the VM of all distributions; declare it below wslconfig",
)
