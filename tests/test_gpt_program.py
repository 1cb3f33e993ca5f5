"""Chapter 21 as a program: training, writing, files that survive, bad input."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import ROOT, reference

from common import console

gpt = chapter("gpt")
SMALL = [
    "--layers",
    "1",
    "--heads",
    "2",
    "--dim",
    "16",
    "--context",
    "16",
    "--batch",
    "4",
]
LINES = "".join(
    f"Line {n} of a song that goes on, and on, and on.\n" for n in range(300)
)


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: exit code and stdout."""
    monkeypatch.chdir(tmp_path)
    Path("song.txt").write_text(LINES, encoding="utf-8")

    def call(*words: str) -> tuple[int, str]:
        return gpt.main(list(words)), capsys.readouterr().out

    return call


@pytest.fixture
def bad(capsys, tmp_path, monkeypatch):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    monkeypatch.chdir(tmp_path)
    Path("song.txt").write_text(LINES, encoding="utf-8")

    def call(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            console.run(lambda: gpt.main(list(words)))
        out, err = capsys.readouterr()
        assert end.value.code == 2, out + err
        assert len(err.splitlines()) == 1, err
        return err

    return call


def start(folder: Path, *words: str) -> subprocess.Popen:
    """The program in a process of its own, in a folder."""
    (folder / "song.txt").write_text(LINES, encoding="utf-8")
    command = [sys.executable, str(reference("gpt")), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen(command, cwd=folder, env=environment, encoding="utf-8",
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


# --------------------------------------------------------------------------
# Training and writing


def test_training_says_what_it_does_and_keeps_a_model(run, tmp_path):
    code, out = run("train", "song.txt", *SMALL, "--steps", "20", "--eval-every", "10")
    assert code == 0 and out.startswith(
        "=== MiniGPT from scratch ===\n\nTokenizer: char"
    )
    assert "Model: 1 layers, 2 heads, 16 dim, context 16\nParameters: 0.0M (" in out
    assert "A step takes " in out and re.search("20 steps, about [0-9] seconds\n", out)
    assert "1-gram" in out and "5-gram" in out
    line = (r"step 10  epoch 0\.05  train loss \d\.\d+  val loss \d\.\d+  "
            r"perplexity \d+\.\d  bits/char \d\.\d+\n    \| ")  # fmt: skip
    assert re.search(line, out)
    assert re.search(r"step 20 .* val loss \d", out)
    assert out.endswith(
        f"Saved {Path('gpt_model/model.npz')}, with the weights of step 20\n"
    )
    assert {f.name for f in tmp_path.iterdir()} == {"song.txt", "gpt_model"}


def test_generate_works_straight_after_and_begins_with_the_prompt(run):
    run("train", "song.txt", *SMALL, "--steps", "4")
    code, out = run("generate", "--prompt", "Line 7", "--length", "30")
    assert code == 0 and out.startswith("Line 7") and len(out) == 6 + 30 + 1
    assert run("generate", "--prompt", "Line 7", "--length", "30")[1] == out
    other = run("generate", "--prompt", "Line 7", "--length", "30", "--seed", "1")[1]
    assert other != out


def test_sample_writes_several(run):
    run("train", "song.txt", *SMALL, "--steps", "4")
    out = run("sample", "--prompt", "Line", "--length", "9", "--temperature", "1",
              "--top-k", "9", "--top-p", "0.9")[1]  # fmt: skip
    parts = out.split(f"\n\n{'-' * 40}\n")
    assert len(parts) == 3 and all(part.startswith("Line") for part in parts)
    assert len(set(parts)) > 1


@pytest.mark.slow
def test_pieces_of_words_are_learnt_and_written(run):
    out = run("train", "song.txt", *SMALL, "--steps", "300", "--tokenizer", "bpe",
              "--vocab", "300", "--lr", "0.01")[1]  # fmt: skip
    assert "Tokenizer: BPE, 300 different" in out
    text = run("generate", "--prompt", "Line", "--length", "40")[1]
    assert "song that goes on" in text


@pytest.mark.slow
def test_a_song_is_learnt_by_heart_and_evaluate_says_so(run):
    run("train", "song.txt", *SMALL, "--steps", "400", "--lr", "0.01")
    out = run("evaluate")[1]
    assert "It beats" in out and "val loss 0." in out
    assert int(re.search(r"it wrote: (\d+) letters", out)[1]) > 40
    assert "the author: " in out


def test_epochs_and_minutes_say_how_long(run):
    out = run("train", "song.txt", *SMALL, "--epochs", "0.1")[1]
    steps = int(re.search(r"([\d,]+) steps, about", out)[1].replace(",", ""))
    assert steps == -(-0.1 * int(0.9 * len(LINES)) // 64)
    out = run("train", "song.txt", *SMALL, "--minutes", "0.005")[1]
    assert re.search(r"[\d,]+ steps, about \d+ seconds\n", out)


def test_it_stops_early_when_nothing_gets_better(run):
    out = run("train", "song.txt", *SMALL, "--steps", "60", "--lr", "5", "--eval-every",
              "2", "--patience", "3")[1]  # fmt: skip
    assert "No better for 3 times: it stops early" in out and "step 60 " not in out


def test_dropout_and_biases_are_kept_with_the_model(run):
    run("train", "song.txt", *SMALL, "--steps", "4", "--dropout", "0.2", "--bias")
    settings = gpt.load_model("gpt_model").model.settings
    assert settings["dropout"] == 0.2 and settings["bias"]


def test_training_draws_its_losses_on_demand(run, tmp_path):
    run("train", "song.txt", *SMALL, "--steps", "6", "--save", "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 5000


def test_explain_says_what_moved_the_next_token(run, tmp_path):
    run("train", "song.txt", *SMALL, "--steps", "4")
    code, out = run("explain", "--prompt", "Line 1\nof", "--save", "looks.png")
    assert code == 0 and "After 'Line 1\\nof' may come:" in out
    assert "By how much ln P(" in out and "␣" in out and "⏎" in out
    assert (tmp_path / "looks.png").stat().st_size > 5000


def test_it_says_which_model_it_explains(run):
    """The last that was trained here, or the book's; or the one that is named."""
    words = "explain", "--no-show", "--prompt", "on, on"
    assert run(*words)[1].startswith("Model: the one of this book\n")
    run("train", "song.txt", *SMALL, "--steps", "2")
    assert run(*words)[1].startswith("Model: gpt_model\n")
    assert "of this book" in run(*words, "--checkpoint", str(gpt.SHIPPED))[1]


def test_names_are_drawn_as_far_as_there_is_room():
    import matplotlib.pyplot as plt

    for T, all_of_them in ((7, True), (90, False)):
        P = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
        P = np.broadcast_to(P, (5, 8, T, T))
        fig = gpt.draw_looks(plt, P, [f"t{i}" for i in range(T)])
        for size in ((8, 6), (19, 11)):
            fig.set_size_inches(*size)
            fig.canvas.callbacks.process("resize_event", None)
            fig.canvas.draw()
            ticks = fig.axes[0].get_yticklabels()
            boxes = [tick.get_window_extent() for tick in ticks]
            gaps = [a.y0 - b.y1 for a, b in zip(boxes, boxes[1:])]
            assert (len(ticks) == T) == all_of_them and min(gaps) > -1
        plt.close(fig)


def test_the_model_of_the_book_writes_at_once(run):
    code, out = run("generate", "--prompt", "To be, or not to be", "--length", "60")
    assert code == 0 and out.startswith("To be, or not to be") and len(out) > 80
    assert (reference("gpt").parent / "shakespeare" / "model.npz").stat().st_size < 1e7


# --------------------------------------------------------------------------
# Nothing is lost


def test_stopped_and_resumed_is_the_same_as_never_stopped(run):
    how = ["train", "song.txt", *SMALL, "--eval-every", "7", "--seed", "3"]
    run(*how, "--steps", "20", "--dropout", "0.1", "--out", "whole")
    run(*how, "--steps", "20", "--dropout", "0.1", "--out", "parts")
    kept = gpt.load_model("parts")  # as if it had been stopped after 14 steps
    assert kept.facts["step"] == 20
    run(
        *how,
        "--steps",
        "20",
        "--dropout",
        "0.1",
        "--out",
        "parts",
        "--patience",
        "1000",
    )

    class Enough(Exception):
        pass

    learn = gpt.Trainer.learn

    def stops(self, pool, ids):
        if self.step == 16 and self.steps == 20:
            raise Enough
        return learn(self, pool, ids)

    gpt.Trainer.learn = stops
    try:
        with pytest.raises(Enough):
            run(*how, "--steps", "20", "--dropout", "0.1", "--out", "parts")
    finally:
        gpt.Trainer.learn = learn
    assert gpt.load_model("parts").facts["step"] == 14
    assert "Goes on from step 14 of 20" in run("train", "--resume", "--out", "parts")[1]
    one, two = gpt.load_model("whole"), gpt.load_model("parts")
    for name in ("now", "m", "v"):
        assert np.array_equal(one.state[name], two.state[name]), name
    assert np.array_equal(one.model.flat, two.model.flat)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    child = start(tmp_path, "train", "song.txt", *SMALL, "--steps", "1000000")
    try:
        while "5-gram" not in child.stdout.readline():
            pass
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 130 and "Traceback" not in err
    step = int(re.search(r"at step (\d+); with --resume it goes on", out)[1])
    assert gpt.load_model(tmp_path / "gpt_model").facts["step"] == step > 0


def kill_somewhere(folder: Path, seconds: float) -> None:
    """Start a training that saves after every step, and kill it."""
    how = ["--steps", "1000000", "--eval-every", "1", "--patience", "1000000"]
    child = start(folder, "train", "song.txt", *SMALL, *how)
    try:
        while "step 3 " not in child.stdout.readline():
            pass
        time.sleep(seconds)
    finally:
        child.kill()
        child.communicate()


def test_a_kill_leaves_the_last_model_whole(tmp_path):
    kill_somewhere(tmp_path, 0.05)
    assert gpt.load_model(tmp_path / "gpt_model").facts["step"] >= 1


@pytest.mark.slow
def test_many_kills_leave_it_whole_each_time(tmp_path):
    for i in range(12):
        kill_somewhere(tmp_path, i / 60)
        assert gpt.load_model(tmp_path / "gpt_model").facts["step"] >= 1


def test_a_full_disk_is_said_and_leaves_the_old_model(run, bad, monkeypatch):
    run("train", "song.txt", *SMALL, "--steps", "4")
    before = Path("gpt_model/model.npz").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "gpt_model/model.npz")

    monkeypatch.setattr(np, "savez", full)
    assert "no space left" in bad("train", "song.txt", *SMALL, "--steps", "4")
    assert Path("gpt_model/model.npz").read_bytes() == before
    assert [f.name for f in Path("gpt_model").iterdir()] == ["model.npz"]


# --------------------------------------------------------------------------
# Bad input


@pytest.mark.parametrize("text, sentence", [
    (b"", "the text is empty"),
    (b"  \n ", "the text is empty"),
    (b"\x00\x01\x02", "this is a binary file"),
    (b"abc \xff\xfe def", "no UTF-8 text, from byte 4"),
    (b"ab", "the text has 2 tokens"),
])  # fmt: skip
def test_texts_that_will_not_do_are_refused(bad, text, sentence):
    Path("odd.txt").write_bytes(text)
    assert sentence in bad("train", "odd.txt", *SMALL)
    assert not Path("gpt_model").exists()


@pytest.mark.parametrize("words, sentence", [
    (["train", "nowhere.txt"], "nowhere.txt: no such file"),
    (["train", "song.txt", "--heads", "5", "--dim", "64"], "5 heads do not divide dim"),
    (["train", "song.txt", "--layers", "0"], "--layers"),
    (["train", "song.txt", "--lr", "-1"], "--lr"),
    (["train", "song.txt", "--dropout", "1"], "--dropout"),
    (["train", "song.txt", "--vocab", "100"], "--vocab"),
    (["train", "song.txt", "--context", "50000"], "the text has"),
    (["train", "--resume"], "gpt_model"),
    (["generate", "--checkpoint", "nowhere"], "nowhere: no such folder"),
    (["generate", "--prompt", ""], "the prompt is empty"),
    (["generate", "--temperature", "-1"], "--temperature"),
    (["generate", "--top-p", "0"], "--top-p"),
    (["fly"], "fly"),
    ([], "COMMAND"),
])  # fmt: skip
def test_what_cannot_be_is_said_in_one_line(bad, words, sentence):
    assert sentence in bad(*words)


def test_letters_it_has_never_seen_are_named(run, bad):
    run("train", "song.txt", *SMALL, "--steps", "2")
    assert "never seen the letter '\\xe9'" in bad("generate", "--prompt", "né")


def test_a_damaged_or_foreign_model_is_refused(run, bad):
    run("train", "song.txt", *SMALL, "--steps", "2")
    file = Path("gpt_model/model.npz")
    whole = file.read_bytes()
    file.write_bytes(whole[:1000])
    assert "damaged" in bad("generate")
    np.savez(file, weights=np.ones(3))
    assert "no model of this chapter" in bad("generate")
    file.write_bytes(whole.replace(b'"dim": 16', b'"dim": 32'))
    assert "damaged" in bad("generate")


def test_a_model_kept_small_cannot_go_on(run, bad):
    run("train", "song.txt", *SMALL, "--steps", "2", "--compact")
    assert "without what training needs" in bad("train", "--resume")
    assert run("generate", "--length", "5")[0] == 0


def test_a_loss_that_is_no_number_ends_it(bad):
    words = ["train", "song.txt", *SMALL, "--steps", "400", "--lr", "1000"]
    assert "try a smaller --lr" in bad(*words)


def test_it_runs_from_another_folder_and_without_a_screen(tmp_path):
    child = start(tmp_path, "explain", "--prompt", "To be")
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0 and "may come" in out, err
    assert (tmp_path / "gpt.png").exists()


def test_a_part_that_is_not_built_yet_is_no_damage(monkeypatch):
    def unbuilt(*_, **__):
        raise NotImplementedError("milestone 2: GPT")

    monkeypatch.setattr(gpt.GPT, "__init__", unbuilt)
    with pytest.raises(NotImplementedError, match="milestone 2"):
        gpt.load_model(gpt.SHIPPED)
