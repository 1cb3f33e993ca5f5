"""What is claimed of chapter 19, over five splits."""

from collections.abc import Iterator

import numpy as np
from harness import Claim
from sklearn.ensemble import HistGradientBoostingRegressor

from phase5_capstone import ml_pipeline as ml


def theirs(X: np.ndarray, y: np.ndarray, X_test: np.ndarray) -> np.ndarray:
    """What scikit-learn's boosting says of the test rows, as prices."""
    model = HistGradientBoostingRegressor(
        max_iter=300, learning_rate=0.06, max_features=0.5, random_state=0
    )
    return np.exp(model.fit(X, y).predict(X_test)).clip(0, 500_001)


def claims() -> Iterator[Claim]:
    """Error, R² and coverage on the test rows; scikit-learn's error on them."""
    table = ml.read_table("california_housing.csv", None)
    told: dict[str, list[float]] = {}
    for seed in range(5):
        test, rows = ml.split_of(len(table.price), seed)
        model = {"Boosted Trees": ml.HistGradientBoosting(rng=seed)}
        found = ml.study(table, model, 5, seed)
        features, y = found.bundle.features, np.log(table.price[rows])
        frame, rest = table.frame.iloc[rows], table.frame.iloc[test]
        X, X_test = features.fit_transform(frame, y), features.transform(rest)
        plain = len(features.numbers_)
        kinds = np.array([": " in name for name in features.names_])
        kinds[:plain] = True
        for what, value in {
            "boosting: test RMSE ($)": ml.rmse(found.y, found.predicted()),
            "boosting: test R²": ml.r_squared(found.y, found.predicted()),
            "90 % intervals: coverage (%)": 100 * found.coverage(0.9),
            "scikit-learn's boosting, our features: test RMSE ($)": ml.rmse(
                found.y, theirs(X, y, X_test)
            ),
            "scikit-learn's boosting, plain columns: test RMSE ($)": ml.rmse(
                found.y, theirs(X[:, kinds], y, X_test[:, kinds])
            ),
        }.items():
            told.setdefault(what, []).append(value)
    for what, values in told.items():
        yield Claim(what, values)
