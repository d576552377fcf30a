"""One agent over the lab's SSH: greeting, live output, timeouts, several at a time."""

import contextlib
import threading

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.wire import SSHWire
from pyinfra_wsl.core import call
from pyinfra_wsl.core.output import Output


def names(machine):
    return [process.name for process in list(machine.processes)]


def test_the_greeting_says_who_and_where_in_which_language(host):
    hello = host("LT-ZH").connector.session.channel.hello
    assert (hello.user, hello.domain, hello.computer, hello.culture) == ("fleet-admin", "LT-ZH", "LT-ZH", "zh-CN")


def test_output_is_told_while_the_program_runs(session):
    told = []
    (answer,) = session.channel.ask([call.run("ping.exe", "-n", "8", "127.0.0.1", live=True)], listener=told.append)
    assert len(told) >= 3
    assert told[0] != Output.of(answer).stdout
    assert b"".join(told) == Output.of(answer).stdout


def test_a_program_that_takes_too_long_ends_with_all_it_started(session, machine):
    (answer,) = session.ask([call.run("cmd.exe", "/c", "ping -n 9000 127.0.0.1", timeout=0.3)])
    assert Output.of(answer).timed_out
    assert "ping.exe" not in names(machine)
    assert Output.of(session.ask([call.run("hostname.exe")])[0]).text().strip() == "LT-DONE"


def test_the_end_of_the_connection_ends_what_runs(host, machine):
    one = host()
    work = threading.Thread(target=lambda: quietly(one.connector.session, call.run("ping.exe", "-n", "9000", "127.0.0.1")))
    work.start()
    wait_until(lambda: "ping.exe" in names(machine))
    one.connector.client.close()
    work.join(10)
    wait_until(lambda: "ping.exe" not in names(machine))


def test_several_agents_on_one_connection_answer_at_the_same_time(host):
    client = host().connector.client
    agents = [Channel(SSHWire(client)) for _ in range(4)]
    assert len({agent.hello.process for agent in agents}) == 4
    answers = {}

    def ask(number):
        answers[number] = agents[number].ask([call.run("cmd.exe", "/c", f"ping -n 20 127.0.0.1 & echo {number}")])[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {number: Output.of(answer).text().split()[-1] for number, answer in answers.items()} == {n: str(n) for n in range(4)}
    for agent in agents:
        agent.close()


def test_an_agent_ends_when_it_is_not_needed_any_more(host, machine):
    session = host().connector.session
    pid = session.channel.hello.process
    assert machine.processes.get(pid)
    session.close()
    wait_until(lambda: machine.processes.get(pid) is None)


def quietly(session, *calls):
    with contextlib.suppress(OSError):
        session.ask(calls)


def wait_until(true, seconds=5.0):
    tick = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        tick.wait(0.02)
    raise AssertionError("it did not become true")
