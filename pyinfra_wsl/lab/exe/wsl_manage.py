"""wsl.exe --manage (src/windows/common/WslClient.cpp)."""

from __future__ import annotations

from pyinfra_wsl.lab.exe import linux, wsl_arguments
from pyinfra_wsl.lab.exe.linux_call import NO_TERMINAL, NO_USER, Start
from pyinfra_wsl.lab.exe.wsl_arguments import Option, consume
from pyinfra_wsl.lab.exe.wsl_console import SUCCESS, Client
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import Registration
from pyinfra_wsl.lab.wsl.user import WslUser

OPTIONS = {
    "sparse": Option(("--set-sparse", "-s"), wsl_arguments.boolean),
    "move": Option(("--move", "-m"), str),
    "user": Option(("--set-default-user",), str),
    "resize": Option(("--resize", "-r"), wsl_arguments.size),
    "unsafe": Option(("--allow-unsafe",)),
}


async def manage(client: Client, line: str) -> int:
    """Do exactly one action; the name is looked up before the actions are counted."""
    found = wsl_arguments.parse(consume(line, "--manage"), client.known("--manage", OPTIONS), ("name",), skip=0)
    if "name" not in found:
        raise WslError("WSL_E_INVALID_USAGE")
    user = client.user()
    async with client.service():
        item = user.registrations.by_name(found["name"])
    if sum(action in found for action in ("sparse", "move", "user", "resize")) != 1:
        raise WslError("WSL_E_INVALID_USAGE")
    if "user" in found:
        return await _set_default_user(client, user, item, found["user"])
    async with client.service():
        if "move" in found:
            wsl_change.move(user, client.invocation.token, item, client.invocation.path(found["move"]))
        elif "resize" in found:
            wsl_change.demand_resizable(user, item, found["resize"])
            raise Unsupported(f"--manage {item.name} --resize: the disks of the lab have no size of their own")
        else:
            unsafe = "unsafe" in found or not client.knows("--manage", "--allow-unsafe")  # before, nothing had to be allowed
            wsl_change.demand_sparse_possible(user, item, sparse=found["sparse"], unsafe=unsafe)
            if found["sparse"]:  # none is sparse, so the other way there is nothing to do
                raise Unsupported(f"--manage {item.name} --set-sparse true: the disks of the lab are never sparse")
    await client.say_system(SUCCESS)
    return 0


async def _set_default_user(client: Client, user: WslUser, item: Registration, name: str) -> int:
    """Ask the guest for the number, write it, and stop the instance if it changed; wsl.conf still beats it."""
    kept = bytearray()

    async def keep(data: bytes) -> None:
        kept.extend(data)

    try:
        async with client.service():
            instance = await user.start(item)
    except WslError:
        return -1  # said by a second wsl.exe, whose standard output is kept for itself
    with user.client(instance):
        start = Start(client.invocation, user, instance, "root", "/", stdout=keep)
        code = await linux.execute(start, ["/usr/bin/id", "-u", "--", name])
    if code in (NO_USER, NO_TERMINAL):
        return -1  # what the second wsl.exe makes of them
    if code:
        return code
    uid = int(kept.decode().strip())
    if uid != item.get("DefaultUid"):
        item.set("DefaultUid", uid)
        user.terminate(item.guid)
    await client.say_system(SUCCESS)
    return 0
