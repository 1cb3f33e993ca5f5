"""Chapter 19 as a program: training, predicting, the report, the service, bad input."""

import base64
import contextlib
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import chapter
from judge import reference
from pages import answered, attacked, dark_phone
from PIL import Image

from common import console, figures

ml = chapter("ml_pipeline")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the model of a quick training, and what was printed: once."""
    folder, out = tmp_path_factory.mktemp("trained"), io.StringIO()
    ml.main  # noqa: B018  the chapter is loaded when first used
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        patch.chdir(folder)
        patch.setattr(ml._module, "draw_overview", lambda *_: (None, None))
        patch.setattr(figures, "finish", lambda *_: None)
        assert ml.main(["train", "--quick", "--folds", "2", "--no-show"]) == 0
    return folder, out.getvalue()


@pytest.fixture
def model(trained):
    return trained[0] / "model.npz"


@pytest.fixture
def run(program):
    """The chapter's main in an empty folder: exit code and stdout."""
    return partial(program, ml.main)


@pytest.fixture
def undrawn(monkeypatch):
    """No picture is drawn."""
    ml.main  # noqa: B018
    monkeypatch.setattr(ml._module, "draw_overview", lambda *_: (None, None))
    monkeypatch.setattr(figures, "finish", lambda *_: None)


@pytest.fixture
def bad(complaint):
    """The one line that a wrong command gets on stderr, with exit code 2."""
    return lambda *words: complaint(ml.main, *map(str, words))


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


ROW = {"longitude": -122.23, "latitude": 37.88, "housing_median_age": 41.0,
       "total_rooms": 880, "total_bedrooms": 129, "population": 322,
       "households": 126, "median_income": 8.3252,
       "ocean_proximity": "NEAR BAY"}  # fmt: skip


@pytest.fixture
def csv(tmp_path):
    """Writes rows to a file, ROW with changes, and gives its path."""

    def write(*changes: dict, drop: str = "", name: str = "rows.csv") -> Path:
        table = pd.DataFrame([{**ROW, **change} for change in changes])
        path = tmp_path / name
        table.drop(columns=drop or []).to_csv(path, index=False)
        return path

    return write


# --------------------------------------------------------------------------
# Training


def test_the_five_steps_are_told_with_true_numbers(trained):
    out = trained[1]
    steps = ["Data Loading", "Exploratory Data Analysis", "Feature Engineering",
             "Model Training (all from scratch!)", "Final Evaluation"]  # fmt: skip
    places = [out.index(f"Step {i}: {step}\n") for i, step in enumerate(steps, 1)]
    assert out.startswith("=== Complete ML Pipeline ===\n") and places == sorted(places)
    for line in (r"  Loaded 2,000 samples, 9 features", r"  Target: median_house_value",
                 r"  Missing values: total_bedrooms \(\d+\)", r"  Final features: \d+",
                 r"  Test RMSE: \$\d\d,\d{3}", r"  Test R²: 0\.\d+",
                 r"  90 % intervals, −\d+ % to \+\d+ %: coverage \d\d\.\d %",
                 r"Model saved to model\.npz"):  # fmt: skip
        assert re.search(f"^{line}$", out, re.M), line
    assert max(map(len, out.splitlines())) < 80


def test_five_models_are_compared_and_the_best_is_kept(trained, model):
    found = re.findall(r"^  (\w+ \w+): +CV RMSE = \$([\d,]+)(.*)$", trained[1], re.M)
    errors = {name: int(error.replace(",", "")) for name, error, _ in found}
    assert list(errors) == ["Linear Regression", "Ridge Regression", "Decision Tree",
                            "Neural Network", "Boosted Trees"]  # fmt: skip
    marked = [name for name, _, mark in found if mark == "  ← Best!"]
    assert marked == [min(errors, key=errors.get)] == ["Boosted Trees"]
    assert type(ml.load_model(model).model).__name__ == "HistGradientBoosting"


def test_what_is_told_of_the_test_is_what_the_model_says(trained, model):
    """Predicted anew from the file: the RMSE of the transcript, and the coverage."""
    bundle = ml.load_model(model)
    y, told = bundle.story["test_y"], bundle.story["test_p"]
    assert f"Test RMSE: ${np.sqrt(np.mean((y - told) ** 2)):,.0f}\n" in trained[1]
    inside = np.abs(np.log(y) - np.log(told)) <= bundle.half
    said = float(re.search(r"coverage ([\d.]+) %", trained[1])[1])
    assert abs(100 * inside.mean() - said) < 1 and 85 <= said <= 95


def test_a_part_that_is_not_built_yet_is_no_damage(model, monkeypatch):
    def unbuilt(*_):
        raise NotImplementedError("milestone 4: digest")

    monkeypatch.setitem(ml.load_model.__globals__, "digest", unbuilt)
    with pytest.raises(NotImplementedError, match="milestone 4"):
        ml.load_model(model)


def test_another_table_with_its_own_target(run, undrawn):
    code, out = run("train", "boston_housing.csv", "--target", "MEDV", "--quick",
                    "--folds", "2", "--no-show", "--out", "b.npz")  # fmt: skip
    assert code == 0 and "Loaded 506 samples, 13 features" in out
    assert re.search(r"Test RMSE: \d\.\d+\n", out)
    bundle = ml.load_model("b.npz")
    assert bundle.target == "MEDV" and len(bundle.fields) == 13
    client = ml.create_app("b.npz").test_client()
    row = {name: field["typical"] for name, field in bundle.fields.items()}
    low, high = client.post("/predict", json=row).json["confidence_interval"]
    assert 5 <= low < high <= 50
    found = client.post("/explain", json=row).json
    assert len(found["contributions"]) <= ml.PLAYERS
    assert client.get("/points").json == []


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(run, undrawn):
    words = ("train", "boston_housing.csv", "--target", "MEDV", "--quick", "--folds",
             "2", "--no-show", "--seed")  # fmt: skip
    outs = [run(*words, seed)[1] for seed in (1, 1, 2)]
    assert outs[0] == outs[1] != outs[2]


def small_table(rng, n: int = 150) -> "ml.Table":
    """Some blocks of California, as `read_table` gives them."""
    table = ml.read_table("california_housing.csv", None)
    rows = rng.permutation(len(table.price))[:n]
    return table._replace(frame=table.frame.iloc[rows], price=table.price[rows])


def few_models() -> dict:
    return {"ridge": ml.Ridge(lam=1.0), "trees": ml.HistGradientBoosting(8, 0.3, 3)}


def test_the_test_rows_have_no_say_in_anything_that_is_fitted(rng):
    """The whole study, once more with test rows that were turned upside down.

    Each number of the model, its margin, its fields, the choice of a model: the same.
    """
    table = small_table(rng)
    test, _ = ml.split_of(len(table.price), 0)
    frame, price = table.frame.copy(), table.price.copy()
    numbers = [n for n in frame if n != "ocean_proximity"]
    frame.iloc[test, [list(frame).index(n) for n in numbers]] = 1e6
    frame.iloc[test, list(frame).index("ocean_proximity")] = "MOON"
    price[test] = 1e8
    other = table._replace(frame=frame, price=price)
    packed = []
    for each in (table, other):
        found, arrays = ml.study(each, few_models(), 3, 0), {}
        packed.append((ml.pack(found.bundle, arrays), found.cv, arrays))
    (told, cv, arrays), (told2, cv2, arrays2) = packed
    assert told == told2 and cv == cv2 and set(arrays) == set(arrays2)
    for name, array in arrays.items():
        assert np.array_equal(array, arrays2[name]), name


@pytest.mark.slow
def test_coverage_is_near_what_is_promised(rng):
    """Of 8 splits of 1,200 rows, 240 test rows each: 90 ± 3; the mean's sd is 1."""
    table = small_table(rng, 1200)
    found = [ml.study(table, few_models(), 5, seed).coverage(0.9) for seed in range(8)]
    assert abs(np.mean(found) - 0.9) < 0.03, found


@pytest.mark.slow
def test_several_splits_are_told_as_mean_and_deviation(run, undrawn):
    _, out = run("train", "boston_housing.csv", "--target", "MEDV", "--quick",
                 "--folds", "2", "--no-show", "--splits", "3")  # fmt: skip
    assert "\n3 splits, mean ± sd:\n" in out
    assert re.search(r"  Test RMSE: [\d.]+ ± [\d.]+\n  Test R²: 0\.\d+ ± 0\.\d+\n", out)


@pytest.mark.slow
def test_a_row_that_finds_itself_next_door_spoils_the_model(run):
    code, out = run("leak", "--quick")
    rows = re.findall(
        r"^own price (.*?) +\$([\d,]+) +\$([\d,]+) +\$([\d,]+)$", out, re.M
    )
    kept, let_in = ([int(x.replace(",", "")) for x in row[1:]] for row in rows)
    assert code == 0 and [row[0] for row in rows] == ["left out", "let in"]
    assert let_in[0] < kept[0] and let_in[1] < kept[1] and let_in[2] > kept[2]


@pytest.mark.slow
def test_the_pictures_of_a_training_are_saved(run, tmp_path):
    code, out = run("train", "boston_housing.csv", "--target", "MEDV", "--quick",
                    "--folds", "2", "--save", "a.png")  # fmt: skip
    assert code == 0 and "Saved a.png" in out
    assert files(tmp_path) == {"a.png", "a_2.png", "model.npz"}
    for name in ("a.png", "a_2.png"):
        with Image.open(tmp_path / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 5


def test_the_help_names_everything_with_examples(capsys):
    with pytest.raises(SystemExit) as end:
        ml.main(["--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and out.count("ml_pipeline.py") >= 4
    for word in (*ml.COMMANDS, "--target", "--model", "--out", "--folds", "--splits",
                 "--quick", "--host", "--port", "--seed", "--save"):  # fmt: skip
        assert word in out


# --------------------------------------------------------------------------
# The model file


def test_a_run_killed_while_it_saves_leaves_the_old_model(tmp_path, model, monkeypatch):
    def killed(path, _):
        with open(path, "wb") as file:
            file.write(b"half")
        raise KeyboardInterrupt

    old, bundle = tmp_path / "m.npz", ml.load_model(model)
    old.write_bytes(b"old")
    monkeypatch.setattr(Path, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        ml.save_model(old, bundle)
    assert old.read_bytes() == b"old" and files(tmp_path) == {"m.npz"}


@pytest.mark.parametrize("command", ["predict", "report", "serve"])
@pytest.mark.parametrize("what, sentence", [
    ("none", "no such model; to make one: python"),
    ("text", "no model of this chapter, or it is damaged"),
    ("half", "no model of this chapter, or it is damaged"),
    ("version", "version 0, not 1: train anew"),
    ("foreign", "a model of another program, decision_tree"),
    ("changed", "the checksum does not fit"),
])  # fmt: skip
def test_a_model_file_that_is_none_of_ours_is_told(
    bad, model, tmp_path, csv, command, what, sentence
):
    path = tmp_path / "m.npz"
    if what == "text":
        path.write_text("hello", encoding="utf-8")
    elif what == "half":
        path.write_bytes(model.read_bytes()[:-500])
    elif what != "none":
        with np.load(model) as file:
            parts = dict(file)
        about = json.loads(str(parts["about"]))
        about |= {"version": {"version": 0}, "foreign": {"kind": "decision_tree"},
                  "changed": {}}[what]  # fmt: skip
        if what == "changed":
            name = next(n for n in parts if parts[n].dtype == float and parts[n].size)
            parts[name] = parts[name] + 1
        np.savez(path, **{**parts, "about": np.array(json.dumps(about))})
    rows = [csv({})] if command == "predict" else []
    before = files(tmp_path)
    assert sentence in bad(command, *rows, "--model", path)
    assert files(tmp_path) == before


def test_loading_a_model_runs_no_code(tmp_path):
    """A file of pickled objects is refused: to load those would run what they say."""
    path = tmp_path / "m.npz"
    np.savez(path, about=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="no model of this chapter"):
        ml.load_model(path)


# --------------------------------------------------------------------------
# predict and report


def test_predict_writes_the_columns_and_three_more(run, model, csv):
    rows = csv({}, {"total_bedrooms": None, "median_income": 1.5}, {"longitude": -119})
    code, out = run("predict", rows, "--model", model)
    assert code == 0 and out.endswith("Saved predictions.csv\n") and "3 rows" in out
    found = pd.read_csv("predictions.csv")
    assert list(found) == [*ROW, "prediction", "lower", "upper"]
    assert (found["lower"] < found["prediction"]).all()
    assert (found["prediction"] <= found["upper"]).all()
    app = ml.create_app(model).test_client()
    asked = app.post("/predict", json=ROW).json["prediction"]
    assert abs(found["prediction"][0] - asked) < 0.01


def test_columns_that_the_model_does_not_need_are_kept(run, model, tmp_path):
    path = tmp_path / "rows.csv"
    pd.DataFrame([{"note": "mine", **ROW}]).to_csv(path, index=False)
    run("predict", path, "--model", model, "--out", "p.csv")
    assert list(pd.read_csv("p.csv"))[:2] == ["note", "longitude"]


def test_strange_cells_are_counted(run, model, csv):
    _, out = run("predict", csv({}, {"population": 9e5}), "--model", model)
    assert "\nOutside of what the training rows had: 1 cells\n" in out


@pytest.mark.parametrize("changes, sentence", [
    ([{}, {"ocean_proximity": "MOON"}],
     "rows.csv, line 3, column 'ocean_proximity': 'MOON' is none of"),
    ([{"longitude": "west"}], "rows.csv, line 2, column 'longitude': 'west'"),
    ([{}, {}, {"households": None}], "line 4, column 'households': the cell is empty"),
    ([{"ocean_proximity": None}], "column 'ocean_proximity': the cell is empty"),
])  # fmt: skip
def test_a_wrong_cell_is_told_with_its_line_and_column(
    bad, model, csv, tmp_path, changes, sentence
):
    assert sentence in bad("predict", csv(*changes), "--model", model)
    assert files(tmp_path) == {"rows.csv"}


def test_a_column_that_is_missing_is_named(bad, model, csv):
    said = bad("predict", csv({}, drop="population"), "--model", model)
    assert said.startswith("rows.csv: no column 'population', which the model needs")


@pytest.mark.slow
def test_the_report_is_one_file_with_its_pictures_in_it(run, model):
    code, out = run("report", "--model", model)
    page = Path("report.html").read_text(encoding="utf-8")
    assert code == 0 and "Saved report.html" in out
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert len(pictures) == page.count("<img ") == 7
    for text in pictures:
        with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
            assert np.asarray(picture.convert("L")).std() > 5
    assert not re.search(r'(src|href)="(?!data:)', page)
    for name in ("Ridge Regression", "Boosted Trees, the best", "90 % intervals hold"):
        assert name in page


# --------------------------------------------------------------------------
# Bad input: one line, exit code 2


@pytest.mark.parametrize("words, sentence", [
    (["nowhere.csv"], "there is no 'nowhere.csv'; there is train, serve, "),
    (["train", "nowhere.csv"], "no such file"),
    (["train", "--target", "median_house_valeu"], "did you mean median_house_value?"),
    (["train", "--folds", "1"], "--folds"),
    (["train", "--splits", "x"], "--splits"),
    (["train", "--model", "no/where.npz"], "in a folder that exists"),
    (["train", "--model", "."], "in a folder that exists"),
    (["train", "--save", "a.xyz"], "a picture's name ends in"),
    (["train", "--target", "ocean_proximity"], "ocean_proximity"),
    (["predict"], "give a CSV file"),
    (["leak", "boston_housing.csv"], "need columns longitude and latitude"),
    (["serve", "x.csv"], "serve takes no file"),
    (["report", "x.csv"], "report takes no file"),
    (["serve", "--port", "70000"], "from 1 to 65,535"),
    (["--seed", "-1"], "--seed"),
    (["--unknown"], "--unknown"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(bad, words, sentence, tmp_path):
    assert sentence in bad(*words)
    assert not files(tmp_path)


ROWS = "".join(f"{i},{i * i % 17},{3 * i + 1}\n" for i in range(60))


@pytest.mark.parametrize("text, sentence", [
    ("", "there is no row of data"),
    ("\0\0", "not a text file"),
    ("a,b,price\n1,2,3\n", "1 rows are too few; 50 at least"),
    ("a,b,price\n" + "1,2,\n" * 60, "price"),
    ("a,b,price\n" + "".join(f"{i},{i * i},7\n" for i in range(60)), "same everywhere"),
    ("price\n" + "".join(f"{i}\n" for i in range(60)), "no column to learn from"),
    ("a,b,price\n" + ROWS + "1,many,3\n", "line 62, column 'b': 'many'"),
    ("a,b,price\n" + ROWS + "1,1e400,3\n", "line 62, column 'b'"),
])  # fmt: skip
def test_a_table_that_cannot_be_learnt_from_is_told(bad, tmp_path, text, sentence):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    said = bad("train", tmp_path / "t.csv", "--target", "price")
    assert sentence in said and files(tmp_path) == {"t.csv"}


# --------------------------------------------------------------------------
# The service


@pytest.fixture
def client(model):
    return ml.create_app(model).test_client()


def refused(answer, status: int) -> dict:
    """The JSON of a refusal; it has the status, and no traceback in it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json" and "Traceback" not in answer.text
    assert set(answer.json) == {"error", "fields"} and answer.json["error"]
    return answer.json


def test_one_row_and_many_rows(client):
    one = client.post("/predict", json=ROW).json
    assert set(one) == {"prediction", "confidence_interval", "warnings"}
    low, high = one["confidence_interval"]
    assert low < one["prediction"] <= high and one["warnings"] == []
    many = client.post("/predict", json=[ROW] * 1000).json["predictions"]
    assert len(many) == 1000 and many[0] == one
    refused(client.post("/predict", json=[ROW] * 1001), 422)
    refused(client.post("/predict", json=[]), 422)


def test_bedrooms_may_be_null_or_left_out(client):
    without = {name: value for name, value in ROW.items() if name != "total_bedrooms"}
    answers = [client.post("/predict", json=body).json
               for body in ({**ROW, "total_bedrooms": None}, without)]  # fmt: skip
    assert answers[0] == answers[1] and answers[0]["prediction"] > 0


def test_what_lies_outside_of_the_training_rows_is_warned_of(client):
    found = client.post("/predict", json={**ROW, "median_income": 99}).json
    assert len(found["warnings"]) == 1
    assert found["warnings"][0].startswith("median_income is 99, but the training rows")


def test_the_explanation_adds_up(client):
    found = client.post("/explain", json=ROW).json
    total = found["base"] + sum(found["contributions"].values())
    assert abs(total - found["prediction"]) < 1e-6
    asked = client.post("/predict", json=ROW).json["prediction"]
    assert abs(found["prediction"] - asked) < 0.01
    assert "location" in found["contributions"]
    assert refused(client.post("/explain", json=[ROW]), 422)["error"].startswith(
        "one row"
    )


def test_schema_health_points_and_the_document(client):
    schema = client.get("/schema").json
    assert schema["target"] == "median_house_value" and set(schema["fields"]) == set(
        ROW
    )
    assert schema["fields"]["total_bedrooms"]["empty"]
    assert client.get("/health").json == {"status": "ok", "target": schema["target"]}
    points = np.array(client.get("/points").json)
    assert points.shape[1] == 3 and (points[:, 0] < -114).all()
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.")
    rules = {str(rule) for rule in client.application.url_map.iter_rules()}
    assert set(document["paths"]) == {r for r in rules if "<" not in r} - {
        "/", "/openapi.json"
    }  # fmt: skip


@pytest.mark.parametrize("name", [n for n in ROW if n != "ocean_proximity"])
@pytest.mark.parametrize("value", ["x", True, [], {}, -1e10, 1e10, "1"])
def test_a_wrong_number_is_named(client, name, value):
    answer = client.post("/predict", json={**ROW, name: value})
    assert set(refused(answer, 422)["fields"]) == {name}


@pytest.mark.parametrize("change, name", [
    ({"ocean_proximity": "MOON"}, "ocean_proximity"),
    ({"ocean_proximity": None}, "ocean_proximity"),
    ({"ocean_proximity": 3}, "ocean_proximity"),
    ({"ocean_proximity": []}, "ocean_proximity"),
    ({"households": None}, "households"),
    ({"households": -1}, "households"),
    ({"houses": 1}, "houses"),
    ({"x" * 5000: 1}, "x" * 60),
])  # fmt: skip
def test_a_wrong_field_is_named(client, change, name):
    for path in ("/predict", "/explain"):
        answer = client.post(path, json={**ROW, **change})
        assert set(refused(answer, 422)["fields"]) == {name}
    answer = client.post("/predict", json=[ROW, {**ROW, **change}])
    assert set(refused(answer, 422)["fields"]) == {f"1.{name}"}


def test_all_that_is_missing_is_named_at_once(client):
    found = refused(client.post("/predict", json={}), 422)["fields"]
    assert set(found) == set(ROW) - {"total_bedrooms"}
    assert set(found.values()) == {"is missing"}


@pytest.mark.parametrize("body", ["3", "null", '"x"', "[1]", "[[]]", "true"])
def test_what_is_no_object_is_refused(client, body):
    kind = "application/json"
    refused(client.post("/predict", data=body, content_type=kind), 422)


@pytest.mark.parametrize("text", [
    "", "{", "nonsense", "[" * 100_000, '{"a": NaN}', '{"a": Infinity}', "\0",
    "9" * 5000, b"\xff\xfe\xfa", '{"a": -Infinity}',
])  # fmt: skip
def test_what_is_no_json_gets_400(client, text):
    for path in ("/predict", "/explain"):
        answer = client.post(path, data=text, content_type="application/json")
        refused(answer, 400)


def test_huge_numbers_in_the_json_are_named_not_crashed_on(client):
    for huge in ("1e400", "1" + "0" * 400):
        text = json.dumps(ROW).replace("322", huge)
        answer = client.post("/predict", data=text, content_type="application/json")
        assert set(refused(answer, 422)["fields"]) == {"population"}


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_another_type_another_method_and_too_much(client, path):
    refused(client.post(path, data="{}"), 415)
    refused(client.post(path, data={"a": "b"}), 415)
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(client, method)(path)
        refused(answer, 405)
        assert "POST" in answer.headers["Allow"]
    kind = "application/json"
    refused(client.post(path, data=b" " * (ml.BODY + 1), content_type=kind), 413)


@pytest.mark.parametrize("path", [
    "/nothing", "/predict/", "/static/nothing.js", "/%00", "/predictions",
    "/static/../ml_pipeline.py", "/static/%2e%2e/ml_pipeline.py",
])  # fmt: skip
def test_unknown_routes_get_404_in_json(client, path):
    refused(client.get(path), 404)


def test_a_mistake_in_the_code_is_told_without_a_traceback(model, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(ml._module, "answer_rows", broken)
    client = ml.create_app(model).test_client()
    assert "secret" not in json.dumps(refused(client.post("/predict", json=ROW), 500))


def test_an_unbuilt_part_says_so(model, monkeypatch):
    def unbuilt(*_):
        raise NotImplementedError("milestone 4: shapley")

    monkeypatch.setattr(ml._module, "shapley", unbuilt)
    answer = ml.create_app(model).test_client().post("/explain", json=ROW)
    assert "To do: milestone 4" in refused(answer, 501)["error"]


def test_the_page_loads_nothing_from_elsewhere(client):
    page = client.get("/", buffered=True)
    assert page.status_code == 200 and page.mimetype == "text/html"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("page.css", "page.js"):
        text = client.get(f"/static/{name}", buffered=True).text
        assert not re.search(r"https?://(?!www\.w3\.org)", text + page.text), name


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the libraries that schemathesis brings
def test_random_and_hostile_requests_are_answered_as_the_document_says(model):
    assert attacked(ml.create_app(model)) > 60


# --------------------------------------------------------------------------
# The server


class Server:
    """`serve` as a process of its own, on a free port."""

    def __init__(self, model: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [sys.executable, str(reference("ml_pipeline")), "serve",
                        "--model", str(model), "--port", str(self.port)]  # fmt: skip
        self.child = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert f"http://127.0.0.1:{self.port} " in self.child.stdout.readline()

    def wire(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)


@pytest.fixture
def server(model):
    running = Server(model)
    yield running
    running.child.kill()
    running.child.communicate()


def ask_once(server: Server, body: object) -> float:
    """A prediction, by a connection of its own."""
    with contextlib.closing(server.wire()) as wire:
        return ask(wire, "/predict", body)["prediction"]


def ask(wire: http.client.HTTPConnection, path: str, body: object) -> dict:
    wire.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = wire.getresponse()
    found = json.load(answer)
    assert answer.status == 200, found
    return found


def test_a_server_of_another_name_and_of_a_port_that_is_taken(model):
    """No name at all would be every one of this machine, for everybody: refused."""
    with pytest.raises(ValueError, match="--host: the name is empty"):
        ml.make_server(model, "", 5000)
    hosts = ["127.0.0.1", "::1"] if socket.has_ipv6 else ["127.0.0.1"]
    for host in hosts:
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            taken = socket.create_server((host, 0), family=kind)
        except OSError:  # a machine without an address of this kind
            continue
        port = taken.getsockname()[1]
        with taken, pytest.raises(ValueError) as caught:
            ml.make_server(model, host, port)
        said = str(caught.value)
        assert said.startswith(f"{host}:{port}: ") and "attempting" not in said
        server = ml.make_server(model, host, port)
        assert server.effective_host == host
        server.task_dispatcher.shutdown()
        server.close()


@pytest.mark.slow
def test_200_clients_at_once_all_get_their_own_answer(server, model):
    rows = [{**ROW, "median_income": 1 + i / 25} for i in range(200)]
    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(lambda row: ask_once(server, row), rows))
    want = ml.answer_rows(ml.load_model(model), rows)
    assert found == [answer["prediction"] for answer in want]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a child there has no signals")
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
@pytest.mark.parametrize("again", [True, False])
def test_no_request_is_lost_when_the_server_is_stopped(server, number, code, again):
    """Eight clients ask on; whoever was let in is answered, the others find it shut."""
    answered, lost, shut = [], [], threading.Event()

    def ask_on(_: int) -> None:
        with contextlib.closing(server.wire()) as wire:
            while not shut.is_set():
                if wire.sock is None:
                    try:
                        wire.connect()
                    except OSError:
                        return shut.set()
                try:
                    answered.append(ask(wire, "/explain", ROW)["prediction"])
                except Exception as error:
                    lost.append(repr(error))
                if not again:
                    wire.close()

    with ThreadPoolExecutor(8) as pool:
        work = pool.map(ask_on, range(8))
        time.sleep(0.7)
        server.child.send_signal(number)
        list(work)
    out, err = server.child.communicate(timeout=20)
    assert not lost and len(answered) > 20 and len(set(answered)) == 1
    assert server.child.returncode == code and "Traceback" not in err
    assert "every request that had come was answered" in out


@pytest.mark.slow
def test_a_port_in_use_is_told_in_a_sentence(server):
    second = subprocess.run(
        server.command, capture_output=True, encoding="utf-8", timeout=60
    )
    assert second.returncode == 2 and not second.stdout
    assert second.stderr.startswith(f"127.0.0.1:{server.port}: ")
    assert "try another --port" in second.stderr
    assert len(second.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("text, status", [
    (b"garbage\r\n\r\n", 400),
    (b"\0\xff\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
    (b"POST /predict HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
    (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 404),
])  # fmt: skip
def test_what_is_no_http_is_answered_in_json_too(server, text, status):
    assert answered(server.port, text) == status


@pytest.mark.slow
def test_in_a_real_browser_the_page_works_by_keyboard_on_a_phone_in_the_dark(server):
    from playwright.sync_api import expect

    address = f"http://127.0.0.1:{server.port}"
    with dark_phone(address) as (page, wrong, elsewhere):
        price = page.locator("#price")
        expect(price).to_have_text(re.compile(r"\$[\d,]{6,}"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        below = page.locator("section.verdict").bounding_box()
        assert below["y"] + below["height"] <= 844, "the price is in sight at once"
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(18, 21, 27)"
        page.locator("#f-median_income").fill("9.5")
        page.keyboard.press("Enter")
        before = page.locator("#f-longitude").input_value()
        expect(page.locator("#why")).to_contain_text("Median income")
        asked = ask_once(server, form_of(page))
        expect(price).to_have_text(f"${asked:,.0f}")
        page.locator("#map").focus()
        page.keyboard.press("ArrowLeft")
        moved = page.locator("#f-longitude").input_value()
        assert abs(float(before) - 0.05 - float(moved)) < 0.011
        asked = ask_once(server, form_of(page))
        expect(price).to_have_text(f"${asked:,.0f}")
        page.locator("#map").click(position={"x": 100, "y": 100})
        assert page.locator("#f-longitude").input_value() != moved
        assert not wrong
        page.locator("#f-households").fill("many")
        page.keyboard.press("Enter")
        expect(page.locator("#wrong")).to_contain_text("Households must be a number")
        expect(page.locator("#f-households")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#answer")).to_be_hidden()
        assert all("422" in text for text in wrong), wrong  # the browser notes refusals
        page.locator("#f-households").fill("400")
        page.locator("#f-total_bedrooms").fill("")
        page.keyboard.press("Enter")
        expect(page.locator("#answer")).to_be_visible()
    assert not elsewhere


def form_of(page) -> dict:
    """The row that stands in the form of the page."""
    found = {name: page.locator(f"#f-{name}").input_value() for name in ROW}
    return {name: value if name == "ocean_proximity" else float(value)
            for name, value in found.items()}  # fmt: skip


# --------------------------------------------------------------------------
# As a process


@pytest.mark.slow
def test_as_a_process_of_its_own_it_ends_as_promised(tmp_path):
    """From another folder, piped, without a screen, on a console that has no ²."""
    quick = ["train", "boston_housing.csv", "--target", "MEDV", "--quick", "--no-show"]
    for words, code in ((["abc"], 2), ([*quick, "--folds", "2"], 0)):
        child = subprocess.run(
            [sys.executable, str(reference("ml_pipeline")), *words],
            capture_output=True, encoding="ascii", cwd=tmp_path, timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        )  # fmt: skip
        assert child.returncode == code and "Traceback" not in child.stderr
    assert "Test R?: 0." in child.stdout and not child.stderr
    assert files(tmp_path) == {"model.npz"}


def test_console_run_turns_ctrl_c_into_130(monkeypatch):
    ml.main  # noqa: B018  the chapter is loaded when first used
    monkeypatch.setattr(ml._module, "read_table", lambda *_: (_ for _ in ()).throw(
        KeyboardInterrupt))  # fmt: skip
    with pytest.raises(SystemExit) as end:
        console.run(lambda: ml.main(["train", "--no-show"]))
    assert end.value.code == 130
