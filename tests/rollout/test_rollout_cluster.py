"""Shards on a cluster's scheduler: TLS both ways, no secret in what the scheduler has, and what is said when somebody is gone."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from support import rollout_engine
from support.rollout_cluster import DAY, Authority, Cluster
from support.rollout_engine import MAKER, events, shard

from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.rollout.cluster import crew, engine, link, reach
from pyinfra_wsl.rollout.cluster.engine import ClusterEngine
from pyinfra_wsl.rollout.model import Begun, Ended, EngineError, LostError

THERE = str(Path(rollout_engine.__file__).parent)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Return a cluster of a scheduler and two workers."""
    made = Cluster(tmp_path_factory.mktemp("cluster")).begin()
    made.workers = [made.worker("--name", f"w{number}", PYTHONPATH=THERE) for number in range(2)]
    yield made
    made.end()


def on(where, **more):
    return ClusterEngine(scheduler=where.address, files=more.pop("files", where.files), maker=MAKER, **more)


def refused(where, **more):
    """Return in which words a cluster cannot be entered, and how long it took to know."""

    async def enter():
        async with on(where, **more):
            pass

    begun = time.monotonic()
    with pytest.raises(EngineError) as error:
        asyncio.run(enter())
    assert time.monotonic() - begun < 10
    return str(error.value)


def test_a_shard_is_carried_out_by_a_worker_and_no_secret_stays_on_the_way(two):
    """The password is looked for in the scheduler's memory, pages and logs, and in what the workers have on their disk.

    The shard's name travels beside it in clear: where that is found, it was looked for in the right place.
    """
    marked, name = (f"{word}-{os.urandom(8).hex()}" for word in ("geheim", "shard"))

    async def run():
        async with on(two) as engine:
            await until(lambda: engine.free == 4)  # slots of two workers
            told = engine.work(shard(name, 2, password=Secret(marked), text="done", seconds=0.5))
            begun = await anext(told)
            held, shown = memory(two.scheduler.process.pid), pages(two)
            return [begun, *[one async for one in told]], held, shown, memory(two.scheduler.process.pid)

    told, held, shown, after = asyncio.run(run())
    assert isinstance(told[0], Begun)
    assert re.fullmatch(r"w[01] \(\S+, process \d+\)", told[0].worker)
    assert [(one.host, one.document["text"]) for one in told[1:]] == [(f"{name}-{one}", "done") for one in range(2)]
    assert name.encode() in held
    assert marked.encode() not in held
    assert marked.encode() not in after
    assert marked not in shown
    for path in (*two.folder.glob("*.log"), *(one for one in two.folder.rglob("spill/**/*") if one.is_file())):
        assert marked not in path.read_text("utf-8", "replace"), path


def memory(process):
    """Return all that a process has in its writable memory."""
    found = bytearray()
    with Path(f"/proc/{process}/mem").open("rb", 0) as held:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            if re.match(r"\S+ rw", line) and "[v" not in line:
                begins, ends = (int(one, 16) for one in line.split()[0].split("-"))
                held.seek(begins)
                try:
                    found += held.read(ends - begins)
                except OSError:
                    continue
    return found


def pages(where):
    line = where.scheduler.said("dashboard at:")
    root = re.search(r"http://[^/]+", line)[0]
    paths = (
        "/info/main/workers.html",
        "/info/logs.html",
        "/json/counts.json",
        "/metrics",
        "/json/index.html",
        "/info/call-stacks.html",
    )
    shown = ""
    for path in paths:
        shown += requests.get(f"{root}{path}", timeout=10).text
    assert "w0" in shown
    return shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp://10.0.0.1:8786", "would carry passwords over the network unencrypted.*name it as tls://10.0.0.1:8786"),
        ("10.0.0.1:8786", "is no address of a scheduler. Next: give it as tls://HOST:8786"),
        ("tls://", "is no address"),
        ("tls://a:b", "is no address"),
        ("tls://user@host", "is no address"),
        ("tls://host:99999", "is no address"),
        ("tls://host/path", "is no address"),
        ("", "is no address"),
    ],
)
def test_only_an_address_with_tls_is_taken(text, said):
    with pytest.raises(EngineError, match=said):
        reach.address(text)


def test_an_address_without_a_port_has_the_usual_one():
    assert reach.address("tls://host") == ("host", 8786)
    assert reach.address("tls://[fe80::1]:9") == ("fe80::1", 9)


def test_a_scheduler_of_another_authority_is_not_believed(two, tmp_path):
    said = refused(two, files=Authority(tmp_path, "another").files("control"))
    assert re.search(r"the certificate of tls://\S+ is not believed: .+\. Next: give the CA", said)


def test_a_scheduler_that_does_not_believe_us_is_told(two, tmp_path):
    other = Authority(tmp_path, "another").files("control")
    said = refused(two, files=reach.Files(two.files.ca, other.certificate, other.key))
    assert re.search(r"refuses our certificate: it was not made by the CA that the scheduler believes\. Next: give another", said)


def test_a_scheduler_without_tls_is_told(tmp_path):
    async def run():
        async def answer(_reader, writer):
            writer.write(b"plain")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        shown = reach.context(Authority(tmp_path).files("control"))
        async with server:
            with pytest.raises(EngineError, match="does not speak TLS as we do"):
                await reach.knock(f"tls://127.0.0.1:{port}", shown)
        with pytest.raises(EngineError, match=r"cannot be reached: Connection refused\. Next: look whether the scheduler runs"):
            await reach.knock(f"tls://127.0.0.1:{port}", shown)

    asyncio.run(run())


def test_our_own_files_are_looked_at_before_anybody_is_called(tmp_path):
    authority = Authority(tmp_path)
    good, other, old = authority.files("one"), authority.files("two"), authority.files("old", lasts=-DAY)
    later = reach.datetime.now(reach.UTC) - timedelta(days=20)
    text = tmp_path / "text"
    text.write_text("nothing")
    cases = [
        (reach.Files(tmp_path / "none", good.certificate, good.key), r"none cannot be read: No such file.*--tls-ca$"),
        (reach.Files(text, good.certificate, good.key), r"text holds no certificate in PEM.*--tls-ca$"),
        (reach.Files(good.ca, text, good.key), r"text holds no certificate in PEM.*--tls-cert$"),
        (reach.Files(good.ca, good.certificate, other.key), r"two.key is not the key to .*one.pem"),
        (reach.Files(good.ca, good.certificate, text), r"text is not the key to"),
        (old, r"the certificate in .*old.pem expired on 20\d\d-\d\d-\d\d\. Next: have a new one made"),
    ]
    for files, said in cases:
        with pytest.raises(EngineError, match=said):
            reach.context(files)
    with pytest.raises(EngineError, match=r"begins on 20"):
        reach.context(good, now=later)
    reach.context(good)


def test_a_key_with_a_password_is_told_and_nobody_is_asked_for_it(tmp_path):
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415

    files = Authority(tmp_path).files("one")
    key = form.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret")))
    with pytest.raises(EngineError, match="is protected by a password"):
        reach.context(files)


def test_a_worker_that_is_killed_is_lost_at_once_and_the_others_go_on(two):
    extra = two.worker("--name", "extra", PYTHONPATH=THERE)

    async def run():
        async with on(two) as engine:
            await until(lambda: engine.free == 6)
            at_work = [asyncio.create_task(events(engine, shard(f"k{number}", 2, seconds=1))) for number in range(3)]
            await asyncio.sleep(0.5)
            extra.kill()
            killed = time.monotonic()
            done, _ = await asyncio.wait(at_work, return_when=asyncio.FIRST_COMPLETED)
            assert time.monotonic() - killed < link.POLL + link.PATIENCE
            (lost,) = next(iter(done)).result()[-1:]
            assert isinstance(lost, LostError)
            assert re.fullmatch(r"extra \(\S+, process \d+\) is (gone: .+|no longer among the workers of .+)", str(lost))
            ended = [one.result() for one in (await asyncio.wait(at_work))[0]]
            assert sorted(sum(isinstance(event, Ended) for event in told) for told in ended) == [0, 2, 2]
            await until(lambda: engine.free == 4)

    asyncio.run(run())


def test_a_worker_that_says_nothing_any_more_is_lost_and_the_others_go_on(two, monkeypatch):
    """As one that hangs, or whose network is gone without a word; it is not waited for either when it is greeted again."""
    for module in (engine, link):
        monkeypatch.setattr(module, "POLL", 0.5)
    monkeypatch.setattr(link, "PATIENCE", 4.0)
    frozen = two.worker("--name", "frozen", PYTHONPATH=THERE)

    async def run():
        async with on(two) as engine:
            await until(lambda: engine.free == 6)
            at_work = [asyncio.create_task(events(engine, shard(f"f{number}", 1, seconds=2.5))) for number in range(3)]
            await asyncio.sleep(0.5)
            frozen.process.send_signal(signal.SIGSTOP)
            told = [await one for one in at_work]
            (lost,) = [each[-1] for each in told if isinstance(each[-1], LostError)]
            assert str(lost).startswith("frozen (")
            assert str(lost).endswith("is gone: nothing was heard for 4 s")
            assert sum(isinstance(each[-1], Ended) for each in told) == 2
            assert isinstance((await events(engine, shard("g")))[-1], Ended)

    try:
        asyncio.run(run())
    finally:
        frozen.kill()


def test_the_way_to_workers_needs_neither_greenlets_nor_pyinfra():
    """In a process that has an event loop of its own, gevent would be a second one.

    Nor does it need what makes results: each worker would load it.
    """
    code = "import sys; import pyinfra_wsl.rollout.cluster.engine, pyinfra_wsl.rollout.local, distributed; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pyinfra_wsl.rollout.cluster.worker" in loaded
    assert not {"gevent", "pyinfra", "paramiko", "pyinfra_wsl.report.results", "pyinfra_wsl.core.resource"} & set(loaded)


async def until(true, seconds=30):
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


def test_a_worker_without_what_we_have_is_told(two, monkeypatch):
    """Each names what is missing there, and all of them together are why nobody can work."""
    monkeypatch.setattr(link.Link, "call", alter(link.Link.call, pyinfra="3.9.1"))
    said = refused(two)
    assert re.search(
        r"the worker w0 \(.+\) cannot be used: it has pyinfra 3\.9\.1 there, \S+ here\. Next, where it runs: pip install", said
    )
    assert "the worker w1" in said


def alter(call, **versions):
    async def altered(*arguments):
        found = await call(*arguments)
        return {**found, "installed": {**found["installed"], **versions}}

    return altered


def test_a_worker_that_cannot_load_our_module_is_told(two, monkeypatch):
    monkeypatch.setattr(crew.worker, "greet", Gone())
    assert "pyinfra-wsl is missing there, or of another version. Next: install there what is here" in refused(two)


class Gone:
    """Whoever loads this looks for a module that is nowhere."""

    def __reduce__(self):
        return __import__, ("module_that_is_nowhere",)


def test_a_scheduler_that_is_killed_ends_all_with_its_address(tmp_path, monkeypatch):
    """Without a worker, and with one, whose shard is at work."""
    monkeypatch.setattr(link, "_AWAY", 1.0)
    monkeypatch.setattr(crew, "_FIRST", 0.5)
    own, journal = Cluster(tmp_path).begin(), tmp_path / "journal"
    try:
        assert re.search(rf"no worker is at {own.address}\. Next: start some there: dask worker", refused(own))
        own.worker(PYTHONPATH=THERE)

        async def run():
            async with on(own) as engine:
                told = engine.work(shard("g", 2, seconds=1.5, journal=str(journal)))
                assert isinstance(await anext(told), Begun)
                await until(journal.exists)
                own.scheduler.kill()
                with pytest.raises(
                    EngineError, match=rf"the scheduler is gone: {own.address} cannot be reached: .+ Next: look whe"
                ):
                    await anext(told)
                assert engine.free == 1  # so that control asks, and hears why
                (why,) = await events(engine, shard("h"))
                assert str(why).startswith("the scheduler is gone")

        begun = time.monotonic()
        asyncio.run(run())
        assert time.monotonic() - begun < 12
    finally:
        own.end()


def test_workers_that_have_laptops_count_as_busy_with_their_scheduler(two):
    """One that ends where it is idle, or lets workers go that have no task, would end them at their work."""

    async def run():
        async with on(two) as engine:
            client = engine._link._client
            at_work = asyncio.create_task(events(engine, shard("b", 1, seconds=4)))
            busy = set()
            while not at_work.done():
                busy |= {address for address, tasks in (await client.processing()).items() if tasks}
                await asyncio.sleep(0.1)
            assert len(busy) == 1
            async with asyncio.timeout(10):
                while any((await client.processing()).values()):
                    await asyncio.sleep(0.1)

    asyncio.run(run())


def test_without_certificates_no_scheduler_is_called():
    async def enter():
        async with ClusterEngine(scheduler="tls://127.0.0.1:1"):
            pass

    with pytest.raises(EngineError, match="Next: give --tls-ca, --tls-cert and --tls-key"):
        asyncio.run(enter())


def test_a_worker_that_knows_nothing_of_a_shard_lost_it(two):
    """As one does that began anew at the same address, or that control has not asked for long."""

    async def run():
        async with on(two) as engine:
            await until(lambda: engine.free == 4)
            for one in engine._crew.hands:
                one.desk = "another"
            first, second = [(await events(engine, shard(f"u{number}")))[-1] for number in range(2)]
            await until(lambda: engine.free == 4)  # greeted again
            return first, second, await events(engine, shard("u3"))

    *lost, told = asyncio.run(run())
    assert all(str(one).endswith("it began anew meanwhile, and knows nothing of the shard") for one in lost)
    assert [type(one) for one in told] == [Begun, Ended]
    assert engine.POLL < link.POLL + link.PATIENCE < 60
