import pytest

from pyinfra_wsl.core.formats import size


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # The accepted strings of test/windows/SimpleTests.cpp and of ParseMemorySize.
        ("0", 0), ("0GB", 0), ("1", 1), ("1B", 1), ("1K", 1 << 10), ("1KB", 1 << 10), ("2M", 2 << 20), ("100MB", 100 << 20),
        ("8GB", 8 << 30), ("8G", 8 << 30), ("1T", 1 << 40), ("9TB", 9 << 40),
        ("+8GB", 8 << 30), ("008GB", 8 << 30), (" 8GB", 8 << 30),
    ],
)  # fmt: skip
def test_wsl_reads_digits_with_an_upper_case_unit(text, value):
    assert size.stored(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "8gb", "8 GB", "2.5GB", "8GiB", "00", "+0", " 0", "-0", "GB", "8BB", "8X", "8GBB", "0foo", "/", "8GB "],
)
def test_wsl_refuses_every_other_size(text):
    assert size.stored(text) is None


def test_a_minus_and_an_overflow_wrap_around():
    assert size.stored("-1") == 2**64 - 1
    assert size.stored("16777216TB") == 0
    assert size.stored("9" * 30) == 2**64 - 1
    assert size.stored("9" * 5000) == 2**64 - 1


@pytest.mark.parametrize(
    ("meant", "right"),
    [("8gb", "8GB"), ("8 GiB", "8GB"), ("8g", "8GB"), ("2.5GB", "2560MB"), ("512mb", "512MB"), ("lots", "8GB"), (None, "8GB")],
)
def test_the_right_form_of_what_was_meant_is_offered(meant, right):
    assert size.suggest(meant) == right
    assert size.declared(right) is not None


@pytest.mark.parametrize("value", ["8gb", "00", "8GB\n", "+8GB", "-1", -1, 2**64, True, 1.5, None, ""])
def test_a_fleet_file_may_not_say_what_wraps_or_is_refused(value):
    assert size.declared(value) is None


@pytest.mark.parametrize("value", [0, 1, 1023, 1024, 8 << 30, 2560 << 20, 2**64 - 1])
def test_a_number_of_bytes_is_written_so_that_wsl_reads_it_back(value):
    assert size.stored(size.text(value)) == value
    assert size.text(8589934592) == "8GB"
