"""What stands in for functions of pyinfra returns what they return."""

import inspect
import subprocess
import sys
from types import SimpleNamespace
from typing import get_type_hints

import pytest
from pyinfra import context
from pyinfra.api import arguments, connectors, util
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ArgumentTypeError, ConnectorDataTypeError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.connectors import base
from pyinfra.connectors.ssh import SSHConnector

from pyinfra_wsl.connectors import quicker, ssh

PYINFRAS = util.get_operation_order_from_stack


@pytest.fixture(autouse=True, params=[True, False], ids=["on the command line", "from Python"])
def _way(request, monkeypatch):
    monkeypatch.setattr("pyinfra.is_cli", request.param)


def both(state, deep=0):
    if deep:
        return both(state, deep - 1)
    return PYINFRAS(state), quicker.order(state)


def state(filename):
    return SimpleNamespace(current_deploy_filename=filename, current_op_file_number=3)


@pytest.mark.parametrize("deep", [0, 1, 5])
@pytest.mark.parametrize("filename", [None, __file__, "deploy.py", "<string>", ""], ids=str)
def test_the_order_is_pyinfras(filename, deep):
    pyinfras, ours = both(state(filename), deep)
    assert ours == pyinfras
    assert (len(ours) > 1) == (filename in (None, "", __file__))


def test_the_order_is_pyinfras_in_what_is_compiled_from_text(tmp_path):
    """As pyinfra runs a deploy file: compiled under its name, whether it is there or not."""
    for name in (tmp_path / "deploy.py", tmp_path / "gone.py"):
        text = "\n\n\nfound = [both(state)\n for _ in (1,)]\n"
        if name.name == "deploy.py":
            name.write_text(text)
        space = {"both": both, "state": state(str(name))}
        exec(compile(text, str(name), "exec"), space)  # noqa: S102 - as pyinfra does it
        ((pyinfras, ours),) = space["found"]
        assert ours == pyinfras
        assert 4 in ours


class Data:
    """Host data, layer by layer."""

    def __init__(self, *layers):
        self.datas = layers

    def __getattr__(self, key):
        for layer in (one() if callable(one) else one for one in self.datas):
            if key in layer:
                return layer[key]
        raise AttributeError(key)


@pytest.mark.parametrize("layers", [
    ({},), ({"wsl": {}}, dict), ({"_sudo": True},), ({}, lambda: {"_env": {"A": "b"}}), (lambda: {"_shell_executable": "x"}, {}),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("given", [{}, {"_sudo": True, "name": "one", "path": 1}, {"_env": {"C": "d"}}], ids=str)
@pytest.mark.parametrize("around", [None, {"_ignore_errors": True}, {"_env": {"D": "e"}, "_if": [], "_sudo": False}], ids=str)
def test_the_global_arguments_are_pyinfras(layers, given, around):
    run, host = SimpleNamespace(config=Config()), SimpleNamespace(data=Data(*layers), current_deploy_kwargs=around)
    left, ours = dict(given), dict(given)
    assert quicker.pop(run, host, ours) == arguments.pop_global_arguments(run, host, left)
    assert ours == left


def test_the_usual_arguments_are_those_of_the_configuration_of_the_moment_and_the_own_of_each_operation(monkeypatch):
    run, host = SimpleNamespace(config=Config()), SimpleNamespace(data=Data({}), current_deploy_kwargs=None)
    first = quicker.pop(run, host, {})[0]
    first["_env"]["A"] = "b"
    first["_if"] = [1]
    for name, value in (("SUDO", True), ("SHELL", "dash"), ("ENV", {"E": "f"}), ("INHERIT_ENV", ("INHERITED",)), ("RETRY", 2)):
        monkeypatch.setenv("INHERITED", name)
        setattr(run.config, name, value)
        assert quicker.pop(run, host, {}) == arguments.pop_global_arguments(run, host, {})
    run.config.ENV["G"] = "h"
    assert quicker.pop(run, host, {}) == arguments.pop_global_arguments(run, host, {})


@pytest.mark.parametrize("given", [{"_sudo": 1}, {"_env": 1}, {"_retries": "a", "_sudo": "b"}, {"_env": {"A": []}}], ids=str)
def test_what_is_wrong_with_several_is_told_as_pyinfra_does_it(given):
    def told(pop):
        run, host = SimpleNamespace(config=Config()), SimpleNamespace(data=Data({}), current_deploy_kwargs=None)
        try:
            return pop(run, host, dict(given))
        except (ArgumentTypeError, TypeError) as error:
            return f"{type(error)}: {error}"

    assert told(quicker.pop) == told(arguments.pop_global_arguments)


def test_connectors_and_argument_names_are_those_that_pyinfra_finds():
    assert ssh.quicker is quicker  # which has put them in place
    for function in (connectors.get_all_connectors, arguments.all_global_arguments):
        assert function() == function.__wrapped__()
        function().clear()
        assert function() == function.__wrapped__()


def test_what_connectors_take_is_worked_out_once_for_each_kind_of_them():
    kinds = {one.data_cls for one in connectors.get_all_connectors().values()}
    assert len(kinds) > 2
    for kind in kinds:
        assert base.get_type_hints(kind) is base.get_type_hints(kind)
        assert base.get_type_hints(kind) == get_type_hints(kind)


@pytest.mark.parametrize(("version", "used"), [("3.10", True), ("3.10.4", True), ("3.1", False), ("3.11", False), ("4.0", False)])
def test_another_version_of_pyinfra_is_left_alone(version, used):
    code = (
        "from pyinfra.api import util; import pyinfra.api.operation, sys\n"
        "from pyinfra_wsl.connectors import quicker\n"
        f"print(quicker.use({version!r}), sys.modules['pyinfra.api.operation'].get_operation_order_from_stack is quicker.order)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(used)] * 2


@pytest.mark.parametrize(("version", "used"), [("3.10.4", True), ("4.0", False)])
def test_of_another_version_nothing_at_all_is_replaced(version, used):
    code = (
        "import sys; from pyinfra import context, progress; from pyinfra.connectors import base\n"
        "from pyinfra.api import config, deploy, host, operation, state\n"
        "from pyinfra_wsl.connectors import quicker\n"
        "op, dep = sys.modules['pyinfra.api.operation'], sys.modules['pyinfra.api.deploy']\n"
        "of = lambda: [context.ContextManager.use, host.Host.init, host.Host.noop, host.HostData, op.signature, op.make_hash,\n"
        "              state.State.get_op_order, progress.progress_spinner, op.context, dep.context,\n"
        "              op.pop_global_arguments, dep.pop_global_arguments, context.ContextObject.__getattr__,\n"
        "              base.get_type_hints, base.raise_if_bad_type, config.Config.copy]\n"
        "before, told = of(), type(sys)('log')\n"
        "told.LogHandler, sys.modules['pyinfra_cli.log'] = type('LogHandler', (), {}), told\n"
        f"print(quicker.use({version!r}), [now is one for now, one in zip(of(), before)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{used} {[not used] * 16}"


def lately(one, _two=2, *, three=None):
    yield one, three


@pytest.mark.parametrize("given", [{"one": 1}, {"one": 1, "three": 3}])
def test_a_signature_is_worked_out_once_and_binds_as_pyinfras(given):
    operation = sys.modules["pyinfra.api.operation"]
    assert operation.signature(lately) is operation.signature(lately)
    assert operation.signature(lately) == inspect.signature(lately)
    assert operation.signature(lately).bind(**given) == inspect.signature(lately).bind(**given)
    with pytest.raises(TypeError, match="four"):
        operation.signature(lately).bind(1, four=4)


@pytest.mark.parametrize("place", [[], [0, 13], [1], [True], [1, "a"], (0, 13), {"a": 1}, "a", None], ids=repr)
def test_the_hash_of_a_place_is_pyinfras(place):
    assert quicker.hashed(place) == quicker.hashed(place) == util.make_hash(place)


@pytest.mark.parametrize(("value", "kind"), [
    (True, bool), (1, bool), (None, bool), ("a", str), (["a"], str), (1, int), (True, int), ([], list),
    ({"A": 1}, dict[str, str]),
    ({"A": "b"}, dict[str, str]), ([1], list[int]), (["a"], list[int]),
], ids=repr)  # fmt: skip
def test_what_is_no_value_of_its_type_is_refused_as_pyinfra_does_it(value, kind):
    def told(check):
        try:
            return check(value, kind, ArgumentTypeError, "Invalid argument `one`:")
        except ArgumentTypeError as error:
            return str(error)

    assert told(quicker.fits) == told(util.raise_if_bad_type)


@pytest.mark.parametrize("data", [
    {}, {"ssh_port": 22, "ssh_user": "a"}, {"ssh_port": "22"}, {"ssh_user": None}, {"ssh_paramiko_connect_kwargs": {"a": 1}},
    {"ssh_paramiko_connect_kwargs": [1]}, {"ssh_connect_retry_min_delay": 1}, {"ssh_connect_retries": True}, {"ssh_strict": 1},
], ids=str)  # fmt: skip
def test_what_is_written_of_a_connection_is_read_as_pyinfra_does_it(monkeypatch, data):
    host = Inventory(([("one", data)], {})).get_host("one")

    def told():
        try:
            found = base.host_to_connector_data(SSHConnector.data_cls, SSHConnector.data_meta, host.data)
        except ConnectorDataTypeError as error:
            return str(error)
        return list(found.items())

    ours = told()
    assert base.get_type_hints is not get_type_hints
    monkeypatch.setattr(base, "get_type_hints", get_type_hints)
    monkeypatch.setattr(base, "raise_if_bad_type", util.raise_if_bad_type)
    assert ours == told()


def test_what_is_asked_of_the_host_of_the_moment_is_that_hosts():
    manager = context.ContextManager("one", context.LocalContextObject)
    manager.set_base(SimpleNamespace(name="of all"))
    assert manager.context.name == "of all"
    with manager.use(SimpleNamespace(name="one")):
        assert manager.context.name == "one"
        manager.context.name = "another"
        assert manager.context.name == "another"
        with pytest.raises(AttributeError, match="gone"):
            _ = manager.context.gone
    with pytest.raises(AttributeError, match="gone"):
        _ = manager.context.gone


def test_a_copy_of_the_configuration_is_pyinfras():
    config = Config(SUDO=True, ENV={"A": "b"}, SHELL="dash")
    config.lock_current_state()
    config.INHERIT_ENV, config.strange, config.REQUIRE_PACKAGES = ["HOME"], 1, []
    del config.RETRY
    ours, pyinfras = Config.copy(config), Config.copy.__wrapped__(config)
    assert list(vars(ours).items()) == list(vars(pyinfras).items())
    assert type(ours) is type(pyinfras) is Config
    assert Config.copy is quicker.copied
    assert ours.INHERIT_ENV is pyinfras.INHERIT_ENV is config.INHERIT_ENV
    ours.SUDO, ours.ENV["C"] = False, "d"
    assert (config.SUDO, config.ENV, config.copy().ENV) == (True, {"A": "b"}, {})
    with pytest.raises(PyinfraError, match="not met"):
        ours.REQUIRE_PYINFRA_VERSION = "==0"


def test_names_are_aligned_as_pyinfra_does_it(monkeypatch):
    names = ["a", "much-longer", "one"]
    for begin in (quicker.begin.__wrapped__, quicker.begin):
        monkeypatch.setattr(Host, "init", begin)
        state = State(Inventory((names, {})), Config())
        assert [host.print_prefix_padding for host in state.inventory] == [" " * 10, "", " " * 8]
        assert all(host.state is state and host.connector.host is host for host in state.inventory)


@pytest.mark.parametrize("where", ["given", "around"])
@pytest.mark.parametrize(("key", "value"), [("_sudo", "yes"), ("_timeout", "1"), ("_env", {"A": 1}), ("_if", 1), ("_sudo", None)])
def test_a_global_argument_of_another_type_is_refused_as_pyinfra_does_it(where, key, value):
    def told(pop):
        given = {key: value} if where == "given" else {}
        run = SimpleNamespace(config=Config())
        host = SimpleNamespace(data=Data({}), current_deploy_kwargs={key: value} if where == "around" else None)
        try:
            return pop(run, host, given)
        except (ArgumentTypeError, AttributeError, TypeError) as error:
            return type(error), str(error)

    assert told(quicker.pop) == told(arguments.pop_global_arguments)
