"""Chapter 19 against scikit-learn's HistGradientBoosting, and its server under load.

python benchmarks/bench_ml_pipeline.py
"""

import http.client
import json
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import harness
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from phase5_capstone import ml_pipeline as ml

REQUESTS, CLIENTS = 4000, 4


def split(seed: int = 0) -> tuple[np.ndarray, ...]:
    """Features and log prices to learn from, features and prices of the test rows."""
    table = ml.read_table("california_housing.csv", None)
    test, rows = ml.split_of(len(table.price), seed)
    features, y = ml.Features(), np.log(table.price[rows])
    X = features.fit_transform(table.frame.iloc[rows], y)
    return X, y, features.transform(table.frame.iloc[test]), table.price[test]


def peer(trees: int = 200) -> Any:
    """Scikit-learn's, with the settings that did best for these rows."""
    return HistGradientBoostingRegressor(
        max_iter=trees, learning_rate=0.08, max_features=0.5, random_state=0
    )


def ask(address: tuple[str, int], row: bytes, times: int) -> list[float]:
    """Seconds of so many requests over one connection."""
    wire, took = http.client.HTTPConnection(*address, timeout=60), []
    for _ in range(times):
        began = time.perf_counter()
        wire.request("POST", "/predict", row, {"Content-Type": "application/json"})
        answer = wire.getresponse()
        answer.read()
        assert answer.status == 200
        took.append(time.perf_counter() - began)
    wire.close()
    return took


def load() -> None:
    """Requests a second, and the slowest of a hundred; the clients' work is in it."""
    table = ml.read_table("california_housing.csv", None)
    bundle = ml.study(table, {"Boosted Trees": ml.HistGradientBoosting()}, 2, 0).bundle
    row = {name: field["typical"] for name, field in bundle.fields.items()}
    with tempfile.TemporaryDirectory() as folder:
        ml.save_model(Path(folder) / "m.npz", bundle)
        stop: list[int] = []
        server = ml.make_server(Path(folder) / "m.npz", "127.0.0.1", 0)
        thread = threading.Thread(target=ml.run_until, args=(server, stop))
        thread.start()
        where = ("127.0.0.1", int(server.effective_port))
        body = json.dumps(row).encode()
        ask(where, body, 50)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            parts = pool.map(lambda _: ask(where, body, REQUESTS // CLIENTS), "abcd")
            took = [seconds for part in parts for seconds in part]
        speed = len(took) / (time.perf_counter() - began)
        stop.append(1)
        thread.join()
    p99 = 1000 * np.quantile(took, 0.99)
    print(f"{CLIENTS} clients: {speed:,.0f} requests a second, p99 {p99:.1f} ms")


def main() -> list[harness.Result]:
    """The same features and rows; both to the same error of the test rows."""
    harness.title("pipeline", "numpy", "scikit-learn")
    X, y, X_test, price = split()
    ours, theirs = ml.HistGradientBoosting(), peer()
    errors = [ml.rmse(price, np.exp(model.fit(X, y).predict(X_test)).clip(0, 500_001))
              for model in (ours, theirs)]  # fmt: skip
    print(f"test RMSE: ours ${errors[0]:,.0f}, scikit-learn's ${errors[1]:,.0f}")
    assert abs(errors[0] / errors[1] - 1) < 0.02, "not the same work"
    found = harness.duel(
        f"boosting, {len(y):,} rows, {X.shape[1]} features, to the same test RMSE",
        lambda: ours.fit(X, y), lambda: theirs.fit(X, y), "0.5", repeats=3,
    )  # fmt: skip
    load()
    return [found]


if __name__ == "__main__":
    main()
