"""Chapter 10 as a program: prompt, files, folders, attack, pictures, bad input."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from PIL import Image

from common import console

spam = chapter("spam_filter")

BUY, TALK = (
    "buy cheap pills free offer cash".split(),
    "lunch code meeting patch team".split(),
)


def small_mails(n: int = 240) -> tuple[list[list[str]], np.ndarray]:
    """Mails of a few words: spam mostly of the first list, ham of the second."""
    rng = np.random.default_rng(2)
    y = (np.arange(n) % 3 == 0).astype(int)
    documents = []
    for i, label in enumerate(y):
        own, other = (BUY, TALK) if label else (TALK, BUY)
        words = [
            *rng.choice(own, 4),
            *rng.choice(other, rng.integers(0, 2)),
            "mail" + "".join(chr(97 + int(digit)) for digit in f"{i:03}"),
        ]
        documents.append(list(dict.fromkeys(map(str, words))))
    return documents, y


def mail(text: str, subject: str = "hello") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(text)
    return message


@pytest.fixture
def small(monkeypatch):
    """The chapter learns from a few mails made up here: in no time."""
    assert spam.load_sets  # the chapter is loaded when first used
    monkeypatch.setattr(spam._module, "load_sets", small_mails)


@pytest.fixture
def run(small, capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: exit code and stdout."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str]:
        return spam.main(list(words)), capsys.readouterr().out

    return call


@pytest.fixture
def bad(small, complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(spam.main, *words)


@pytest.fixture
def state():
    documents, y = small_mails()
    model, worth = spam.learn(documents, y)
    return spam.State(model, worth, 10.0, 0.3)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# The transcript


def test_the_transcript_has_its_lines(run):
    code, out = run("-c", "Buy cheap pills! FREE cash offer", "--no-show")
    assert code == 0
    first, _, second, third, *_ = out.split("\n")
    assert re.fullmatch(
        r"Training on 1\d\d word sets \(\d+ spam, \d+ ham\)\.{3}", first
    )
    assert second == "Learned probabilities:"
    assert re.fullmatch(r"  P\(spam\) = 0\.\d\d", third)
    for name in ('P("free" | spam)', 'P("free" | ham)', 'P("meeting" | spam)'):
        line = rf"^  {re.escape(name)} = 0\.\d\d +model: 0\.\d{{5}}$"
        assert re.search(line, out, re.M)
    assert re.search(r"^Testing on 4\d new word sets\.\.\.$", out, re.M)
    for name in ("Accuracy", "Precision", "Recall"):
        assert re.search(rf"^{name}: \d+\.\d%$", out, re.M)
    assert "Try it yourself" in out
    assert re.search(r"^Classification: SPAM \(confidence: \d\d\.\d%\)$", out, re.M)


def test_the_probabilities_printed_are_shares_of_the_mails(run):
    _, out = run("-c", "hello", "--no-show")
    documents, y = spam.load(spam.build_parser().parse_args([]))
    train, _ = spam.split_without_leaks(documents, 0.2, np.random.default_rng(0))
    want = np.mean(["free" in documents[i] for i in train if y[i]])
    assert f'P("free" | spam) = {want:.2f} ' in out


def test_the_help_names_every_part_with_examples(capsys):
    with pytest.raises(SystemExit) as end:
        spam.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("spam_filter.py") >= 3
    words = "--classify --train-folder --raw --attack --splits --cost --look -c --seed"
    assert all(word in out for word in [*words.split(), "--save", "--no-show"])


def test_the_same_seed_prints_the_same(run):
    runs = [run("-c", "buy", "--no-show", "--seed", seed)[1] for seed in "445"]
    assert runs[0] == runs[1] != runs[2]


def test_several_splits_are_printed_with_their_deviation(run):
    out = run("--splits", "3")[1]
    assert out.startswith("3 splits, mean ± standard deviation\n")
    assert len(re.findall(r"^\w+: \d+\.\d% ± \d+\.\d$", out, re.M)) == 3


def test_a_dearer_mistake_moves_the_limits(run):
    cheap, dear = (run("-c", "buy", "--no-show", "--cost", c)[1] for c in ("1", "100"))
    assert "P above 50.0%:" in cheap and "P above 99.0%:" in dear
    assert "UNSURE from 30.0% to 70.0%" in cheap or "UNSURE" not in cheap
    assert "UNSURE from 30.0% to 99.7%" in dear


# --------------------------------------------------------------------------
# The prompt


def say(state, *lines: str) -> list[str]:
    answers = []
    for line in lines:
        state, text = spam.run_command(state, line)
        answers.append(text)
    return answers


def test_the_ledger_adds_up_as_it_is_printed(state):
    _, why = say(state, "Buy cheap pills at the meeting, lunch is free", "why")
    terms = [float(v) for v in re.findall(r"^  ([+-]\d+\.\d\d)  ", why, re.M)]
    total, honest = map(float, re.findall(r"^= ([+-]\d+\.\d\d)  ", why, re.M))
    assert abs(sum(terms) - total) < 0.001
    share = float(re.search(r"x (\d\.\d\d),", why)[1])
    assert abs(total * share - honest) < 0.006 * abs(total) + 0.006


def test_a_long_mail_has_its_weaker_words_in_one_line(state):
    words = " ".join(BUY + TALK)
    assert len(say(state, words, "why")[1].splitlines()) <= 14
    rows = spam.ledger(state._replace(words=tuple(BUY + TALK)), 3)
    z = spam.score(BUY + TALK, state.model.prior_, state.model.weights_)
    assert rows[-1][0] == "8 weaker words" and abs(sum(v for _, v in rows) - z) < 1e-9


def test_a_mail_of_unknown_words_is_unsure(state):
    assert say(state, "zyzzyva qwertz") == ["I know none of these words: unsure"]
    assert say(state, "10 %, 20 %!") == ["I know none of these words: unsure"]


def test_between_the_limits_it_is_unsure(state):
    state = state._replace(look=0.01)
    want = r"Classification: UNSURE \(P\(spam\) = \d+\.\d%: look yourself\)"
    assert re.fullmatch(want, say(state, "buy code")[0])


def test_commands_are_a_word_alone_and_all_else_is_mail(state):
    lines = (
        "why not buy cheap pills",
        "WHY",
        "help me, attack of pills",
        "help",
        "attack",
    )
    answers = say(state, *lines)
    kinds = [text.partition(" ")[0] for text in answers]
    assert kinds[0] == kinds[2] == "Classification:"
    assert "log-odds of spam" in answers[1] and "paste" in answers[3]
    assert "more it is rather ham:" in answers[4]


def test_ham_needs_no_good_words(state):
    assert say(state, "code meeting lunch", "attack")[1].startswith("No good word is")


def test_a_mail_of_several_lines_is_pasted(state):
    one = say(state, "buy cheap pills free cash")[0]
    many = say(state, "paste", "buy cheap", "why", "pills free", "cash", ".")
    assert many[1:5] == [""] * 4 and many[5].startswith("Classification: SPAM")
    assert one.startswith("Classification: SPAM")


def test_there_is_no_why_before_a_mail(state):
    for verb in ("why", "attack"):
        with pytest.raises(ValueError, match="type a mail first"):
            spam.run_command(state, verb)


def test_no_confidence_is_a_hundred_percent():
    assert spam.chance(1.0) == "99.9%" and spam.chance(1e-9) == "0.1%"
    assert spam.percent(float("nan")) == "none"


def test_a_failing_command_is_told_and_the_rest_is_run(
    small, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert spam.main(["-c", "why; buy cheap pills, free cash offer", "--no-show"]) == 2
    out, err = capsys.readouterr()
    assert err == "type a mail first, then 'why'\n" and "Classification: SPAM" in out


# --------------------------------------------------------------------------
# Mails in files


def words_in(folder: Path, raw: bytes) -> list[str]:
    path = folder / "mail.eml"
    path.write_bytes(raw)
    return spam.read_mail(path)


def test_a_mail_is_its_subject_and_its_text(tmp_path):
    message = mail("Buy the pills today,\nsays joe@home.org", "Große Freude, win!")
    assert words_in(tmp_path, bytes(message)) == [
        "gro", "freude", "win!", "buy", "the", "pills", "today", "says"]  # fmt: skip


PAGE = ("<html><head><style>p {color: red}</style><script>alert('evil')</script>"
        "</head><body bgcolor=red>vis<b>ible</b> &amp; here<!-- hidden <b> --> end"
        "</body></html>")  # fmt: skip


def test_pages_lose_their_tags_scripts_and_comments(tmp_path):
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content(PAGE, subtype="html")
    got = words_in(tmp_path, bytes(message))
    assert got == ["hello", "vis", "ible", "here", "end"]


def test_a_page_that_says_the_text_again_is_left_out(tmp_path):
    message = mail("plain words")
    message.add_alternative(PAGE, subtype="html")
    assert words_in(tmp_path, bytes(message)) == ["hello", "plain", "words"]


def test_the_mail_that_comes_with_the_book_is_judged(run):
    code, out = run("--classify", "mail.eml", "--no-show")
    assert code == 0 and "Classification: " in out and "log-odds of spam" in out


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "8bit"])
def test_encodings_and_character_sets_are_undone(tmp_path, coding):
    message = EmailMessage()
    message.set_content(
        "the café is öffentlich, cheap!", charset="iso-8859-1", cte=coding
    )
    assert words_in(tmp_path, bytes(message)) == ["the", "caf", "ffentlich", "cheap!"]


@pytest.mark.parametrize(
    "name", ["no-such-charset", "idna", "rot13", "undefined", "hex"]
)
def test_an_unknown_character_set_is_read_all_the_same(tmp_path, name):
    raw = f"Content-Type: text/plain; charset={name}\n\nbuy the pills".encode()
    assert words_in(tmp_path, raw) == ["buy", "the", "pills"]


def test_attachments_are_left_out(tmp_path):
    message = mail("the text")
    message.add_attachment("secret words", filename="note.txt")
    message.add_attachment(b"\x89PNG" * 99, maintype="image", subtype="png")
    assert words_in(tmp_path, bytes(message)) == ["hello", "the", "text"]


def test_a_text_without_a_header_is_a_mail_too(tmp_path):
    assert words_in(tmp_path, b"Dear friend,\nbuy pills") == [
        "dear",
        "friend",
        "buy",
        "pills",
    ]


def test_a_mail_of_50_megabytes_is_read_in_time(tmp_path):
    began = time.monotonic()
    raw = b"Subject: buy pills\n\n" + b"word after word\n" * (50_000_000 // 16)
    words = words_in(tmp_path, raw)
    assert words[:2] == ["buy", "pills"]
    assert len(words) < 500_000  # of 9 million: the rest was not even read
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("raw", [
    b"Content-Type: text/html\n\n" + part * 100_000
    for part in (b"<!--", b"<a ", b"<script>", b"<![x", b'<a b="', b"</", b"&#")
] + [
    b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nhello",
    b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\n\nhello",
    b"a" * 2_000_000, b"x@ " * 600_000,
], ids=range(11))  # fmt: skip
def test_no_mail_makes_it_hang(tmp_path, raw):
    began = time.monotonic()
    words_in(tmp_path, raw)
    assert time.monotonic() - began < 10


def test_classify_says_what_and_why(run, tmp_path):
    (tmp_path / "mail.eml").write_bytes(bytes(mail("cheap pills, free cash", "Buy")))
    code, out = run("--classify", "mail.eml", "--no-show")
    assert code == 0
    assert re.search(r"^Classification: SPAM \(confidence: \d\d\.\d%\)$", out, re.M)
    assert "  before a word is read" in out and "log-odds of spam" in out
    assert files(tmp_path) == {"mail.eml"}


# --------------------------------------------------------------------------
# Folders of mails


def folder_of_mails(folder: Path, n: int = 90) -> Path:
    for i, (words, label) in enumerate(zip(*small_mails(n))):
        place = folder / ("spam" if label else "ham")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i}.eml").write_bytes(bytes(mail(" ".join(words), "")))
    return folder


def test_it_learns_from_a_folder(run, tmp_path):
    folder = folder_of_mails(tmp_path / "mine")
    (folder / "spam" / "empty.eml").write_bytes(b"")
    (folder / "ham" / "photo.png").write_bytes(b"\0\1\2")
    (folder / "ham" / ".hidden").write_bytes(b"")
    code, out = run("--train-folder", "mine", "-c", "buy cheap pills cash", "--no-show")
    assert code == 0 and "Left out: " in out and ", and 1 more\n" in out
    assert "Training on 72 word sets" in out and "Classification: SPAM" in out


def test_a_mail_called_both_spam_and_ham_teaches_nothing(monkeypatch):
    documents, y = small_mails()
    documents, y = [*documents, documents[0]], np.append(y, 1 - y[0])
    monkeypatch.setattr(spam._module, "load_sets", lambda: (documents, y))
    got, labels = spam.load(spam.build_parser().parse_args([]))
    assert len(got) == len(labels) == len(documents) - 2
    assert set(documents[0]) not in map(set, got)


def test_words_of_the_collector_are_dropped(monkeypatch):
    documents, y = small_mails()
    documents[0] = ["exmh-workers", "spamassassin-sightin", "code", "amdeathtospam"]
    monkeypatch.setattr(spam._module, "load_sets", lambda: (documents, y))
    assert spam.load(spam.build_parser().parse_args([]))[0][0] == ["code"]


@pytest.mark.parametrize("names, sentence", [
    ([], "there must be a folder ham/ with mails in it"),
    (["ham"], "there must be a folder spam/ with mails in it"),
    (["ham", "spam"], "0 different mails in ham/, and 20 at least are needed"),
])  # fmt: skip
def test_a_folder_that_lacks_something_is_refused(bad, tmp_path, names, sentence):
    for name in names:
        (tmp_path / "mine" / name).mkdir(parents=True)
    (tmp_path / "mine").mkdir(exist_ok=True)
    assert sentence in bad("--train-folder", "mine")


def test_no_spam_in_the_folder_is_told(bad, tmp_path):
    folder = folder_of_mails(tmp_path / "mine")
    for file in (folder / "spam").iterdir():
        file.unlink()
    assert "0 different mails in spam/, and 20 at least" in bad(
        "--train-folder", "mine"
    )


def test_the_raw_mails_are_fetched(run, tmp_path, monkeypatch):
    folder = folder_of_mails(tmp_path / "fetched")
    monkeypatch.setattr("common.data.fetch", lambda name: folder)
    code, out = run("--raw", "-c", "buy pills", "--no-show")
    assert code == 0 and "Training on 72 word sets" in out


# --------------------------------------------------------------------------
# The attack, the pictures


def test_the_attack_says_what_it_takes(run):
    code, out = run("--attack", "--no-show")
    assert code == 0
    assert re.search(
        r"^Good words that smuggle each of \d+ caught spams through:$", out, re.M
    )
    row = re.search(r"^who knows the filter +(\d+) +(\d+) +(\d+)$", out, re.M)
    middle, low, high = map(int, row.groups())
    assert 1 <= low <= middle <= high
    assert re.search(r"^knows the filter: \w+ ", out, re.M)
    assert "Once it learns from such mails too" in out


@pytest.mark.slow
@pytest.mark.parametrize("words", [
    ["-c", "Buy pills"], ["-c", "10 %"], ["--attack"], ["--cost", "1", "-c", "buy"],
    ["--cost", "0.1", "--look", "1", "-c", "buy"],
])  # fmt: skip
def test_every_command_draws_its_picture(run, words, tmp_path):
    code, out = run(*words, "--save", "a.png")
    assert code == 0 and out.endswith("Saved a.png\n")
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5


def test_the_bars_of_the_picture_are_the_ledger(state):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    state = state._replace(words=("buy", "lunch"))
    spam.draw_ledger(ax, state)
    widths = [bar.get_width() for bar in ax.patches][::-1]
    np.testing.assert_allclose(widths, [value for _, value in spam.ledger(state, 9)])
    title = ax.get_title() or ax.get_title(loc="left")  # the house style has it left
    assert title.startswith(spam.judge(state).word)


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run("-c", "buy pills")
    assert code == 0 and out.endswith("Saved spam_filter.png\n")
    assert files(tmp_path) == {"spam_filter.png"}


def test_a_run_killed_while_it_saves_leaves_the_old_picture(run, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def killed(fig, path, *_, **__):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", killed)
    with pytest.raises(KeyboardInterrupt):
        run("-c", "buy", "--save", "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"old" and files(tmp_path) == {"a.png"}


# --------------------------------------------------------------------------
# As a process of its own


def start(folder: Path, *words: str, **more) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(reference("spam_filter")), *words], cwd=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1", **more},
    )  # fmt: skip


@pytest.mark.slow
def test_piped_mails_are_judged_from_any_folder(tmp_path):
    lines = (
        "FREE MONEY!!! Click here to claim your prize!!!\nwhy\nzyzzyva\nquit\nmore\n"
    )
    out, err = start(tmp_path, "--no-show").communicate(lines, timeout=60)
    assert not err and not files(tmp_path)
    assert "Training on 4,582 word sets" in out and "more" not in out.split("quit")[-1]
    assert re.search(r"^Classification: SPAM \(confidence: 9\d\.\d%\)$", out, re.M)
    assert float(re.search(r"Accuracy: ([\d.]+)%", out)[1]) > 95
    assert "I know none of these words: unsure" in out


@pytest.mark.slow
def test_the_end_of_the_input_ends_quietly_on_any_console(tmp_path):
    child = start(tmp_path, "--no-show", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    _, err = child.communicate("", timeout=60)
    assert child.returncode == 0 and not err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a child there has no Ctrl-C")
def test_ctrl_c_at_the_prompt_ends_without_a_traceback(tmp_path):
    child = start(tmp_path, "--no-show")
    while "Try it yourself" not in child.stdout.readline():
        pass
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130 and "Traceback" not in err


@pytest.mark.slow
def test_the_rule_of_the_words_is_that_of_the_sets():
    """Words of the corpus, joined to a text, are cut as they were."""
    rows, _ = spam.load_sets()
    for words in rows[::100]:
        assert set(spam.tokens("\n".join(words))) == set(words), json.dumps(words)


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("content, sentence", [
    (b"", "the message is empty"),
    (b"  \n \r\n", "the message is empty"),
    (b"\x89PNG\r\n\0\0\0", "this is a binary file, not a mail"),
    (b"Content-Type: message/rfc822\n\n" * 5000, "mails within mails, too deep"),
])  # fmt: skip
def test_a_file_that_is_no_mail_is_refused(bad, tmp_path, content, sentence):
    (tmp_path / "mail.eml").write_bytes(content)
    assert sentence in bad("--classify", "mail.eml")
    assert files(tmp_path) == {"mail.eml"}


@pytest.mark.parametrize("words, sentence", [
    (["--classify", "nothing.eml"], "nothing.eml: no such file, here or in data/"),
    (["--classify", "."], "this is a folder; give the file of a mail"),
    (["--classify", ""], "the name of the file is empty"),
    (["--train-folder", "nowhere"], "there must be a folder ham/"),
    (["--cost", "0"], "give a number from 0.01"),
    (["--cost", "abc"], "not 'abc'"),
    (["--look", "2"], "give a number from 0 to 1"),
    (["--splits", "1"], "give a whole number from 2 to 100"),
    (["--save", "a.gif", "--attack"], "does not move"),
    (["--save", "a.xyz"], "a picture's name ends in"),
    (["--save", "nowhere/a.png"], "folder"),
    (["--seed", "-1"], "--seed"),
    (["--unknown"], "--unknown"),
    (["mail.eml"], "mail.eml"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


def test_a_missing_net_is_told(bad, monkeypatch):
    def offline(name: str) -> Path:
        raise OSError("spam-mails could not be fetched; tried …")

    monkeypatch.setattr("common.data.fetch", offline)
    assert "could not be fetched" in bad("--raw")
    assert console  # the sentences come through common.console
