"""The order of all operations is pyinfra's, whatever hosts have in common."""

import random
from types import SimpleNamespace

import pytest
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.state import State

from pyinfra_wsl.connectors import quick_order, ssh


def state(orders, places):
    meta = {one: SimpleNamespace(op_order=place) for one, place in places.items()}
    return SimpleNamespace(inventory=[SimpleNamespace(op_hash_order=one) for one in orders], op_meta=meta)


def told(order, orders, places):
    try:
        return order(state(orders, places))
    except PyinfraError as error:
        return str(error)


@pytest.mark.parametrize("ties", [False, True])
def test_it_is_pyinfras(ties):
    some, seen = random.Random(7), set()  # noqa: S311 - for a test
    for _ in range(300):
        names = [f"op{number}" for number in range(some.randint(1, 7))]
        places = {one: (some.randint(0, 3 if ties else 10**9), 1) for one in names}
        kinds = [sorted(some.sample(names, some.randint(0, len(names))), key=places.get) for _ in range(some.randint(1, 4))]
        if some.random() < 0.3:  # a loop, which may be no order at all
            some.shuffle(kinds[0])
        orders = [list(some.choice(kinds)) for _ in range(some.randint(0, 12))]
        found = told(quick_order.order, orders, places)
        seen.add(type(found))
        assert found == told(quick_order.order.__wrapped__, orders, places), orders
    assert seen == {list, str}


def test_it_is_in_place_and_asks_once_for_all_that_have_the_same():
    assert ssh.quicker
    assert State.get_op_order is quick_order.order

    class Hosts(list):
        asked = 0

        def __iter__(self):
            Hosts.asked += 1
            return super().__iter__()

    one = state([["a", "b"]] * 500, {"a": (1,), "b": (2,)})
    one.inventory = Hosts(one.inventory)
    assert quick_order.order(one) == ["a", "b"]
    assert Hosts.asked == 1
