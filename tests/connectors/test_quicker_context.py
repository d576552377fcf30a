"""What is of the moment is what pyinfra says, and an operation is taken down as by pyinfra."""

import sys

import gevent
import pyinfra
import pytest
from pyinfra import context
from pyinfra.api import Config, State, deploy
from pyinfra.api.deploy import deploy as as_deploy
from pyinfra.api.inventory import Inventory
from pyinfra.api.operation import operation
from pyinfra.api.operations import run_ops
from pyinfra.context import ContextManager, ContextObject, LocalContextObject, ctx_host, ctx_state

from pyinfra_wsl.connectors import quick_context, ssh

WAYS = [quick_context.within, quick_context.within.__wrapped__]
MODULES = [sys.modules["pyinfra.api.operation"], sys.modules["pyinfra.api.deploy"]]


def test_it_is_in_place():
    assert ssh.quicker
    assert deploy
    assert ContextManager.use is WAYS[0] is not WAYS[1]
    assert all(isinstance(module.context, quick_context.Moment) for module in MODULES)


@pytest.mark.parametrize("kind", [ContextObject, LocalContextObject])
@pytest.mark.parametrize("error", [None, KeyError, StopIteration, GeneratorExit])
@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", "b"], ["a", "b", "a"], [None, "a"], ["a", None, None]], ids=str)
def test_what_is_set_within_a_block_is_set_back_as_pyinfra_does_it(kind, error, names):
    def told(use):
        manager, found = ContextManager("one", kind), []

        def nested(left):
            if not left:
                if error:
                    raise error
                return
            with use(manager, left[0]):
                found.append(manager.get())
                nested(left[1:])
                found.append(manager.get())

        try:
            nested(names)
        except (KeyError, StopIteration, GeneratorExit) as raised:
            found.append(type(raised))
        return [*found, manager.get()]

    assert told(WAYS[0]) == told(WAYS[1])


def test_greenlets_have_a_host_of_their_own():
    manager, found = ContextManager("one", LocalContextObject), []

    def one(name):
        with manager.use(name):
            gevent.sleep(0)
            found.append((name, manager.get()))
        found.append((name, manager.get()))

    gevent.joinall([gevent.spawn(one, name) for name in "abc"])
    assert sorted(found, key=str) == sorted(((name, now) for name in "abc" for now in (name, None)), key=str)


def test_where_nothing_is_of_the_moment_it_is_pyinfras_stand_in():
    moment = quick_context.Moment()
    with ctx_host.use(None), ctx_state.use(None):
        assert moment.host is context.host
        assert moment.state is context.state
    with ctx_host.use("a host"), ctx_state.use("a state"):
        assert (moment.host, moment.state) == ("a host", "a state")
    assert moment.config is context.config
    with pytest.raises(AttributeError, match="gone"):
        _ = moment.gone


@operation()
def told(words):
    host, state = pyinfra.host, pyinfra.state
    word = host.name, host.in_op, host.current_op_hash, host.current_op_deploy_data, host.current_op_global_arguments["_sudo"]
    words.append((*word, host.current_deploy_name, state.is_executing))
    yield f"echo {host.name}"


@as_deploy("Outer", data_defaults={"a": 1})
def outer(words):
    for number in pyinfra.host.loop([1, 2]):
        told(name=f"in it {number}", words=words, _sudo=number == 1)


@pytest.mark.parametrize("checks", [True, False])
def test_operations_are_taken_down_and_carried_out_as_by_pyinfra(monkeypatch, checks):
    def run(of_the_moment):
        for module in MODULES:
            monkeypatch.setattr(module, "context", of_the_moment)
        state, words = State(Inventory((["@local", "@fake/a", "@fake/b"], {})), Config(), check_for_changes=checks), []
        hosts = [host for host in state.inventory if host.name != "@local"]
        for host in hosts:
            state.activate_host(host)
            with ctx_state.use(state), ctx_host.use(host):
                outer(words=words)
                done = told(words=words)
                words.append((done._hash, host.current_deploy_name, list(host.op_hash_order)))
                if not checks:  # with which pyinfra calls it
                    with pytest.raises(TypeError, match="too many"):
                        told(words, 1)
        with ctx_state.use(state):
            run_ops(state)
        each = [(host.name, key, one) for host in hosts for key, one in state.ops[host].items()]
        ops = [(*where, one.global_arguments, one.operation_meta.is_complete()) for *where, one in each]
        meta = [(state.meta[host].ops, state.meta[host].ops_change, state.results[host].success_ops) for host in hosts]
        places = {key: (one.names, one.op_order) for key, one in state.op_meta.items()}
        return sorted(words, key=str), ops, meta, places, state.failed_hosts

    ours, pyinfras = run(quick_context.Moment()), run(context)
    assert ours == pyinfras
    assert len(ours[0]) >= 8
