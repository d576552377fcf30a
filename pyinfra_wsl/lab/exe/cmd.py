"""cmd.exe: carries out one line, ``/c`` (Microsoft: "cmd")."""

from __future__ import annotations

import re

from pyinfra_wsl.lab.exe.cmd_builtins import BUILTINS, carry_out
from pyinfra_wsl.lab.exe.cmd_line import Segment, command_of, expand, first_word, segments
from pyinfra_wsl.lab.exe.cmd_shell import Shell
from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.files import FileError, Files
from pyinfra_wsl.lab.machine.program import Invocation, Sink, Unsupported, discard
from pyinfra_wsl.lab.machine.start import StartError, start

NOT_RECOGNIZED = 1
"""What ``cmd /c`` ends with where there is no such program (9009 is only its ERRORLEVEL; not verified here)."""


class Interpreter(Shell):
    """A running cmd.exe that carries out lines."""

    async def line(self, line: str) -> int:
        """Carry out a line; what follows its end is not read."""
        own = {"CD": self.folder, "ERRORLEVEL": str(self.code), "CMDEXTVERSION": "2", "CMDCMDLINE": self.inv.command_line}
        line = expand(re.split(r"[\r\n]", line, maxsplit=1)[0], own | self.environment)
        heard = re.match(r"\s*@?for\s+/f\s+%(\w)\s+in\s*\('([^\"']*)'\)\s+do\s+", line, re.IGNORECASE)
        if heard:
            return await self._for_output(heard[1], heard[2], line[heard.end() :])
        loop = re.match(r"\s*@?for\s+%(\w)\s+in\s*\((.*?)\)\s+do\s+", line, re.IGNORECASE)
        if loop:
            return await self._for_each(loop[1], loop[2], line[loop.end() :])
        parts = segments(line)
        for number, part in enumerate(parts):
            if (part.joint == "&&" and self.code) or (part.joint == "||" and not self.code):
                continue
            match = re.match(r"\s*@?if\s+(?:/i\s+)?(not\s+)?exist\s+(\"[^\"]+\"|\S+)\s+", part.text, re.IGNORECASE)
            if match:
                path, files = self.path(match[2].strip('"')), self.inv.machine.files
                there = files.is_dir(path.rstrip("\\")) if path.endswith("\\") else files.exists(path)
                if there == bool(match[1]):
                    return self.code  # an if takes the rest of its line with it
                part.text = part.text[match.end() :]
            await self._segment(part, piped=number + 1 < len(parts) and parts[number + 1].joint == "|")
            if first_word(part.text)[0].lower() == "exit":
                break
        return self.code

    async def _for_each(self, name: str, wanted: str, body: str) -> int:
        """Carry out a line for each file that is named (Microsoft, "for"), with the modifiers ``~a`` and ``~z``."""
        words = re.findall(r'"[^"]*"|[^\s,;="]+', wanted)
        if any(set(word) & set("*?") for word in words) or re.search(r"%[^~]|%~[^az]", body):
            raise Unsupported(f"for ({wanted}) do {body}")
        for word in words:
            told = body
            for letter, value in _told(self.inv.machine.files, self.path(word.strip('"'))).items():
                told = told.replace(f"%~{letter}{name}", value)
            for part in segments(told):
                await self._segment(part, piped=False)
        return self.code

    async def _for_output(self, name: str, command: str, body: str) -> int:
        """Carry out a line for the first word of each line that a command prints (Microsoft, "for")."""
        if re.search(rf"%[^{name}]", body) or not segments(body):
            raise Unsupported(f"for /f ('{command}') do {body}")
        printed = bytearray()

        async def keep(data: bytes) -> None:
            printed.extend(data)

        await Interpreter(self.inv, self.folder, dict(self.environment), keep, self.stderr).line(command)
        for line in printed.decode("utf-8", "replace").splitlines():
            word = next(iter(line.split()), "")
            for part in segments(body) if word and not word.startswith(";") else ():
                part.text = part.text.replace(f"%{name}", word)
                await self._segment(part, piped=False)
        return self.code

    async def _segment(self, part: Segment, *, piped: bool) -> None:
        stdin, self.stdin = (self.stdin, b"") if part.joint == "|" else (self.inv.stdin, b"")
        pipe = bytearray()

        async def into_pipe(data: bytes) -> None:
            pipe.extend(data)

        kept = self.stdout, self.stderr
        self.stdout = into_pipe if piped else self.stdout
        try:
            written = self._redirect(part)
            command = part.text.strip(" \t") if part.redirections else part.text.lstrip()
            if (piped or part.joint == "|") and first_word(command)[0].lower() in BUILTINS:
                # What cmd.exe does itself is given to a cmd.exe of its own, which reads the text once more.
                self.code = await Interpreter(self.inv, self.folder, dict(self.environment), self.stdout, self.stderr).line(
                    command
                )
            else:
                self.code = await self._command(command, stdin)
            for path, data in written.items():
                self.inv.machine.files.write(path, bytes(data), self.inv.token)
        except FileError as problem:
            self.stderr = kept[1]
            await self.err(f"{text.message(self.inv.machine.culture, problem.code)}\n")
            self.code = 1
        finally:
            self.stdout, self.stderr = kept
        self.stdin = bytes(pipe)

    def _redirect(self, part: Segment) -> dict[str, bytearray]:
        """Open the files of a command, before it runs; raises FileError, and then it does not."""
        files, written = self.inv.machine.files, dict[str, bytearray]()
        for operator, target in part.redirections:
            sink: Sink = discard
            if target.startswith("&"):
                sink = self.stdout if target == "&1" else self.stderr
            elif target.lower() != "nul":
                path = self.path(target)
                old = files.read(path, self.inv.token) if operator.endswith(">>") and files.exists(path) else b""
                files.write(path, old, self.inv.token)
                sink = _collector(written.setdefault(path, bytearray(old)))
            if operator.startswith("1"):
                self.stdout = sink
            else:
                self.stderr = sink
        return written

    async def _command(self, command: str, stdin: bytes) -> int:
        name, rest = first_word(command)
        word = name.lower().split(".")[0] if name.lower().startswith("echo.") else name.lower()
        if word == "exit":
            return int(rest.lower().replace("/b", "").strip() or str(self.code))
        if word in BUILTINS:
            return await carry_out(self, BUILTINS[word], rest if word == name.lower() else name[len(word) :] + rest)
        background = re.match(r'\s*(?:"[^"]*")?\s*(?:/b\s+)?', rest, re.IGNORECASE) if word == "start" else None
        if background:
            name, rest = first_word(rest[background.end() :])
        return await self._program(name, rest, stdin, wait=background is None) if name else self.code

    async def _program(self, name: str, rest: str, stdin: bytes, *, wait: bool) -> int:
        exe = self.path(name) if "\\" in name else name
        try:
            child = start(
                self.inv.machine, self.inv.token, exe, rest.strip(), stdin=stdin, environment=self.environment,
                folder=self.folder, parent=self.inv.process.pid, stdout=self.stdout, stderr=self.stderr, lines=self.inv.input,
            )  # fmt: skip
        except StartError as problem:
            words = f"'{name}' is not recognized as an internal or external command,\noperable program or batch file.\n"
            await self.err(words if problem.code == 2 else f"{text.message(self.inv.machine.culture, problem.code)}\n")
            return NOT_RECOGNIZED
        return await child.ended() if wait else 0


def _told(files: Files, path: str) -> dict[str, str]:
    """Return attributes and size of a file as ``for`` tells them, nothing of what is not there."""
    try:
        node = files.find(path)
    except FileError:
        node = None
    if node is None:
        return {"a": "", "z": ""}
    return {
        "a": "".join(
            letter if is_so else "-"
            for letter, is_so in (
                ("d", node.folder),
                ("r", "readonly" in node.attributes),
                ("a", not node.folder),
                ("h", "hidden" in node.attributes),
                *(("-", False),) * 4,
                ("l", node.reparse),
            )
        ),
        "z": str(node.size),
    }


def _collector(kept: bytearray) -> Sink:
    async def take(data: bytes) -> None:
        kept.extend(data)

    return take


async def cmd(inv: Invocation) -> int:
    """Carry out the line behind /c."""
    shell = Interpreter(inv, inv.folder, dict(inv.environment), inv.stdout, inv.stderr)
    _, _, raw = inv.command_line.partition(" ")
    return await shell.line(command_of(raw if not inv.command_line.startswith('"') else inv.command_line.split('"', 2)[2]))


PROGRAMS = {"cmd.exe": cmd}
