"""What the tests of pulling share: a time, and a fleet file."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FLEET = """\
hosts:
  LT-1: {wslconfig: {wsl2: {memory: 8GB}}}
  LT-2: {wslconfig: {wsl2: {memory: 4GB}}, connection: {user: somebody}, address: 10.0.0.2, site: Antwerp}
  LT-3: {groups: [big], user: 'CORP\\bo'}
  HV-1: {os: linux, docker_engine: {}}
groups:
  big: {wslconfig: {wsl2: {memory: 16GB}}}
"""
