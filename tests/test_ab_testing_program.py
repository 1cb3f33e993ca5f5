"""Chapter 11 as a program: its reports, pictures, dashboard, API, and bad input."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import chapter
from judge import reference
from pages import answered, attacked, dark_phone
from PIL import Image, ImageSequence

from common import console, data

ab = chapter("ab_testing")


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, ab.main)


@pytest.fixture
def says(run, monkeypatch):
    """What main prints; no picture is drawn."""
    for name in ("draw_rates", "draw_bells", "draw_luck", "draw_lift", "draw_power"):
        getattr(ab, name)  # the chapter is loaded when first used
        monkeypatch.setattr(ab._module, name, lambda *_: None)
    return lambda *words: run(*words, "--no-show")[1]


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(ab.main, *words)


@pytest.fixture
def csv(tmp_path):
    """Writes a file of visits, and gives its path."""

    def write(text: str, name: str = "counts.csv") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# The report


def test_the_transcript_has_its_lines_with_true_numbers(says):
    out = says()
    for line in (
        "=== A/B Test: New Checkout Button ===",
        "Control (A): 4,532 visitors, 203 conversions (4.48%)",
        "Treatment (B): 4,621 visitors, 248 conversions (5.37%)",
        "Observed lift: +19.8%",
        "  Test statistic: z = 1.96",
        "  P-value: 0.0498 (two-sided)",
        "  95% CI for lift: [-0.02%, 43.58%] (log method)",
        "  95% CI for lift: [-1.86%, 41.49%] (delta method)",
        "Conclusion: SIGNIFICANT at α=0.05, but the lift interval touches 0",
        "B likely improves the rate, but effect size is uncertain.",
    ):
        assert f"\n{line}\n" in f"\n{out}", line
    assert "\nRecommend: Run longer to narrow" in out
    assert max(map(len, out.splitlines())) < 80


def test_every_interval_says_which_it_is(says):
    lines = [line for line in says().splitlines() if " CI " in line]
    kinds = [line.rpartition("(")[2] for line in lines]
    assert kinds == ["log method)", "delta method)", "unpooled)", "Wilson)", "Wilson)"]


def test_counts_typed_are_counts_read(says):
    out = says("--control", "4532", "203", "--treatment", "4,621", "248")
    assert out.partition("\n")[2] == says().partition("\n")[2]
    assert out.startswith("=== A/B Test: A against B ===")
    assert says("--name", "Blue").startswith("=== A/B Test: Blue ===")


def test_the_help_names_everything_with_examples(capsys):
    with pytest.raises(SystemExit) as end:
        ab.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("ab_testing.py") >= 3
    for word in ("--control", "--treatment", "--simulate", "--plan", "serve", "--port",
                 "--seed", "--save", "--no-show", "--script", "converted"):  # fmt: skip
        assert word in out


def test_one_sided_and_another_alpha(says):
    out = says("--alternative", "larger", "--alpha", "0.01")
    assert "P-value: 0.0249 (one-sided: B larger)" in out
    assert "99% CI for lift" in out and "NOT SIGNIFICANT at α=0.01" in out
    assert "0.975 (one-sided: B smaller)" in says("--alternative", "smaller")


def test_no_verdict_where_the_split_is_broken(says):
    out = says("--control", "10000", "500", "--treatment", "9000", "480")
    assert "Conclusion: NO VERDICT: the sample ratio is broken" in out
    assert "SIGNIFICANT" not in out
    planned = ("--control", "3000", "300", "--treatment", "1000", "130")
    assert "NO VERDICT" in says(*planned)
    assert "SIGNIFICANT at" in says(*planned, "--ratio", "0.75")


def test_groups_without_conversions_get_an_answer(says):
    out = says("--control", "20", "0", "--treatment", "20", "3")
    assert "Observed lift: none" in out and "NO VERDICT: too few to say" in out
    assert "95% CI for A: [0.00%, 16.11%] (Wilson)" in out


def test_the_example_file_stands_for_visits_csv(says):
    out = says("visits.csv")
    assert "=== A/B Test: ab_cookie_cats.csv, retained_day1 ===" in out
    assert "(A, gate_30): 44,700 visitors, 20,034 conversions" in out
    assert "P-value: 0.0744" in out and "NOT SIGNIFICANT" in out
    out = says("visits.csv", "--target", "retained_day7")
    assert "P-value: 0.00155" in out and "Conclusion: SIGNIFICANT" in out


def test_letters_are_spoken_of_with_care(says):
    out = says("ab_resume_callbacks.csv")
    assert "z = -4.11" in out and "B's rate is likely the lower one" in out


@pytest.mark.parametrize("text, want", [
    ("group,visitors,conversions\nA,100,10\nB,200,30\n", (10, 100, 30, 200)),
    ("group,visitors,conversions\nnew,200,30\ncontrol,100,10\n", (10, 100, 30, 200)),
    ("group;visitors;conversions\r\nx;100;10\r\ny;200;30\r\n", (10, 100, 30, 200)),
    ("day,group,visitors,conversions\n1,A,50,4\n1,B,90,9\n2,A,50,6\n2,B,110,21\n",
     (10, 100, 30, 200)),
    ("group,converted\nA,0\nB,1\nA,1\nB,0\nB,0\n", (1, 2, 1, 3)),
    ("user_id,group,page,converted\n7,control,old,1\n8,treatment,new,0\n9,control,old,0\n",
     (1, 2, 0, 1)),
    ("arm,n,sold\n0,100,10\n1,200,30\n", (10, 100, 30, 200)),
])  # fmt: skip
def test_files_of_both_kinds_are_read(csv, text, want):
    assert ab.read_counts(Path(csv(text)))[0] == want


# --------------------------------------------------------------------------
# The planner and the A/A machine


def test_the_plan_names_visitors_and_days(says):
    out = says("--plan", "--rate", "0.05", "--lift", "0.1", "--daily", "2000")
    assert re.search(r"^80% +31,234 +32$", out, re.M)
    assert "Half the lift takes 3.9 times as many." in out


def test_the_machine_prints_a_row_for_each_rule_the_sequential_one_first(says):
    out = says("--simulate", "--experiments", "4000")
    rows = re.findall(r"^(\w[\w ]+\w) +false alarms ([\d.]+) % ± [\d.]+$", out, re.M)
    assert [rule for rule, _ in rows] == ["sequential", "fixed horizon", "peeking"]
    shares = [float(share) for _, share in rows]
    assert shares[0] <= 3 and 4 < shares[1] < 6 and 17.5 < shares[2] < 21
    table = re.findall(
        r"^(\w[\w ]+\w) +([\d.]+) % ± \S+ +([\d,]+) +([\d.]+)$", out, re.M
    )
    assert len(table) == 3 and float(table[1][3]) > 0.14


def test_the_same_seed_prints_the_same(says):
    words = ("--simulate", "--experiments", "500", "--seed")
    assert says(*words, "1") == says(*words, "1") != says(*words, "2")


def test_the_machine_of_100000_experiments_takes_seconds(rng):
    """Ten looks each, half a million draws a group: no loop over experiments."""
    z, _ = ab.machine(0.05, 0, 1000, 10, 50_000, rng)
    assert z.shape == (50_000, 10) and abs(z[:, -1].std() - 1) < 0.02


# --------------------------------------------------------------------------
# Pictures


@pytest.mark.slow
@pytest.mark.parametrize("words", [
    [], ["--plan"], ["--control", "20", "0", "--treatment", "20", "3"],
    ["--control", "20", "20", "--treatment", "20", "20", "--alternative", "smaller"],
    ["--control", "1", "0", "--treatment", "1", "1"], ["ab_resume_callbacks.csv"],
    ["--simulate", "--experiments", "200", "--looks", "1"],
    ["--plan", "--rate", "0.9", "--lift", "0.1"], ["--plan", "--lift", "-0.99"],
])  # fmt: skip
def test_every_command_draws_its_picture(run, words, tmp_path):
    code, out = run(*words, "--save", "a.png")
    assert code == 0 and out.endswith("Saved a.png\n")
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5


@pytest.fixture
def film(rng):
    """The film of 300 experiments, six looks."""
    import matplotlib.pyplot as plt

    fig, _ = plt.subplots(1, 2)
    z, _ = ab.machine(0.05, 0, 500, 6, 300, rng)
    return ab.Wolves(fig, z, ab.limits(500, 6))


def test_the_film_counts_those_that_have_crossed_by_now(film):
    for frame in (0, 3, 5):
        film.go(frame)
        out = int((np.abs(film.z[:, : frame + 1]) >= 1.959964).any(axis=1).sum())
        assert film.left.get_title(loc="left") == (
            f"Nothing differs: {out} of 100 peekers cry wolf"
        )
        assert len(film.lines["peeking"].get_xdata()) == frame + 1
        assert len(film.lines["fixed horizon"].get_xdata()) == (frame == 5)


def test_keys_step_through_the_film(film):
    from matplotlib.backend_bases import KeyEvent

    for key in ("end", "left", "left", "right", "x"):
        KeyEvent("key_press_event", film.fig.canvas, key)._process()
    assert film.frame == 4 and not film.playing


@pytest.mark.slow
def test_the_film_is_written_and_a_script_chooses_the_frame(run, tmp_path):
    few = ("--simulate", "--experiments", "200", "--looks", "3")
    assert run(*few, "--save", "a.gif")[0] == 0
    with Image.open(tmp_path / "a.gif") as gif:
        shots = [np.asarray(f.convert("L")) for f in ImageSequence.Iterator(gif)]
    assert len(shots) >= 3 and (shots[0] != shots[-1]).any()
    run(*few, "--save", "a.png", "--script", "home")
    run(*few, "--save", "b.png")
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert (np.asarray(a) != np.asarray(b)).any()


def test_without_a_screen_the_picture_is_saved_where_it_says(
    run, tmp_path, monkeypatch
):
    monkeypatch.delenv("DISPLAY", raising=False)
    code, out = run()
    assert code == 0 and "Saved ab_testing.png" in out
    assert files(tmp_path) == {"ab_testing.png"}


def test_a_run_killed_while_it_saves_leaves_the_old_picture(run, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def killed(fig, path, *_, **__):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", killed)
    with pytest.raises(KeyboardInterrupt):
        run("--save", "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"old" and files(tmp_path) == {"a.png"}


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["--control", "10", "20", "--treatment", "10", "1"], "20 conversions of 10"),
    (["--control", "0", "0", "--treatment", "10", "1"], "1 visitor at least"),
    (["--control", "10", "-1", "--treatment", "10", "1"], "--control"),
    (["--control", "ten", "1", "--treatment", "10", "1"], "not 'ten'"),
    (["--control", "1e400", "1", "--treatment", "10", "1"], "not '1e400'"),
    (["--control", "nan", "1", "--treatment", "10", "1"], "not 'nan'"),
    (["--control", "10.5", "1", "--treatment", "10", "1"], "not '10.5'"),
    (["--control", "99999999999999999999", "1", "--treatment", "10", "1"], "from 0 to"),
    (["--control", "10", "1"], "belong together"),
    (["--treatment", "10", "1"], "belong together"),
    (["--control", "10"], "--control"),
    (["--control", "9", "1", "--treatment", "9", "1", "visits.csv"], "one at a time"),
    (["serve", "--simulate"], "one at a time"),
    (["--plan", "--simulate"], "not allowed with"),
    (["nowhere.csv"], "no such file"),
    ([""], "the name of the file is empty"),
    (["visits.csv", "--target", "retained_day8"], "did you mean retained_day7?"),
    (["--target", "x"], "give the file too"),
    (["--ratio", "1"], "from 0.01 to 0.99"),
    (["--alpha", "0"], "--alpha"),
    (["--alternative", "both"], "both"),
    (["--plan", "--lift", "0"], "no number is enough"),
    (["--plan", "--rate", "0"], "from 1e-06 to 0.999999"),
    (["--plan", "--rate", "0.5", "--lift", "1"], "rates must be between 0 and 1"),
    (["--plan", "--daily", "0"], "--daily"),
    (["--simulate", "--rate", "0.5", "--lift", "2"], "rates must be between 0 and 1"),
    (["--simulate", "--looks", "0"], "--looks"),
    (["--simulate", "--looks", "400"], "10 million at most"),
    (["--simulate", "--experiments", "1e9"], "--experiments"),
    (["--save", "a.gif"], "does not move"),
    (["--save", "a.xyz"], "a picture's name ends in"),
    (["serve", "--port", "70000"], "from 1 to 65,535"),
    (["--seed", "-1"], "--seed"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


HEAD = "group,visitors,conversions\n"


@pytest.mark.parametrize("text, sentence", [
    (HEAD + "A,100,10\nB,100,200\n", "line 3: 200 conversions of 100 visitors"),
    (HEAD + "A,100,10\n\nB,-5,1\n", "line 4: 1 conversions of -5 visitors"),
    (HEAD + "A,100,10\nB,100,ten\n", "line 3, column 'conversions': 'ten'"),
    (HEAD + "A,100,10\nB,100,\n", "line 3, column 'conversions': the cell is empty"),
    (HEAD + "A,100,1e400\nB,100,1\n", "line 2, column 'conversions'"),
    (HEAD + "A,100.5,1\nB,100,1\n", "line 2: 1 conversions of 100.5 visitors"),
    (HEAD + "A,100,1\n", "two groups are needed, 'group' has 1"),
    (HEAD + "A,9,1\nB,9,1\nC,9,1\n", "two groups are needed, 'group' has 3"),
    (HEAD + "A,0,0\nB,9,1\n", "a group has no visitors"),
    ("group,converted\nA,1\nB,2\nA,0\n", "line 3: 2 conversions of 1 visitors"),
    ("group,converted\nA,1\nB,maybe\n", "line 3, column 'converted': 'maybe'"),
    ("group\nA\nB\n", "group,visitors,conversions are needed"),
    (HEAD, "there is no row of data"),
    ("", "there is no row of data"),
    ("\0\0", "not a text file"),
])  # fmt: skip
def test_a_bad_file_is_told_with_its_line(bad, csv, text, sentence):
    said = bad(csv(text))
    assert sentence in said and said.startswith("counts.csv")


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, without a screen, on a console that has no α."""
    for words, code in ((["abc"], 2), (["--no-show"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("ab_testing")), *words],
            capture_output=True, encoding="cp1252", cwd=tmp_path, timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "Conclusion: SIGNIFICANT at ?=0.05" in child.stdout and not child.stderr
    assert not files(tmp_path)


# --------------------------------------------------------------------------
# The API


@pytest.fixture
def client():
    return ab.create_app().test_client()


GOOD = {"control": {"visitors": 4532, "conversions": 203},
        "treatment": {"visitors": 4621, "conversions": 248}}  # fmt: skip


def refused(answer, status: int) -> dict:
    """The JSON of a refusal; it has the status, and no traceback in it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json" and "Traceback" not in answer.text
    assert set(answer.json) == {"error", "fields"} and answer.json["error"]
    return answer.json


def test_the_api_gives_the_analysis_of_the_report(client):
    found = client.post("/api/test", json=GOOD).json
    want = ab.analyse((203, 4532, 248, 4621))
    assert found == json.loads(json.dumps(want))
    for key in ("z", "p_value", "lift", "lift_interval", "verdict", "sequential_p"):
        assert key in found
    assert found["verdict"].endswith("but the lift interval touches 0")


def test_whole_floats_and_options_are_understood(client):
    body = {**GOOD, "control": {"visitors": 4532.0, "conversions": 2.03e2},
            "alpha": 0.1, "ratio": 0.5, "alternative": "larger"}  # fmt: skip
    found = client.post("/api/test", json=body).json
    assert found["level"] == 0.9 and abs(found["p_value"] - 0.0249) < 1e-4


def test_no_verdict_over_a_broken_split(client):
    body = {**GOOD, "treatment": {"visitors": 3000, "conversions": 248}}
    found = client.post("/api/test", json=body).json
    assert found["verdict"].startswith("NO VERDICT") and found["significant"] is None


def test_zero_conversions_give_null_and_not_nan(client):
    body = {**GOOD, "control": {"visitors": 4532, "conversions": 0}}
    answer = client.post("/api/test", json=body)
    assert answer.json["lift"] is None and "NaN" not in answer.text


def test_plans_and_peeking_machines(client):
    plan = client.post("/api/plan", json={"rate": 0.05, "lift": 0.1}).json
    assert (plan["per_arm"], plan["days"]) == (31_234, 32)
    peek = client.post(
        "/api/peek", json={"rate": 0.05, "visitors": 500, "looks": 10}
    ).json
    assert 0.15 < peek["alarms"]["peeking"] < 0.23 and len(peek["paths"]) == 40
    assert len(peek["boundary"]) == 10


def test_an_uploaded_file_becomes_counts(client):
    found = client.post("/api/counts", data=HEAD + "A,100,10\nB,200,30\n",
                        content_type="text/csv").json  # fmt: skip
    assert found["treatment"] == {"visitors": 200, "conversions": 30}
    assert found["names"] == ["A", "B"]
    wrong = client.post("/api/counts", data=HEAD + "A,1,10\nB,2,1\n",
                        content_type="text/csv")  # fmt: skip
    assert "upload.csv, line 2" in refused(wrong, 422)["error"]
    refused(
        client.post("/api/counts", data=b"\xff\xfe\0", content_type="text/csv"), 422
    )
    refused(client.post("/api/counts", data="x"), 415)


def with_visitors(value) -> dict:
    return {**GOOD, "control": {"visitors": value, "conversions": 0}}


@pytest.mark.parametrize("body, field", [
    ({}, "control"),
    ({"control": GOOD["control"]}, "treatment"),
    ({**GOOD, "control": None}, "control"),
    ({**GOOD, "control": [4532, 203]}, "control"),
    ({**GOOD, "control": {"visitors": 10}}, "control.conversions"),
    (with_visitors("4532"), "control.visitors"),
    (with_visitors(True), "control.visitors"),
    (with_visitors(0), "control.visitors"),
    (with_visitors(-3), "control.visitors"),
    (with_visitors(4.5), "control.visitors"),
    (with_visitors(10**30), "control.visitors"),
    (with_visitors({}), "control.visitors"),
    ({**GOOD, "treatment": {"visitors": 5, "conversions": 6}}, "treatment.conversions"),
    ({**GOOD, "alpha": 0}, "alpha"),
    ({**GOOD, "alpha": None}, "alpha"),
    ({**GOOD, "ratio": 2}, "ratio"),
    ({**GOOD, "alternative": "both"}, "alternative"),
    ({**GOOD, "alternative": []}, "alternative"),
    ({**GOOD, "conversion": 1}, "conversion"),
    ({**GOOD, "x" * 5000: 1}, "x" * 60),
])  # fmt: skip
def test_a_wrong_field_is_named(client, body, field):
    assert field in refused(client.post("/api/test", json=body), 422)["fields"]


@pytest.mark.parametrize("path, body, field", [
    ("plan", {"rate": 0.05, "lift": 0}, "lift"),
    ("plan", {"rate": 0.5, "lift": 1}, "lift"),
    ("plan", {"rate": 0, "lift": 1}, "rate"),
    ("plan", {"rate": 0.5, "lift": 1e-35}, "lift"),
    ("plan", {"rate": 0.05, "lift": 0.1, "power": 1}, "power"),
    ("peek", {"rate": 0.05, "visitors": 1000, "looks": 10_000}, "looks"),
    ("peek", {"rate": 0.05, "visitors": 10**9, "looks": 10}, "visitors"),
])  # fmt: skip
def test_the_other_routes_name_the_field_too(client, path, body, field):
    assert field in refused(client.post(f"/api/{path}", json=body), 422)["fields"]


@pytest.mark.parametrize("text", [
    "", "{", "nonsense", "[" * 100_000, '{"control": NaN}', '{"a": Infinity}', "\0",
    "9" * 5000, "[1]", "3", "null", '"x"', b"\xff\xfe\xfa", '{"a": -Infinity}',
])  # fmt: skip
def test_what_is_no_json_object_gets_400(client, text):
    refused(client.post("/api/test", data=text, content_type="application/json"), 400)


def test_huge_numbers_in_the_json_are_named_not_crashed_on(client):
    text = json.dumps(GOOD).replace("4532", "1e400")
    answer = client.post("/api/test", data=text, content_type="application/json")
    assert "control.visitors" in refused(answer, 422)["fields"]


@pytest.mark.parametrize("path", ["/api/test", "/api/plan", "/api/peek", "/api/counts"])
def test_another_type_another_method_and_too_much(client, path):
    refused(client.post(path, data="{}"), 415)
    refused(client.post(path, data={"a": "b"}), 415)
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(client, method)(path)
        refused(answer, 405)
        assert "POST" in answer.headers["Allow"]
    kind = "text/csv" if path == "/api/counts" else "application/json"
    refused(client.post(path, data=b"x" * (ab.BODY + 1), content_type=kind), 413)


@pytest.mark.parametrize("path", [
    "/nothing", "/api", "/api/", "/api/nothing", "/static/nothing.js", "/%00",
    "/static/../ab_testing.py", "/static/%2e%2e/ab_testing.py", "/static/..%5c..%5cx",
])  # fmt: skip
def test_unknown_routes_get_404_in_json(client, path):
    refused(client.get(path), 404)


def test_a_mistake_in_the_code_is_told_without_a_traceback(monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    ab.create_app()
    monkeypatch.setitem(ab.ANSWERS, "test", broken)
    client = ab.create_app().test_client()
    assert "secret" not in json.dumps(refused(client.post("/api/test", json=GOOD), 500))


def test_an_unbuilt_part_says_so(monkeypatch):
    def unbuilt(*_):
        raise NotImplementedError("milestone 4: posterior_better")

    ab.create_app()
    monkeypatch.setitem(ab.ANSWERS, "test", unbuilt)
    answer = ab.create_app().test_client().post("/api/test", json=GOOD)
    assert "To do: milestone 4" in refused(answer, 501)["error"]


def test_the_page_loads_nothing_from_elsewhere(client):
    page = client.get("/", buffered=True)
    assert page.status_code == 200 and page.mimetype == "text/html"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("page.css", "page.js"):
        text = client.get(f"/static/{name}", buffered=True).text
        assert not re.search(r"https?://(?!www\.w3\.org)", text + page.text), name
    assert client.get("/health").json == {"status": "ok"}


def test_the_examples_of_the_page_are_those_of_the_data(client):
    page = client.get("/", buffered=True).text
    for file, column in (("ab_cookie_cats.csv", "retained_day1"),
                         ("ab_cookie_cats.csv", "retained_day7"),
                         ("ab_resume_callbacks.csv", "callbacks")):  # fmt: skip
        ca, na, cb, nb = ab.read_counts(data.find(file), column)[0]
        assert f'value="{na} {ca} {nb} {cb}"' in page


def test_the_document_names_every_route(client):
    paths = client.get("/openapi.json").json["paths"]
    rules = {str(rule) for rule in ab.create_app().url_map.iter_rules()}
    named = {f"/api/{name}" for name in (*ab.ANSWERS, "counts")} | {"/health"}
    assert set(paths) == named
    assert {r for r in rules if "<" not in r} == {
        "/", "/health", "/openapi.json", "/api/counts"
    }  # fmt: skip


# --------------------------------------------------------------------------
# The server


@pytest.fixture
def address():
    """A server in a thread, on a free port."""
    server, ended = ab.make_server(0), threading.Event()

    def work() -> None:  # server.run(), but it can be ended
        while not ended.is_set():
            server.asyncore.loop(timeout=0.1, count=1, map=server._map)

    thread = threading.Thread(target=work)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    ended.set()
    thread.join()
    server.task_dispatcher.shutdown()
    server.close()


def post(address: str, body: dict) -> dict:
    request = urllib.request.Request(
        f"{address}/api/test",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_200_clients_at_once_all_get_their_own_answer(address):
    def ask(i: int) -> float:
        body = {**GOOD, "treatment": {"visitors": 4621, "conversions": 100 + i}}
        return post(address, body)["z"]

    with ThreadPoolExecutor(200) as pool:
        got = list(pool.map(ask, range(200)))
    want = ab.z_statistic(203, 4532, 100 + np.arange(200), 4621)
    assert np.allclose(got, want)


@pytest.mark.slow
@pytest.mark.parametrize("text, status", [
    (b"garbage\r\n\r\n", 400),
    (b"\0\xff\r\n\r\n", 400),
    (b"POST /api/test HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
    (b"POST /api/test HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    (b"POST /api/test HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
    (b"POST /api/test HTTP/1.1\r\nContent-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    (b"GET /api/" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 404),
])  # fmt: skip
def test_what_is_no_http_is_answered_in_json_too(address, text, status):
    assert answered(int(address.rpartition(":")[2]), text) == status


@pytest.mark.slow
def test_serve_says_where_refuses_a_taken_port_and_ends_at_ctrl_c(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, str(reference("ab_testing")), "serve", "--port", port]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             encoding="utf-8", cwd=tmp_path)  # fmt: skip
    try:
        assert child.stdout.readline() == (
            f"Open http://127.0.0.1:{port} in a browser; Ctrl-C ends this.\n"
        )
        assert post(f"http://127.0.0.1:{port}", GOOD)["significant"] is True
        second = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=60
        )
        assert second.returncode == 2 and not second.stdout
        assert second.stderr.startswith(f"port {port} is taken")
        assert len(second.stderr.splitlines()) == 1
        if sys.platform != "win32":  # a child there has no Ctrl-C
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=30)
            assert child.returncode == 130 and not out and "Traceback" not in err
    finally:
        child.kill()
        child.communicate()
    assert not files(tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the libraries that schemathesis brings
def test_random_and_hostile_requests_are_answered_as_the_document_says():
    assert attacked(ab.create_app()) > 100


@pytest.mark.slow
def test_in_a_real_browser_the_page_works_by_keyboard_on_a_phone_in_the_dark(address):
    from playwright.sync_api import expect

    with dark_phone(address) as (page, wrong, elsewhere):
        expect(page.locator("#verdict")).to_contain_text("the lift interval touches 0")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(18, 21, 27)"
        )
        page.locator("#cb").fill("280")
        page.keyboard.press("Enter")
        expect(page.locator("#verdict")).to_have_text("SIGNIFICANT at α=0.05")
        page.locator("#cb").fill("5000")
        page.keyboard.press("Enter")
        expect(page.locator("#wrong")).to_contain_text("must not be more than visitors")
        expect(page.locator("#cb")).to_have_attribute("aria-invalid", "true")
        assert page.locator("#answer").is_hidden()
        assert all("422" in text for text in wrong), wrong  # the browser notes refusals
        file = {"name": "v.csv", "mimeType": "text/csv"}
        text = b"g,n,c\nA,90,9\nB,70,8\n"
        page.set_input_files("#file", files=[{**file, "buffer": text}])
        expect(page.locator("#vb")).to_have_value("70")
        expect(page.locator("#verdict")).to_contain_text("NOT SIGNIFICANT")
        page.locator("#file").dispatch_event("click")
        expect(page.locator("#file")).to_have_value("")  # so it can be chosen anew
        large = {**file, "buffer": b"g,n,c\n" + b"A,90,9\n" * 200_000}
        page.set_input_files("#file", files=[large])
        expect(page.locator("#wrong")).to_contain_text("this file is too large")
        page.locator("#rate").fill("0")
        page.keyboard.press("Enter")
        said = "Rate of A (%): must be a number from 0.001 % to 99.999 %"
        expect(page.locator("#planned")).to_have_text(said)
        page.locator("#rate").fill("5")
        page.locator("#daily").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#planned")).to_contain_text(
            "31,234 visitors in each group"
        )
        assert page.locator("#paths").is_hidden()
        wide = "s => s.scrollWidth <= s.clientWidth"
        for chart in page.locator(".scroll:has(svg)").all():
            assert chart.evaluate(wide), "a chart wider than the phone"
        page.locator("#looks").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#peeked")).to_contain_text("False alarms:", timeout=20_000)
        assert page.locator("#paths path").count() > 40
    assert not elsewhere


def test_a_page_of_numbers_is_never_nan():
    """What the page draws from is finite for the smallest groups too."""
    for c in ((0, 1, 0, 1), (1, 1, 1, 1), (0, 1, 1, 1), (3, 3, 0, 9)):
        text = json.dumps(ab.analyse(c))
        assert "NaN" not in text and "Infinity" not in text


def test_console_run_turns_ctrl_c_into_130(monkeypatch):
    ab.main  # noqa: B018  the chapter is loaded when first used
    monkeypatch.setattr(ab._module, "analyse", lambda *_: (_ for _ in ()).throw(
        KeyboardInterrupt))  # fmt: skip
    with pytest.raises(SystemExit) as end:
        console.run(lambda: ab.main(["--no-show"]))
    assert end.value.code == 130
