"""What units of systemd say when they do not start: read right after the command that failed, in the same remote command."""

from __future__ import annotations

from pyinfra_wsl.core.linux.cause import JOURNAL

_LINES, _WIDTH, _UNITS = 60, 800, 5

_FAILED = "systemctl list-units --all --plain --no-legend --state=failed,auto-restart"
_TELL = rf"""journalctl --sync 2>/dev/null
  for u in $({_FAILED} 2>/dev/null | head -n {_UNITS} | cut -d' ' -f1); do
    journalctl --quiet --no-pager -o cat -n {_LINES} --since "@$begun" -u "$u" 2>/dev/null | tr -cd '\11\12\40-\176' |
      cut -c1-{_WIDTH} | while IFS= read -r l; do printf '{JOURNAL} %s %s\n' "$u" "$l"; done
  done >&2"""


def watched(line: str) -> str:
    """Return a command that prints, where it fails, what the units have said since that do not run; its exit code stays.

    systemctl and the packages' scripts only say that a job failed, and to look at the journal (systemctl(1), invoke-rc.d(8)).
    `cause.of_units` reads what is printed. Units are those that systemd has as failed, or as waiting to be started again.

    Args:
        line: a command for ``sh``.

    """
    return f"begun=$(date +%s); {{ {line}\n}} || {{ code=$?; {_TELL}; exit $code; }}"
