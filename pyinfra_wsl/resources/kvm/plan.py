"""KVM on a Linux host: modules now and at each start, nesting, and ``/dev/kvm`` for those who need it.

Which file does what: modules-load.d(5), modprobe.d(5), udev(7). A module's parameter changes only with its loading, and a module
that a guest holds cannot be unloaded: so nesting is switched live only while no guest runs (kernel.org, "Running nested guests
with KVM"). Of a part of the kernel only its command line sets parameters (kernel.org, "The kernel's command-line parameters").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyinfra_wsl.core.acts import Packages, Shell, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import NOT_ROOT, join, same
from pyinfra_wsl.core.plan import Deferred, Plan, Render, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.resources.kvm import checks, device, libvirt, loading, rules
from pyinfra_wsl.resources.kvm.cause import locked, obstacle
from pyinfra_wsl.resources.kvm.modprobe import COMMAND_LINE, OPTIONS_FILE
from pyinfra_wsl.resources.kvm.rules import RULE_FILE
from pyinfra_wsl.resources.kvm.state import MODULES_FILE, State

DEFAULT_MODE = "0660"
"""systemd's own default on Debian (50-udev-default.rules); Fedora's is 0666."""

_QEMU: Mapping[str, str] = {"apt": "qemu-system-x86", "dnf": "qemu-kvm", "pacman": "qemu-base"}
_QEMU_ARM: Mapping[str, str] = {"apt": "qemu-system-arm", "dnf": "qemu-kvm", "pacman": "qemu-system-aarch64"}


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared.

    Args:
        nested: whether guests may run guests; None leaves it as it is.
        users: who may use ``/dev/kvm``.
        device_mode: its mode, four octal digits.
        libvirt: whether libvirt is brought too.
        checks: whether kvm-ok and virt-host-validate are brought, and must find nothing.

    """

    nested: bool | None = None
    users: tuple[str, ...] = ()
    device_mode: str = DEFAULT_MODE
    libvirt: bool = False
    checks: bool = False

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``kvm`` of a host."""
        declared = {name: value for name, value in values["kvm"].items() if name != "state"}
        return cls(**{**declared, "users": tuple(declared.get("users", ()))})


def plan(want: Want, state: State, render: Render) -> Plan:
    """Compare and plan; a cause that makes KVM impossible comes before any change.

    Args:
        want: what is declared.
        state: the host as it is.
        render: fills in a template.

    """
    failures = tuple(_failures(want, state))
    if failures:
        return Plan(failures=failures)
    nested = _nested(want, state, render)
    if nested.failures:
        return nested
    manager = state.os.packages or ""
    changes = [
        *_packages(want, state),
        *_rule(want, state, render),
        *_modules(state, render),
        *nested.steps,
        *_loaded(state),
        *_users(want, state),
        *device.changes(want.device_mode, state.device, manager),
        *(libvirt.changes(state.libvirt, state.os, state.programs, state.users, want.users) if want.libvirt else ()),
    ]
    if want.checks and not changes and (found := tuple(checks.failures(manager, state.checks))):
        return Plan(failures=found)
    return Plan(tuple(changes), nested.deferred, warnings=() if changes else tuple(_warnings(state)), noop=_noop(state))


def _warnings(state: State) -> Iterable[str]:
    yield from (f"{one.program}: {one.what}: {one.remedy}" for one in state.checks if one.result == "FAIL" and one.remedy)
    if state.nested_pages is False:
        yield f"{state.cpu or 'the processor'} has no nested pages (EPT, NPT): guests run slowly"


def _noop(state: State) -> str:
    nested = {True: ", nested on", False: ", nested off"}.get(state.nested, "") if state.nested is not None else ""
    device = f", /dev/kvm {state.device.owner}:{state.device.group} 0{state.device.mode}" if state.device else ""
    return f"{state.module} is loaded{nested}{device}"


def _failures(want: Want, state: State) -> Iterable[Failure]:
    if (cause := obstacle(state)) is not None:
        yield cause
        return
    if not state.root:
        yield NOT_ROOT
    if state.os.packages is None:
        yield Failure(
            f"{state.os.name} has none of apt, dnf and pacman", "use Debian, Ubuntu, Fedora, RHEL or Arch", "unsupported"
        )
    for name in want.users:
        if state.users.get(name) is None:
            yield Failure(f"kvm: there is no user {name}", f"create the user, or take {name} out of kvm.users", "no_user")
    if state.module in state.loaded and state.device is None:
        yield locked(state)  # SVM that the firmware locks still shows as a flag before Linux 6.6
    if (overruled := rules.overruled(state.rules, want.device_mode)) is not None:
        yield overruled
    if want.libvirt:
        yield from libvirt.failures(state.libvirt, state.os)


def _packages(want: Want, state: State) -> Iterable[Step]:
    manager = state.os.packages or ""
    qemu = (_QEMU_ARM if state.arm else _QEMU)[manager]
    missing = [*([] if state.kmod or _built_in(state) else ["kmod"]), *([] if state.qemu else [qemu])]
    if want.checks:
        missing += checks.missing(manager, state.programs)
    if missing:
        yield Step(f"install {', '.join(missing)}", (Packages(manager, tuple(missing)),))


def _built_in(state: State) -> bool:
    return state.arm or state.module in state.builtin


def _modules(state: State, render: Render) -> Iterable[Step]:
    if _built_in(state):
        return
    module = state.module or ""
    text = render("kvm.modules.j2", module=module)
    if not same(state.files.get(MODULES_FILE), text):
        yield Step(f"load {module} at each start", (write(MODULES_FILE, text),), MODULES_FILE)


def _loaded(state: State) -> Iterable[Step]:
    """Load the module, after its options are written: it reads them then."""
    if state.module not in state.loaded and not _built_in(state):
        yield Step(f"load {state.module}", (loading.load(state.module or "", locked(state)),))


def _nested(want: Want, state: State, render: Render) -> Plan:
    """Configure nesting for the next load, and switch it now if no guest would notice."""
    if want.nested is None:
        return Plan()
    module, word = state.module or "", "on" if want.nested else "off"
    if _built_in(state):
        return Plan() if state.nested is want.nested else Plan(failures=(_on_command_line(want, state),))
    changes = []
    text = render("kvm.modprobe.j2", module=module, nested=want.nested)
    written = same(state.files.get(OPTIONS_FILE), text)
    if state.nested_configured is not want.nested and (written or state.nested_outranks):
        overruled = f"nested virtualization is declared {word}, and {state.nested_last or 'another file'} has the last word"
        restart = "restart the host, " if state.nested_last.startswith(COMMAND_LINE) else ""
        return Plan(failures=(Failure(overruled, f"take that {'word' if restart else 'line'} away, {restart}then run again"),))
    if not written:
        changes.append(Step(f"nested virtualization {word} at each load of {module}", (write(OPTIONS_FILE, text),), OPTIONS_FILE))
    if module not in state.loaded or state.nested is want.nested:
        return Plan(tuple(changes))
    sentence = f"nested virtualization {'off → on' if want.nested else 'on → off'}"
    if state.uses == 0:
        return Plan((*changes, Step(sentence, (loading.reload(module),), f"{module} is loaded anew; no guest runs")))
    return Plan(tuple(changes), (Deferred(sentence, "guests stopped", _running(state)),))


def _on_command_line(want: Want, state: State) -> Failure:
    word, say = ("on", "write") if want.nested else ("off", "take")
    if state.arm:
        parameter = "kvm-arm.mode=nested"
        act = f"{say} {parameter} {'on' if want.nested else 'off'} the kernel's command line (Linux 6.16 or newer)"
    else:
        act = f"write {state.module}.nested={int(want.nested or False)} on the kernel's command line"
    cause = f"nested virtualization is declared {word}; KVM is a part of this kernel, and only its command line says that"
    return Failure(cause, f"{act}, restart the host, then run again", "command_line")


def _running(state: State) -> str:
    """Name the guests; the module's use count is no number of guests: one alone counts as two."""
    if state.uses is None:
        return "it is not known whether guests run"
    if not state.guests:
        return f"{state.module} is in use, by whom is not to be seen from here"
    some = len(state.guests) > 1
    return f"{len(state.guests)} guest{'s' if some else ''} run{'' if some else 's'}: {', '.join(state.guests)}"


def _users(want: Want, state: State) -> Iterable[Step]:
    for name in want.users:
        if "kvm" not in (state.users.get(name) or ()):
            note = "works from the next logon on"
            yield Step(f"{name} joins the group kvm", (join(name, "kvm"),), note)


def _rule(want: Want, state: State, render: Render) -> Iterable[Step]:
    rule = render("kvm.rules.j2", mode=want.device_mode)
    if not same(state.files.get(RULE_FILE), rule):
        acts = (write(RULE_FILE, rule), Shell("if command -v udevadm >/dev/null; then udevadm control --reload; fi"))
        yield Step(f"/dev/kvm is kvm {want.device_mode} at each start", acts, RULE_FILE)
