"""Files on their way to a laptop: from here, from an address, from a share."""

import hashlib

import pytest
from support.laptops import WINDOWS
from support.wire import ABSENT, RUN, Wire, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows import transfer

DATA = b"a root file system"
SHA = hashlib.sha256(DATA).hexdigest()
CACHE = r"C:\Program Files\pyinfra-wsl\cache"
ADDRESS = "https://files.example/images/ubuntu.tar.gz?token=s3cret"  # a fleet file may not hold such a one
SHARE = r"\\server\images\ubuntu.wsl"


def there(sha256=SHA):
    return Answer(True, {"exists": True, "size": len(DATA), "sha256": sha256})


def bring(wire, source, sha256=SHA):
    return wire.drive(transfer.bring(RUN, source, sha256, WINDOWS))


def test_a_file_that_is_there_already_is_not_brought_again():
    wire = Wire({"file.state": there()})
    assert bring(wire, ADDRESS, SHA.upper()) == rf"{CACHE}\{SHA}.tar.gz"
    assert wire.requests == 1


@pytest.mark.parametrize(
    ("source", "suffix"),
    [
        ("ubuntu.tar.gz", ".tar.gz"),
        ("a.b/ubuntu-24.04.tar.xz", ".tar.xz"),
        ("U.WSL", ".wsl"),
        ("disk.vhdx", ".vhdx"),
        ("wsl.2.6.1.0.x64.msi", ".msi"),
        ("rootfs", ""),
        ("https://h/x/rootfs.tar?sig=a.b", ".tar"),
        (r"\\server\images\u.tar.gz", ".tar.gz"),
    ],
)
def test_the_file_keeps_the_suffix_by_which_programs_know_it(source, suffix):
    assert transfer.cached(source, SHA, WINDOWS) == rf"{CACHE}\{SHA}{suffix}"


def test_a_file_of_the_control_machine_is_uploaded():
    wire = Wire({"upload": there()})
    assert bring(wire, "images/ubuntu.wsl") == rf"{CACHE}\{SHA}.wsl"
    assert wire.asked[-1] == rf"upload images/ubuntu.wsl {CACHE}\{SHA}.wsl {SHA}"


def test_a_refused_upload_says_what_to_do():
    wire = Wire({"file.state": ABSENT, "upload": Answer(False, {}, "disk_full", "There is not enough space on the disk.")})
    with pytest.raises(StepError, match="not enough space") as caught:
        bring(wire, "ubuntu.wsl")
    assert "free some space" in caught.value.remedy


def download(*states, **script):
    return Wire({".keep": Answer(True, {}), "file.state": [ABSENT, *states], **script})


def test_an_address_is_fetched_by_the_laptop_and_named_once_it_is_right():
    wire = download(ABSENT, there(), **{"curl.exe": ran()})
    bring(wire, ADDRESS)
    (curl,) = wire.said("curl.exe")
    assert "--continue-at -" in curl
    assert "--proto-redir =https" in curl
    assert curl.endswith(rf"--output {CACHE}\{SHA}.tar.gz.part --config -")
    assert wire.asked[-1] == rf"file.move {CACHE}\{SHA}.tar.gz.part {CACHE}\{SHA}.tar.gz"


def test_what_an_earlier_run_fetched_wholly_is_not_fetched_again():
    wire = download(there(), **{"curl.exe": ran(22)})
    bring(wire, ADDRESS)
    assert not wire.said("curl.exe")


def test_a_server_that_cannot_go_on_in_the_middle_is_asked_from_the_beginning():
    wire = download(there("00"), there(), **{"curl.exe": [ran(33), ran()]})
    bring(wire, ADDRESS)
    assert len(wire.said("curl.exe")) == 2
    assert wire.said(f"file.remove {CACHE}\\{SHA}.tar.gz.part")


def test_a_wrong_file_is_removed_and_both_hashes_are_named():
    wire = download(ABSENT, there("ab" * 32), **{"curl.exe": ran()})
    with pytest.raises(StepError) as caught:
        bring(wire, ADDRESS)
    assert "ab" * 32 in str(caught.value)
    assert SHA in str(caught.value)
    assert wire.asked[-1].startswith("file.remove")
    assert not wire.said("file.move")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [(ran(6), "name is not known"), (ran(22), "refused"), (ran(60), "certificate"), (ran(None, timed_out=True), "too long"),
     (ran(99, stderr="strange"), "strange"), (Answer(False, {}, "not_found", "no such file"), "no such file")],
)  # fmt: skip
def test_a_failed_download_tells_its_cause_and_no_secret(answer, cause):
    with pytest.raises(StepError, match=cause) as caught:
        bring(download(ABSENT, **{"curl.exe": answer}), ADDRESS)
    assert "s3cret" not in str(caught.value)
    assert caught.value.remedy


def test_a_file_of_a_share_is_copied_in_a_way_that_can_go_on():
    wire = Wire({"file.state": [ABSENT, there()], "robocopy.exe": ran(1)})
    assert bring(wire, SHARE) == rf"{CACHE}\{SHA}.wsl"
    (copied,) = wire.said("robocopy.exe")
    assert rf"\\server\images {CACHE}\{SHA}.wsl.copy ubuntu.wsl /Z" in copied
    assert wire.said(rf"file.move {CACHE}\{SHA}.wsl.copy\ubuntu.wsl {CACHE}\{SHA}.wsl")


def test_a_share_that_cannot_be_read_names_the_account_as_the_next_step():
    wire = Wire({"file.state": [ABSENT, ABSENT], "robocopy.exe": ran(16, "ERROR 5 (0x00000005) Access is denied.")})
    with pytest.raises(StepError, match="Access is denied") as caught:
        bring(wire, SHARE)
    assert "account" in caught.value.remedy
