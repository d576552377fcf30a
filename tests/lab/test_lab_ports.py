"""A laptop's port is its own, whether it listens there or not."""

import socket

import pytest
from ssh import connect, serve

from pyinfra_wsl.lab.range.server import HOST


def taken(port):
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, port))
    with socket.socket() as client:
        return client.connect_ex((HOST, port))


def test_nobody_gets_the_port_of_a_laptop_that_is_down():
    """Where thousands are served, one that is off would be answered for by another, and one that restarts would not come back."""

    async def story(laptop):
        port = laptop.port
        laptop._go_down()
        assert taken(port) != 0
        await laptop.listen()
        assert laptop.port == port
        async with connect(laptop) as connection:
            assert (await connection.run("hostname")).stdout == "LT-SSH\r\n"
        laptop.offline = True
        laptop._go_down()
        assert taken(port) != 0

    serve(story)
