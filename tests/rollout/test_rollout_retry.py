"""When a laptop is tried again: each wait twice the one before, in bounds, until the deadline."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from standings import DAY, HOUR, MINUTE, NOW

from pyinfra_wsl.rollout.model import Retry
from pyinfra_wsl.rollout.retry import again, deadline, wait

SPANS = st.timedeltas(timedelta(0), timedelta(days=30))
RETRIES = st.builds(Retry, SPANS, SPANS, SPANS)


def test_each_wait_is_twice_the_one_before_up_to_the_longest():
    waits = [wait(Retry(10 * MINUTE, 4 * HOUR), tries) for tries in range(8)]
    assert waits == [0 * MINUTE, *(10 * n * MINUTE for n in (1, 2, 4, 8, 16)), 4 * HOUR, 4 * HOUR]


@given(RETRIES, st.integers(1, 10**9))
def test_waits_only_grow_and_stay_in_bounds(retry, tries):
    assert wait(retry, tries) <= wait(retry, tries + 1) <= retry.longest
    assert wait(retry, tries) <= max(retry.first, retry.longest)


@given(RETRIES, st.integers(0, 10**6), st.timedeltas(-timedelta(days=40), timedelta(days=40)))
def test_nobody_is_tried_again_after_the_deadline_or_before_now(retry, tries, since):
    opened = NOW - since
    found = again(retry, tries, NOW, opened)
    assert found is None or NOW <= found <= deadline(retry, opened)
    assert found is not None or NOW + wait(retry, tries) > deadline(retry, opened)


def test_a_laptop_is_given_up_after_a_number_of_tries():
    retry, now, tries = Retry(10 * MINUTE, 4 * HOUR, 7 * DAY), NOW, 0
    while now is not None:
        tries, last, now = tries + 1, now, again(retry, tries + 1, now, NOW)
    assert tries == 46
    assert 7 * DAY - 4 * HOUR < last - NOW <= 7 * DAY
