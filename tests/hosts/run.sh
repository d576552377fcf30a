#!/bin/sh
# run.sh [few|all] [PYTEST ARGUMENTS]: the Linux tests, virtual machines beside containers; the one half leaves a core to the other.
cd "$(dirname "$0")/../.." || exit 1
hosts=${1:-few}
[ $# -gt 0 ] && shift
python=${PYTHON:-.venv/bin/python}
said=$(mktemp)
trap 'rm -f "$said"' EXIT

"$python" -m pytest -q tests/linux -m vm --test-hosts "$hosts" -p no:cacheprovider "$@" > "$said" 2>&1 &
guests=$!
"$python" -m pytest -q tests/linux -m 'not vm' --test-hosts "$hosts" "$@"
status=$?
wait "$guests" || status=1
cat "$said"
exit "$status"
