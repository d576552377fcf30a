"""The service: which shells there are, whose, and what each action does (MS-WSMV 3.1.4)."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable

from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.winrm import config, faults, soap
from pyinfra_wsl.lab.winrm.psrp import PoolShell
from pyinfra_wsl.lab.winrm.settings import Settings
from pyinfra_wsl.lab.winrm.shell import Command, Shell, decoded, is_guid
from pyinfra_wsl.lab.winrm.winrs import RESOURCE, CmdShell

POLICY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
SHORTEST_IDLE = 60.0
_VENDOR = "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
Does = Callable[[soap.Message, Account], Awaitable[str]]


class Service:
    """WinRM of one laptop, for as long as it is not restarted.

    Args:
        machine: the laptop.
        settings: what its WinRM is like.

    """

    def __init__(self, machine: Machine, settings: Settings) -> None:
        """Begin without shells."""
        self.machine, self.settings = machine, settings
        self.shells: dict[str, Shell] = {}
        self.operations: Counter[str] = Counter()
        self._does: dict[str, Does] = {
            "Create": self._create, "Command": self._command, "Receive": self._receive, "Send": self._send,
            "Signal": self._signal, "Delete": self._delete, "Get": self._get, "Enumerate": self._enumerate,
            "Disconnect": self._disconnect, "Reconnect": self._reconnect, "Connect": self._connect,
        }  # fmt: skip

    def end(self) -> None:
        """End all shells: the service stops, or Windows does."""
        for shell in list(self.shells.values()):
            shell.close()
        self.shells.clear()

    async def answer(self, message: soap.Message, account: Account) -> str:
        """Carry out an action and return the body of its answer; raises Fault."""
        quotas, owner = self.settings.quotas, account.sid
        if message.bad_timeout:
            raise faults.bad_timeout(message.bad_timeout)
        if message.action not in self._does:
            raise faults.unsupported(message.uri)
        if not self._may(account):
            raise faults.denied()
        if self.operations[owner] >= quotas.MaxConcurrentOperationsPerUser:
            raise faults.too_many_operations(quotas.MaxConcurrentOperationsPerUser)
        self._forget()
        self.operations[owner] += 1
        try:
            return await self._does[message.action](message, account)
        finally:
            self.operations[owner] -= 1

    def identify(self, *, known: bool) -> str:
        """Tell what this is; to those who have not logged in without the version of Windows."""
        system = f"10.0.{self.machine.build}" if known else "0.0.0"
        version = f"<wsmid:ProtocolVersion>{soap.WSMAN}.xsd</wsmid:ProtocolVersion>"
        product = f"<wsmid:ProductVersion>OS: {system} SP: 0.0 Stack: 3.0</wsmid:ProductVersion>"
        told = f"{version}{_VENDOR}{product}"
        return f'<wsmid:IdentifyResponse xmlns:wsmid="{soap.IDENTITY}">{told}</wsmid:IdentifyResponse>'

    def _may(self, account: Account) -> bool:
        """Administrators may, whose rights are in force over the network: of local accounts only where a value says so."""
        local = account.domain == self.machine.name.upper()
        whole = (
            not local or account.sid.endswith("-500") or self.machine.registry.get(POLICY, "LocalAccountTokenFilterPolicy") == 1
        )
        return account.admin and whole

    def _forget(self) -> None:
        """Delete shells that have ended, or that nobody has asked for in time."""
        for id, shell in list(self.shells.items()):  # noqa: A001 - the protocol's word
            if shell.expired:
                shell.close()
            if shell.closed:
                self.shells.pop(id, None)

    def _shell(self, message: soap.Message, account: Account) -> Shell:
        """Return the shell that a message means; another account's is as good as none."""
        shell = self.shells.get(message.selectors.get("ShellId", "").upper())
        if shell is None or shell.account is not account:
            raise faults.no_shell()
        shell.touched = shell.now()
        return shell

    def _used(self, message: soap.Message, account: Account) -> Shell:
        """Return a shell that is to do something: it has to be connected."""
        shell = self._shell(message, account)
        if shell.disconnected:
            raise faults.disconnected()
        return shell

    def _patience(self, message: soap.Message) -> float:
        most = self.settings.quotas.MaxTimeoutms / 1000
        return min(message.timeout if message.timeout is not None else most, most)

    # --- shells -------------------------------------------------------------------------------------------------

    async def _create(self, message: soap.Message, account: Account) -> str:
        kind = self._kind(message)
        self._look_at_quotas(message, account)
        asked = message.find("rsp:Shell")
        id = (asked.get("ShellId") if asked is not None else None) or str(uuid.uuid4()).upper()  # noqa: A001
        if id.upper() in self.shells:
            raise faults.same_shell()
        if not is_guid(id):
            raise faults.bad_id("shell")
        shell = kind(self.machine, self.settings, message, account, id)
        self.shells[id.upper()] = shell
        selector = f"<w:SelectorSet>{soap.element('w:Selector', id, Name='ShellId')}</w:SelectorSet>"
        parameters = f"{soap.element('w:ResourceURI', message.resource)}{selector}"
        return (
            f"<x:ResourceCreated><a:Address>http://{self.machine.name.lower()}/wsman</a:Address>"
            f"<a:ReferenceParameters>{parameters}</a:ReferenceParameters></x:ResourceCreated>{shell.describe()}"
        )

    def _kind(self, message: soap.Message) -> Callable[..., Shell]:
        if message.resource == RESOURCE:
            return CmdShell
        prefix = f"{soap.POWERSHELL}/"
        known = {name.lower(): who for name, who in self.settings.configurations.items()}
        who = known.get(message.resource.removeprefix(prefix).lower())
        if not message.resource.startswith(prefix) or who is None:
            raise faults.no_configuration(message.resource)
        if who == "nobody":
            raise faults.denied()
        return PoolShell

    def _look_at_quotas(self, message: soap.Message, account: Account) -> None:
        quotas = self.settings.quotas
        owners = [shell.account.sid for shell in self.shells.values()]
        if owners.count(account.sid) >= quotas.MaxShellsPerUser:
            raise faults.too_many_shells(quotas.MaxShellsPerUser)
        if len({*owners, account.sid}) > quotas.MaxConcurrentUsers:
            raise faults.too_many_users()
        wanted = message.text("rsp:Shell/rsp:IdleTimeOut")
        seconds = soap.duration(wanted) if wanted else SHORTEST_IDLE
        if seconds is None or not SHORTEST_IDLE <= seconds <= quotas.MaxIdleTimeout:
            raise faults.bad_idle_timeout()

    async def _delete(self, message: soap.Message, account: Account) -> str:
        shell = self._shell(message, account)
        self.shells.pop(shell.id.upper(), None)
        shell.close()
        return ""

    async def _get(self, message: soap.Message, account: Account) -> str:
        if message.resource == soap.CONFIG:
            return config.described(self.settings)
        shell = self.shells.get(message.selectors.get("ShellId", "").upper())
        if shell is None or shell.account is not account:
            raise faults.no_shell()
        described = shell.describe()
        shell.touched = shell.now()
        return described

    async def _enumerate(self, message: soap.Message, account: Account) -> str:
        if message.resource == soap.SHELL:
            rows = [shell.describe() for shell in self.shells.values() if shell.account is account]
        elif message.resource == f"{soap.SHELL}/Command":
            wanted = message.text("n:Enumerate/w:Filter/w:SelectorSet/w:Selector").upper()
            shell = self.shells.get(wanted)
            rows = [_row(one) for one in shell.commands.values()] if shell is not None and shell.account is account else []
        else:
            raise faults.no_configuration(message.resource)
        items = f"<w:Items>{''.join(rows)}</w:Items>" if rows else ""
        return (
            f"<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext>{items}<w:EndOfSequence/></n:EnumerateResponse>"
        )

    async def _disconnect(self, message: soap.Message, account: Account) -> str:
        shell = self._shell(message, account)
        if not isinstance(shell, PoolShell):
            raise faults.no_disconnect()
        shell.disconnected = True
        shell.bell.ring()
        return ""

    async def _reconnect(self, message: soap.Message, account: Account) -> str:
        shell = self._shell(message, account)
        if shell.session != message.session:
            raise faults.another_client()
        shell.disconnected = False  # of a shell that is connected it is ignored (MS-WSMV 3.1.4.16)
        return ""

    async def _connect(self, message: soap.Message, account: Account) -> str:
        shell = self._shell(message, account)
        asked = message.find("rsp:Connect")
        if asked is not None and (id := asked.get("CommandId")):  # noqa: A001
            shell.find(id)
            return "<rsp:ConnectResponse/>"
        if not isinstance(shell, PoolShell):
            raise faults.no_disconnect()
        if not shell.disconnected:
            raise faults.still_connected()
        told = base64.b64encode(shell.connect(decoded(message.text("rsp:Connect/pwsh:connectXml")))).decode()
        shell.disconnected, shell.session = False, message.session
        streams = f"<rsp:InputStreams>{shell.inputs}</rsp:InputStreams><rsp:OutputStreams>{shell.outputs}</rsp:OutputStreams>"
        answer = f'<connectResponseXml xmlns="{soap.POWERSHELL}">{told}</connectResponseXml>'
        return f"<rsp:ConnectResponse>{streams}{answer}</rsp:ConnectResponse>"

    # --- commands -----------------------------------------------------------------------------------------------

    async def _command(self, message: soap.Message, account: Account) -> str:
        command = self._used(message, account).command(message)
        return f"<rsp:CommandResponse>{soap.element('rsp:CommandId', command.output.id)}</rsp:CommandResponse>"

    async def _receive(self, message: soap.Message, account: Account) -> str:
        shell, asked = self._used(message, account), message.find("rsp:Receive/rsp:DesiredStream")
        if asked is None:
            raise faults.bad_parameter()
        id = asked.get("CommandId")  # noqa: A001
        command = shell.find(id) if id else None
        told = await shell.receive(command, self._patience(message), message.envelope)
        return f"<rsp:ReceiveResponse>{told}</rsp:ReceiveResponse>"

    async def _send(self, message: soap.Message, account: Account) -> str:
        shell = self._used(message, account)
        for one in message.body.findall("rsp:Send/rsp:Stream", soap.NAMES):
            id = one.get("CommandId")  # noqa: A001
            command = shell.find(id) if id else None
            if command is not None and command.sending:
                raise faults.busy()
            shell.send(command, one.get("Name", ""), decoded(one.text or ""), end=one.get("End", "").lower() == "true")
        await asyncio.sleep(0)
        return "<rsp:SendResponse/>"

    def busy_for(self, message: soap.Message, seconds: float) -> None:
        """Let a command be at work on its input for so many real seconds, in which more of it is refused."""
        stream = message.body.find("rsp:Send/rsp:Stream", soap.NAMES)
        shell = self.shells.get(message.selectors.get("ShellId", "").upper()) if stream is not None else None
        command = shell.commands.get((stream.get("CommandId") or "").upper()) if shell and stream is not None else None
        if command is not None:
            command.sending = True
            asyncio.get_running_loop().call_later(seconds, setattr, command, "sending", False)

    async def _signal(self, message: soap.Message, account: Account) -> str:
        shell, asked = self._used(message, account), message.find("rsp:Signal")
        if asked is None:
            raise faults.bad_parameter()
        shell.signal(shell.find(asked.get("CommandId", "")), message.text("rsp:Signal/rsp:Code"))
        return "<rsp:SignalResponse/>"


def _row(command: Command) -> str:
    state = "Done" if command.output.done else "Running"
    told = f"{soap.element('rsp:CommandId', command.output.id)}{soap.element('rsp:CommandLine', command.line)}"
    return f"<rsp:Command>{told}<rsp:CommandState>{state}</rsp:CommandState></rsp:Command>"
