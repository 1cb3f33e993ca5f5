"""Chapter 19 as a program: training, predicting, the report, the service, bad input."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import chapter
from judge import reference
from PIL import Image

from common import console, data

ml = chapter("ml_pipeline")
ROW = {"longitude": -122.23, "latitude": 37.88, "housing_median_age": 41,
       "total_rooms": 880, "total_bedrooms": 129, "population": 322,
       "households": 126, "median_income": 8.3252,
       "ocean_proximity": "NEAR BAY"}  # fmt: skip


@pytest.fixture(scope="module")
def blocks() -> pd.DataFrame:
    """300 blocks of California."""
    frame = data.read_csv(data.find("california_housing.csv"))
    return frame.sample(300, random_state=0)


@pytest.fixture(scope="module")
def model(tmp_path_factory, blocks) -> Path:
    """A small model, trained once for all tests, in a folder of its own."""
    folder = tmp_path_factory.mktemp("model")
    blocks.to_csv(folder / "few.csv", index=False)
    path = folder / "model.npz"
    with pytest.MonkeyPatch.context() as patch:  # no picture is drawn
        ml.main  # noqa: B018  the chapter is loaded when first used
        patch.setattr(ml._module, "draw_overview", lambda *_: (None,))
        ml.main(["train", str(folder / "few.csv"), "--quick", "--folds", "2",
                 "--model", str(path), "--no-show"])  # fmt: skip
    return path


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """The chapter's main in an empty folder: exit code and stdout."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str]:
        return ml.main([*words, "--no-show"]), capsys.readouterr().out

    return call


@pytest.fixture
def says(run, monkeypatch):
    """What main prints; no picture is drawn."""
    ml.main  # noqa: B018  the chapter is loaded when first used
    monkeypatch.setattr(ml._module, "draw_overview", lambda *_: (None,))
    return lambda *words: run(*words)[1]


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(ml.main, *words)


@pytest.fixture
def csv(tmp_path):
    """Writes a table, and gives its path."""

    def write(frame: pd.DataFrame | str, name: str = "t.csv") -> str:
        text = frame if isinstance(frame, str) else frame.to_csv(index=False)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --------------------------------------------------------------------------
# Training


def test_the_transcript_has_its_five_steps(run, csv, blocks, tmp_path):
    words = ("--quick", "--folds", "2", "--save", "a.png")
    code, out = run("train", csv(blocks), *words)
    assert code == 0 and out.startswith("=== Complete ML Pipeline ===\n")
    for n in range(1, 6):
        assert f"\nStep {n}: " in out
    assert re.search(r"^  Linear Regression: +CV RMSE = \$[\d,]+$", out, re.M)
    assert len(re.findall(r"CV RMSE = ", out)) == 5 and out.count("← Best!") == 1
    assert re.search(r"^  Test RMSE: \$[\d,]+$", out, re.M)
    assert re.search(r"^  Test R²: \d\.\d{3}$", out, re.M)
    assert re.search(r": coverage [\d.]+ %$", out, re.M)
    assert "Model saved to model.npz\n" in out
    assert max(map(len, out.splitlines())) < 90
    assert files(tmp_path) == {"t.csv", "model.npz", "a.png", "a_2.png"}
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5


def test_the_best_is_marked_by_the_smallest_error(says, csv, blocks):
    out = says("train", csv(blocks), "--quick", "--folds", "2")
    rows = re.findall(r"CV RMSE = \$([\d,]+)(.*)", out)
    errors = [int(error.replace(",", "")) for error, _ in rows]
    assert "Best" in rows[errors.index(min(errors))][1]


@pytest.mark.slow
def test_another_table_is_learnt_too(run, csv, rng):
    """Words, holes, a target below 0, no places: no map, no logarithm."""
    a = rng.normal(0, 1, 90)
    frame = pd.DataFrame({"a": a, "w": rng.choice(["x", "y"], 90), "z": 2 * a - 1})
    frame.loc[3, "a"] = np.nan
    frame.loc[4, "w"] = None
    code, out = run("train", csv(frame), "--target", "z", "--quick", "--folds", "2")
    assert code == 0 and "Target: z" in out and "centres" not in out
    assert "One-hot encoded: w (2 kinds)" in out and "90 % intervals, ± " in out
    assert run("report")[0] == 0
    client = ml.create_app("model.npz").test_client()
    assert client.get("/points").json == []
    assert client.post("/predict", json={"a": None, "w": None}).status_code == 200


@pytest.mark.slow
def test_the_example_of_boston_is_learnt(run):
    out = run("train", "boston_housing.csv", "--target", "MEDV", "--quick")[1]
    assert "Target: MEDV" in out and "Model saved" in out


def test_splits_are_told_with_their_scatter(says, csv, blocks):
    out = says("train", csv(blocks), "--quick", "--folds", "2", "--splits", "2")
    assert "2 splits, mean ± sd:" in out
    assert re.search(r"^  coverage [\d.]+ % ± [\d.]+$", out, re.M)


@pytest.mark.slow
def test_the_same_seed_says_the_same(says, csv, blocks):
    words = ("train", csv(blocks), "--quick", "--folds", "2", "--seed")
    assert says(*words, "1") == says(*words, "1") != says(*words, "2")


def test_the_test_rows_change_nothing_that_is_learnt(blocks):
    """Prices and cells of the test rows are spoilt: the model file stays as it is."""
    table = ml.Table(blocks.drop(columns="median_house_value"),
                     blocks["median_house_value"].to_numpy(), "p", {})  # fmt: skip
    test = ml.split_of(300, 0)[0]
    frame, price = table.frame.copy(), table.price.copy()
    rows = frame.index[test]
    frame.loc[rows, ["total_rooms", "latitude", "median_income"]] = 99.0
    price[test] = 1e6 * np.arange(1, len(test) + 1)
    told = []
    for one in (table, table._replace(frame=frame, price=price)):
        arrays: dict[str, np.ndarray] = {}
        bundle = ml.study(one, ml.make_models(True, 0), 2, 0).bundle
        told.append((ml.pack(bundle, arrays), ml.digest("", arrays)))
    assert told[0] == told[1]


@pytest.mark.slow
def test_own_prices_let_in_do_harm(run):
    out = run("leak", "--quick")[1]
    table = re.findall(r"^own price .*?((?:\$[\d,]+ *)+)$", out, re.M)
    out, let = ([int(x.replace(",", "")) for x in re.findall(r"[\d,]+", row)]
                for row in table)  # fmt: skip
    assert let[0] < 0.7 * out[0] and let[1] < out[1] and let[2] > 1.1 * out[2]


def test_a_run_killed_while_it_saves_leaves_the_old_model(
    says, csv, blocks, tmp_path, monkeypatch
):
    def killed(path, _):
        with path.open("wb") as file:
            file.write(b"half")
        raise KeyboardInterrupt

    (tmp_path / "model.npz").write_bytes(b"old")
    monkeypatch.setattr(Path, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        says("train", csv(blocks), "--quick", "--folds", "2")
    assert (tmp_path / "model.npz").read_bytes() == b"old"
    assert files(tmp_path) == {"t.csv", "model.npz"}


# --------------------------------------------------------------------------
# Predicting, and the report


def test_predictions_stand_beside_the_columns_of_the_input(
    run, csv, blocks, model, tmp_path
):
    some = blocks.head(7).drop(columns="median_house_value")
    some["total_bedrooms"] = np.nan
    words = ("--model", str(model), "--out", "p.csv")
    code, out = run("predict", csv(some), *words)
    assert code == 0 and out.startswith("7 rows, median $")
    assert out.endswith("Saved p.csv\n")
    made = pd.read_csv(tmp_path / "p.csv")
    assert list(made) == [*some, "prediction", "lower", "upper"]
    assert (made["lower"] <= made["prediction"]).all()
    assert (made["prediction"] <= made["upper"]).all()
    service = ml.create_app(model).test_client()
    row = {**ROW, **some.iloc[2].dropna().to_dict(), "total_bedrooms": None}
    answer = service.post("/predict", json=row).json
    assert answer["prediction"] == made["prediction"][2]


def test_the_report_is_one_file_with_its_pictures_in_it(run, model, tmp_path):
    code, out = run("report", "--model", str(model))
    assert code == 0 and out.startswith("Saved report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 7
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    for word in ("RMSE", "Boosted Trees", "90 % intervals hold", "Do the intervals"):
        assert word in page
    assert files(tmp_path) == {"report.html"}


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["train", "nowhere.csv"], "no such file"),
    (["train", "california_housing.csv", "--target", "median_price"], "no column"),
    (["train", "california_housing.csv", "--target", "ocean_proximity"], "NEAR BAY"),
    (["train", "--folds", "1"], "from 2 to 20"),
    (["train", "--splits", "1e9"], "--splits"),
    (["train", "--model", "no/where.npz"], "nothing can be written there"),
    (["train", "--model", "."], "nothing can be written there"),
    (["predict"], "which rows?"),
    (["predict", "x.csv"], "train one first"),
    (["predict", "x.csv", "--out", "no/where.csv"], "nothing can be written there"),
    (["report"], "train one first"),
    (["report", "x.csv"], "takes no file"),
    (["serve"], "train one first"),
    (["serve", "x.csv"], "takes no file"),
    (["serve", "--port", "0"], "from 1 to 65,535"),
    (["serve", "--port", "http"], "--port"),
    (["leak", "iris.csv"], "longitude and latitude"),
    (["fly"], "fly"),
    (["train", "--seed", "-1"], "--seed"),
    (["train", "--save", "a.xyz"], "a picture's name ends in"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


@pytest.mark.parametrize("text, sentence", [
    ("", "there is no row of data"),
    ("\0\0", "not a text file"),
    ("a,price\n" + "1,2\n" * 3, "rows are too few"),
    ("a,price\n" + "".join(f"{i},7\n" for i in range(60)), "the same everywhere"),
    ("a,price\n" + "".join(f"{i},{i}x\n" for i in range(60)), "column"),
    ("a,price\n" + "".join(f"{i},\n" for i in range(60)), "no row has a price"),
    ("price\n" + "".join(f"{i}\n" for i in range(60)), "no column to learn from"),
    ("a,price\n" + "".join(f"1e400,{i}\n" for i in range(60)), "line 2, column 'a'"),
])  # fmt: skip
def test_a_table_that_cannot_be_learnt_from_is_told(bad, csv, text, sentence, tmp_path):
    said = bad("train", csv(text), "--target", "price")
    assert sentence in said
    assert files(tmp_path) == {"t.csv"}


@pytest.mark.parametrize("change, sentence", [
    (lambda t: t.drop(columns="latitude"), "no column 'latitude'"),
    (lambda t: t.rename(columns={"latitude": "Latitude"}), "did you mean Latitude?"),
    (lambda t: t.assign(latitude=[37, None, 38]), "line 3, column 'latitude': the"),
    (lambda t: t.assign(latitude=[37, "north", 38]), "line 3, column 'latitude': 'nor"),
    (lambda t: t.assign(ocean_proximity=["INLAND", "MOON", "MOON"]), "'MOON' is none"),
])  # fmt: skip
def test_rows_that_the_model_cannot_read_are_told(
    bad, csv, blocks, model, change, sentence, tmp_path
):
    rows = change(blocks.head(3).drop(columns="median_house_value"))
    said = bad("predict", csv(rows), "--model", str(model))
    assert sentence in said and "t.csv" in said
    assert files(tmp_path) == {"t.csv"}


def test_a_file_that_is_no_model_is_refused(bad, tmp_path, model):
    (tmp_path / "m.npz").write_bytes(model.read_bytes()[:-100])
    (tmp_path / "n.npz").write_text("hello", encoding="utf-8")
    for command in ("report", "serve"):
        for name in ("m.npz", "n.npz"):
            assert "no model of this program, or damaged" in bad(
                command, "--model", name
            )


def test_without_the_maths_the_program_says_what_is_to_do(bad, monkeypatch):
    ml.main  # noqa: B018  the chapter is loaded when first used

    def unbuilt(*_):
        raise NotImplementedError("milestone 1: clean")

    monkeypatch.setattr(ml._module, "clean", unbuilt)
    assert bad("train", "--quick").startswith("To do: milestone 1")


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path, blocks):
    """From another folder, piped, without a screen, on a console that has no ²."""
    blocks.to_csv(tmp_path / "few.csv", index=False)
    train = ["train", "few.csv", "--quick", "--folds", "2", "--no-show"]
    for words, code in ((["abc"], 2), (train, 0)):
        child = subprocess.run(
            [sys.executable, str(reference("ml_pipeline")), *words],
            capture_output=True, encoding="ascii", cwd=tmp_path, timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "Test R?:" in child.stdout and not child.stderr
    assert files(tmp_path) == {"few.csv", "model.npz"}


def test_console_run_turns_ctrl_c_into_130(monkeypatch):
    ml.main  # noqa: B018  the chapter is loaded when first used

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ml._module, "read_table", interrupted)
    with pytest.raises(SystemExit) as end:
        console.run(lambda: ml.main(["train", "--no-show"]))
    assert end.value.code == 130


# --------------------------------------------------------------------------
# The API


@pytest.fixture
def client(model):
    return ml.create_app(model).test_client()


def refused(answer, status: int) -> dict:
    """The JSON of a refusal; it has the status, and no traceback in it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json" and "Traceback" not in answer.text
    assert set(answer.json) == {"error", "fields"} and answer.json["error"]
    return answer.json


def test_one_row_and_many_get_their_answers(client):
    one = client.post("/predict", json=ROW).json
    assert set(one) == {"prediction", "confidence_interval", "warnings"}
    assert one["confidence_interval"][0] < one["prediction"]
    many = client.post("/predict", json=[ROW] * 60).json["predictions"]
    assert len(many) == 60 and many[7] == one
    far = client.post("/predict", json={**ROW, "population": 9e5}).json["warnings"]
    assert far[0].startswith("population is 900000, but the training rows go from")


def test_bedrooms_may_be_left_out_or_null(client):
    less = {name: v for name, v in ROW.items() if name != "total_bedrooms"}
    null = {**ROW, "total_bedrooms": None}
    answers = [client.post("/predict", json=body) for body in (less, null)]
    assert answers[0].status_code == 200 and answers[0].json == answers[1].json


@pytest.mark.parametrize("body, field", [
    ({}, "longitude"),
    ({**ROW, "longitude": "west"}, "longitude"),
    ({**ROW, "longitude": None}, "longitude"),
    ({**ROW, "longitude": True}, "longitude"),
    ({**ROW, "longitude": [1]}, "longitude"),
    ({**ROW, "longitude": 10**30}, "longitude"),
    ({**ROW, "population": -1}, "population"),
    ({**ROW, "ocean_proximity": "MOON"}, "ocean_proximity"),
    ({**ROW, "ocean_proximity": []}, "ocean_proximity"),
    ({**ROW, "x" * 5000: 1}, "x" * 60),
    ([ROW, {**ROW, "latitude": "x"}], "1.latitude"),
    ([ROW, 3], "1"), (3, "row"), ("x", "row"), (None, "row"),
])  # fmt: skip
def test_a_wrong_field_is_named(client, body, field):
    answer = client.post("/predict", data=json.dumps(body),
                         content_type="application/json")  # fmt: skip
    assert field in refused(answer, 422)["fields"]


def test_lists_have_their_limits(client):
    refused(client.post("/predict", json=[]), 422)
    refused(client.post("/predict", json=[ROW] * 1001), 422)
    refused(client.post("/explain", json=[ROW]), 422)


@pytest.mark.parametrize("text", [
    "", "{", "nonsense", "[" * 100_000, '{"longitude": NaN}', '{"a": Infinity}', "\0",
    b"\xff\xfe\xfa", '{"a": -Infinity}', "9" * 5000,
])  # fmt: skip
def test_what_is_no_json_gets_400(client, text):
    for path in ("/predict", "/explain"):
        answer = client.post(path, data=text, content_type="application/json")
        refused(answer, 400)


def test_huge_numbers_are_named_not_crashed_on(client):
    text = json.dumps(ROW).replace("-122.23", "1e400")
    answer = client.post("/predict", data=text, content_type="application/json")
    assert "longitude" in refused(answer, 422)["fields"]


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_another_type_another_method_and_too_much(client, path):
    refused(client.post(path, data="{}"), 415)
    refused(client.post(path, data={"a": "b"}), 415)
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(client, method)(path)
        refused(answer, 405)
        assert "POST" in answer.headers["Allow"]
    big = b"x" * (ml.BODY + 1)
    refused(client.post(path, data=big, content_type="application/json"), 413)


@pytest.mark.parametrize("path", [
    "/nothing", "/predict/", "/static/nothing.js", "/%00", "/static/../ml_pipeline.py",
    "/static/%2e%2e/ml_pipeline.py", "/static/..%5c..%5cx",
])  # fmt: skip
def test_unknown_routes_get_404_in_json(client, path):
    refused(client.get(path), 404)


def test_an_unbuilt_part_says_so_and_a_mistake_shows_no_traceback(client, monkeypatch):
    for error, status in ((NotImplementedError("milestone 4: shapley"), 501),
                          (RuntimeError("secret"), 500)):  # fmt: skip

        def broken(*_, error=error):
            raise error

        monkeypatch.setattr(ml._module, "shapley", broken)
        said = refused(client.post("/explain", json=ROW), status)["error"]
        assert "secret" not in said and ("milestone 4" in said) == (status == 501)


def test_the_page_loads_nothing_from_elsewhere(client):
    page = client.get("/", buffered=True)
    assert page.status_code == 200 and page.mimetype == "text/html"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("page.css", "page.js"):
        text = client.get(f"/static/{name}", buffered=True).text
        assert not re.search(r"https?://(?!www\.w3\.org)", text + page.text), name


def test_the_document_names_every_route(client):
    paths = client.get("/openapi.json").json["paths"]
    assert set(paths) == {"/predict", "/explain", "/schema", "/points", "/health"}


# --------------------------------------------------------------------------
# The server


def post(address: str, body: dict, path: str = "predict") -> dict:
    request = urllib.request.Request(
        f"{address}/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.fixture
def address(model):
    """A server in a thread, on a free port."""
    stop: list[int] = []
    server = ml.make_server(model, "127.0.0.1", 0)
    thread = threading.Thread(target=ml.run_until, args=(server, stop))
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    stop.append(1)
    thread.join()


@pytest.mark.slow
def test_many_clients_at_once_all_get_their_own_answer(address, client):
    rows = [{**ROW, "median_income": 0.5 + i / 10} for i in range(100)]
    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda row: post(address, row), rows))
    assert got == client.post("/predict", json=rows).json["predictions"]


@pytest.mark.slow
@pytest.mark.parametrize("text, status", [
    (b"garbage\r\n\r\n", 400),
    (b"\0\xff\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
])  # fmt: skip
def test_what_is_no_http_is_answered_in_json_too(address, text, status):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall(text)
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode(), head
    assert set(json.loads(body)) == {"error", "fields"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a child there has no signals")
@pytest.mark.parametrize("how, code", [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_serve_ends_in_peace_while_requests_are_running(model, tmp_path, how, code):
    """Eight clients ask on and on; what they asked before the signal is answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(reference("ml_pipeline")), "serve", "--port",
               str(port), "--model", str(model)]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             encoding="utf-8", cwd=tmp_path)  # fmt: skip
    where = f"http://127.0.0.1:{port}"
    answered, broken, struck = [], [], []

    def ask(_: int) -> None:
        while not struck:
            began = time.monotonic()
            try:
                answered.append(post(where, ROW, "explain"))
            except OSError as error:
                if not struck or began < struck[0]:
                    broken.append(repr(error))
                return

    try:
        assert child.stdout.readline().startswith(f" * Running on {where}")
        assert post(where, ROW)["prediction"] > 0
        again = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=60
        )
        assert again.returncode == 2 and not again.stdout
        assert again.stderr.startswith(f"127.0.0.1:{port}: address already in use")
        with ThreadPoolExecutor(8) as pool:
            clients = pool.map(ask, range(8))
            time.sleep(0.5)
            child.send_signal(how)
            struck.append(time.monotonic())
            list(clients)
        out, err = child.communicate(timeout=30)
        assert child.returncode == code and "Traceback" not in err
        assert out == "Stopped; every request that had come was answered.\n"
        assert len(answered) > 8 and not broken, broken
    finally:
        child.kill()
        child.communicate()
    assert not files(tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the libraries that schemathesis brings
def test_random_and_hostile_requests_are_answered_as_the_document_says(model):
    """Schemathesis makes requests up from openapi.json, good ones and bad ones."""
    import hypothesis
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, content_type_conformance, status_code_conformance,
              response_schema_conformance, negative_data_rejection]  # fmt: skip
    schema = schemathesis.openapi.from_wsgi("/openapi.json", ml.create_app(model))
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    slow = list(hypothesis.HealthCheck)
    made = hypothesis.settings(max_examples=20, suppress_health_check=slow)
    tried = 0

    def attack(case):
        nonlocal tried
        tried += 1
        case.call_and_validate(checks=checks)

    for found in schema.get_all_operations():
        for mode in modes:
            cases = found.ok().as_strategy(generation_mode=mode)
            with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # no bad GET
                made(hypothesis.given(case=cases)(attack))()
    assert tried > 60


@pytest.mark.slow
def test_in_a_real_browser_the_page_works_by_keyboard_on_a_phone_in_the_dark(address):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        how = "no Chromium here: sudo apt install chromium (Debian, Ubuntu)"
        assert not os.environ.get("CI"), how
        pytest.skip(how)
    from playwright.sync_api import expect, sync_playwright

    wrong, elsewhere = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 390, "height": 844}, color_scheme="dark"
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: elsewhere.append(r.url)
                if not r.url.startswith((address, "data:")) else None)  # fmt: skip
        page.goto(address)
        expect(page.locator("#price")).to_contain_text("$")
        expect(page.locator("#sum")).to_contain_text("the typical row")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(18, 21, 27)"
        )
        first = page.locator("#price").inner_text()
        page.locator("#f-median_income").fill("9")
        page.keyboard.press("Enter")
        expect(page.locator("#price")).not_to_have_text(first)
        expect(page.locator("#why")).to_contain_text("Median income+$")
        north = float(page.locator("#f-latitude").input_value())
        page.locator("#map").focus()
        page.keyboard.press("Shift+ArrowUp")
        expect(page.locator("#f-latitude")).to_have_value(f"{north + 0.5:.2f}")
        page.locator("#map").click(position={"x": 40, "y": 60})
        expect(page.locator("#f-latitude")).not_to_have_value(f"{north + 0.5:.2f}")
        page.locator("#f-population").fill("many")
        page.keyboard.press("Enter")
        expect(page.locator("#wrong")).to_contain_text("Population must be a number")
        expect(page.locator("#f-population")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#answer")).to_be_hidden()
        page.locator("#f-population").fill("900,000")
        page.keyboard.press("Enter")
        expect(page.locator("#warnings")).to_contain_text("population is 900000")
        browser.close()
    assert not wrong and not elsewhere


@pytest.mark.slow
def test_every_panel_of_the_report_can_be_drawn(model):
    import matplotlib.pyplot as plt

    story = ml.load_model(model).story
    for title, draw in ml.PANELS:
        fig, ax = plt.subplots()
        draw(ax, story)
        fig.canvas.draw()
        assert ax.get_title(loc="left"), title
