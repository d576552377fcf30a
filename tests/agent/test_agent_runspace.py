"""The agent in a pipeline, as a remoting runspace has it: objects in, objects out. The lab's half is in tests/connectors."""

import base64
import json
import re
import subprocess

from powershell_side import OPTIONS

from pyinfra_wsl import agent

REQUESTS = [
    {"id": 1, "calls": [{"verb": "file.state", "path": "/nowhere"}]},
    {"id": 2, "calls": [{"verb": "no.such.verb"}]},
]


def test_a_pipeline_loads_the_agent_once_and_answers_each_object(powershell):
    """Here the objects come from a process' input; in a runspace they come over WinRM, to the same script."""
    text = agent.pipeline_script().replace("'", "''")
    script = f"$input | . ([ScriptBlock]::Create('{text}'))"
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    lines = [agent.encoded().decode(), *map(json.dumps, REQUESTS)]
    done = subprocess.run(
        [powershell, *OPTIONS, "-EncodedCommand", encoded],
        input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    hello, first, second = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    assert hello["hello"]["protocol"] == agent.PROTOCOL
    assert first == {"id": 1, "results": [{"ok": True, "value": {"exists": False}}]}
    assert second["results"][0]["error"]["kind"] == "bad_call"


def test_its_words_are_those_of_windows_powershell_too():
    """No operator that only PowerShell 7 has; and nothing ends the runspace, as `exit` would."""
    text = re.sub(r"^#.*$", "", agent.pipeline_script(), flags=re.MULTILINE)
    assert text.isascii()
    assert not re.search(r"\?\?|&&|\|\||-Parallel|\bexit\b|\[Console\]", text)
    assert re.search(r"^begin \{.*^process \{", text, re.MULTILINE | re.DOTALL)
