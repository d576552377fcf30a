"""sftp and scp to a laptop: its files, with the rights of who has signed in, and never this machine's."""

import asyncio
import inspect
import shutil

import asyncssh
import pytest
from ssh import HOST_KEY, KEY, connect, serve

from pyinfra_wsl.lab.range.sftp import Sftp

HOME = r"C:\Users\fleet-admin"
DATA = bytes(range(256)) * 400


def test_a_file_goes_there_and_back(tmp_path):
    (tmp_path / "a.bin").write_bytes(DATA)

    async def story(laptop):
        async with connect(laptop) as connection, connection.start_sftp_client() as sftp:
            assert await sftp.realpath(".") == "/C:/Users/fleet-admin"
            await sftp.put(tmp_path / "a.bin", "a.bin")
            await sftp.mkdir("/C:/temp one")
            await sftp.put(tmp_path / "a.bin", "C:/temp one/b.bin")
            await sftp.get("a.bin", tmp_path / "back.bin")
            assert await sftp.listdir("/C:/temp one") == ["b.bin"]
            assert (await sftp.stat("a.bin")).size == len(DATA)
            await sftp.rename("a.bin", "c.bin")
            await sftp.posix_rename("c.bin", "/C:/temp one/b.bin")
            assert not await sftp.exists("a.bin")
            await sftp.remove("/C:/temp one/b.bin")
            await sftp.rmdir("/C:/temp one")

    files = serve(story).machine.files
    assert (tmp_path / "back.bin").read_bytes() == DATA
    assert not files.exists(r"C:\temp one")


def test_a_part_of_a_file_is_written_over_and_added():
    async def story(laptop):
        laptop.machine.files.write(rf"{HOME}\a", b"0123456789")
        async with connect(laptop) as connection, connection.start_sftp_client() as sftp:
            async with sftp.open("a", "rb+") as file:
                await file.write(b"xy", 3)
            async with sftp.open("a", "ab") as file:
                await file.write(b"!")
            async with sftp.open("a", "rb") as file:
                assert await file.read() == b"012xy56789!"

    serve(story)


@pytest.mark.parametrize(
    ("do", "error"),
    [
        (lambda sftp: sftp.stat("/C:/nothing"), asyncssh.SFTPNoSuchFile),
        (lambda sftp: sftp.get("/etc/passwd", "/dev/null"), asyncssh.SFTPNoSuchFile),
        (lambda sftp: sftp.listdir("/Z:/"), asyncssh.SFTPNoSuchFile),
        (lambda sftp: sftp.mkdir("/C:/Windows"), asyncssh.SFTPFailure),
        (lambda sftp: sftp.rmdir("/C:/Users"), asyncssh.SFTPFailure),
        (lambda sftp: sftp.remove("/C:/Users"), asyncssh.SFTPPermissionDenied),
        (lambda sftp: sftp.stat("/C:/a|b"), asyncssh.SFTPFailure),
        (lambda sftp: sftp.statvfs("/C:/Windows"), asyncssh.SFTPOpUnsupported),
        (lambda sftp: sftp.symlink("/C:/Windows", "/C:/w"), asyncssh.SFTPOpUnsupported),
        (lambda sftp: sftp.readlink("/C:/Windows"), asyncssh.SFTPOpUnsupported),
    ],
)
def test_what_cannot_be_is_told(do, error):
    async def story(laptop):
        async with connect(laptop) as connection, connection.start_sftp_client() as sftp:
            with pytest.raises(error):
                await do(sftp)

    assert bool(serve(story).machine.complaints) is (error is asyncssh.SFTPOpUnsupported)


def test_a_full_disk_is_told(tmp_path):
    (tmp_path / "a.bin").write_bytes(DATA)

    async def story(laptop):
        laptop.machine.files.free_bytes = 1000
        async with connect(laptop) as connection, connection.start_sftp_client() as sftp:
            with pytest.raises(asyncssh.SFTPFailure):
                await sftp.put(tmp_path / "a.bin", "a.bin")

    serve(story)


def test_nothing_of_the_base_class_is_left_which_would_serve_this_machines_files():
    helpers = {"convert_attrs", "format_user", "format_group", "format_longname", "map_path", "reverse_map_path"}
    public = {name for name, one in vars(asyncssh.SFTPServer).items() if inspect.isfunction(one) and not name.startswith("_")}
    assert public - helpers <= vars(Sftp).keys()


@pytest.mark.skipif(not shutil.which("scp"), reason="needs OpenSSH's scp")
@pytest.mark.parametrize("old", [(), ("-O",)], ids=["sftp", "scp's own protocol"])
def test_openssh_copies_both_ways(tmp_path, old):
    KEY.write_private_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "a.bin").write_bytes(DATA)

    async def story(laptop):
        known = f"[127.0.0.1]:{laptop.port} {HOST_KEY.export_public_key().decode()}"
        (tmp_path / "known").write_text(known)
        options = ["-F", "none", "-i", tmp_path / "key", "-P", str(laptop.port), *old]
        options += ["-o", f"UserKnownHostsFile={tmp_path / 'known'}"]
        there = "fleet-admin@127.0.0.1:b.bin"
        for source, target in ((tmp_path / "a.bin", there), (there, tmp_path / "c.bin")):
            done = await asyncio.create_subprocess_exec("scp", *options, source, target, stderr=asyncio.subprocess.PIPE)
            _, said = await done.communicate()
            assert done.returncode == 0, said

    serve(story)
    assert (tmp_path / "c.bin").read_bytes() == DATA
