"""``/etc/wsl.conf`` of a distribution."""
