"""Files to a laptop and back: whole and verified, or not at all."""

import hashlib
import io

import pytest

from pyinfra_wsl.connectors import transfer, upload
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Upload, ask

SMALL, LARGE = b"small" * 100, bytes(range(256)) * (20 << 10)  # 5 MiB
PATH = r"C:\Users\Public\brought.bin"


@pytest.fixture
def brought(machine, rehearsal):
    """Return a function that reads what lies at PATH; nothing lies there before and after a test."""

    def clean():
        for path in (PATH, f"{PATH}.part"):
            if machine.files.exists(path):
                machine.files.remove(path)

    rehearsal.stage.do(clean)
    yield lambda: machine.files.read(PATH) if machine.files.exists(PATH) else None
    rehearsal.stage.do(clean)


def bring(session, data, tmp_path, sha256=None):
    source = tmp_path / "source.bin"
    source.write_bytes(data)

    def talk():
        (answer,) = yield Upload(str(source), PATH, hashlib.sha256(data).hexdigest() if sha256 is None else sha256)
        yield from ask(call.file_state(PATH))
        return answer

    return session.converse(talk())


def test_a_small_file_travels_with_the_request_that_uses_it(session, brought, tmp_path):
    answer = bring(session, SMALL, tmp_path)
    assert (brought(), session.requests) == (SMALL, 1)
    assert answer.sha256 == hashlib.sha256(SMALL).hexdigest()


@pytest.mark.parametrize("second", [SMALL[:7], LARGE], ids=["small", "large"])
def test_a_small_file_arrives_although_another_follows_before_any_request(session, brought, tmp_path, second, machine):
    other = f"{PATH}.other"
    (tmp_path / "first.bin").write_bytes(SMALL)
    (tmp_path / "second.bin").write_bytes(second)

    def talk():
        yield Upload(str(tmp_path / "first.bin"), PATH, hashlib.sha256(SMALL).hexdigest())
        yield Upload(str(tmp_path / "second.bin"), other, hashlib.sha256(second).hexdigest())
        yield from ask(call.file_state(PATH))

    session.converse(talk())
    assert (brought(), machine.files.read(other)) == (SMALL, second)


def test_a_large_file_arrives_in_pieces(session, brought, tmp_path):
    bring(session, LARGE, tmp_path)
    assert brought() == LARGE
    assert session.requests > len(LARGE) // upload.PIECE


def test_a_large_file_that_is_there_is_not_sent_again(session, brought, tmp_path):
    bring(session, LARGE, tmp_path)
    assert brought() == LARGE
    before = session.requests
    bring(session, LARGE, tmp_path)
    assert session.requests - before == 2  # the look, and the request behind it


def test_an_upload_that_was_cut_goes_on_where_it_stopped(session, brought, tmp_path, machine, rehearsal):
    rehearsal.stage.do(machine.files.write, f"{PATH}.part", LARGE[: 4 << 20])
    bring(session, LARGE, tmp_path)
    assert brought() == LARGE
    assert session.requests < 10


def test_what_was_left_of_another_upload_does_not_end_up_in_the_file(session, brought, tmp_path, machine, rehearsal):
    rehearsal.stage.do(machine.files.write, f"{PATH}.part", b"of another file" * 1000)
    with pytest.raises(StepError, match="SHA-256"):
        bring(session, LARGE, tmp_path)
    assert brought() is None
    bring(session, LARGE, tmp_path)
    assert brought() == LARGE


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_file_that_is_not_the_declared_one_is_not_there_afterwards(session, brought, tmp_path, data):
    with pytest.raises(StepError, match=r"has the SHA-256 \w{64}, declared is 0{64}\. Next: "):
        bring(session, data, tmp_path, sha256="0" * 64)
    assert brought() is None


def test_a_file_that_is_missing_here_is_said_so(session):
    with pytest.raises(StepError, match=r"nowhere\.tar cannot be read: No such file.*Next: put the file where"):
        session.converse(iter_upload("/nowhere.tar"))


def iter_upload(source):
    yield Upload(source, PATH, "")


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_what_is_put_is_what_is_got(session, brought, data):
    transfer.put(session, io.BytesIO(data), PATH)
    assert brought() == data
    back = io.BytesIO()
    transfer.get(session, PATH, back)
    assert back.getvalue() == data


def test_what_was_left_of_another_put_does_not_end_up_in_the_file(session, brought, machine, rehearsal):
    rehearsal.stage.do(machine.files.write, f"{PATH}.part", b"of another version" * 1000)
    transfer.put(session, io.BytesIO(LARGE), PATH)
    assert brought() == LARGE


def test_the_old_file_stays_where_what_arrived_is_not_the_declared_one(session, brought, tmp_path):
    transfer.put(session, io.BytesIO(SMALL), PATH)
    with pytest.raises(StepError, match="SHA-256"):
        bring(session, LARGE, tmp_path, sha256="0" * 64)
    assert brought() == SMALL


def test_a_full_disk_says_so_and_leaves_the_old_file(session, brought, machine):
    transfer.put(session, io.BytesIO(SMALL), PATH)
    free = machine.files.free_bytes
    machine.files.free_bytes = 1 << 20
    try:
        with pytest.raises(CallError, match="disk_full"):
            transfer.put(session, io.BytesIO(LARGE), PATH)
    finally:
        machine.files.free_bytes = free
    assert brought() == SMALL


def test_getting_what_is_not_there_says_so(session):
    with pytest.raises(FileNotFoundError, match="is not there"):
        transfer.get(session, r"C:\nowhere.txt", io.BytesIO())
