"""Chapter 4. PCA: the few directions in which many numbers really vary.

Four measures of a flower, or the 784 pixels of a digit: nobody can look at 784 axes.
But the numbers do not vary freely. Long petals are wide petals too, so one new axis can
stand for both. Principal component analysis finds the direction along which the data
spread most, then the next at right angles to it, and so on. They are the eigenvectors
of the covariance matrix, and each eigenvalue is the variance along its own:

    C = (X − x̄)ᵀ (X − x̄) / n          C v = λ v          share of λⱼ = λⱼ / Σ λ

Multiply any vector by C again and again, and it turns to the first of them; take that
one out of C, and the next is the first. No eigenvalue routine of numpy is used here.

You will see iris in two dimensions, which keep 95.8 % of its variance (eigenvalues
2.918, 0.914, 0.147, 0.021; with n − 1 for n the first would be 2.938), and digits that
are rebuilt from k components, k on a slider. `--watch` films the vector as it turns.
Only MNIST takes more than a few seconds: about ten.

    python phase1_linear_algebra/pca_visualizer.py iris.csv
    python phase1_linear_algebra/pca_visualizer.py iris.csv --components 3 --watch
    python phase1_linear_algebra/pca_visualizer.py digits_8x8.csv.gz
    python phase1_linear_algebra/pca_visualizer.py mnist

Names
    X         (n, d)  the data, one sample a row; x̄ is the mean row
    C, A      (d, d)  the covariance; A is any symmetric matrix
    v, λ      (d,), float  an eigenvector, of length 1, and its eigenvalue
    V         (d, k)  the first k eigenvectors, one a column
    Z         (n, k)  the scores: each row in k numbers, (X − x̄) V

What this leaves out: faces (no set of them may be shipped with this book); curved
structure (t-SNE, kernel PCA). The sign of an eigenvector is free: here its entry of
largest size is positive.

Source: Deisenroth, Faisal and Ong, "Mathematics for Machine Learning", chapter 10.
"""

import argparse
import textwrap
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import console, data, figures

Axes = Any  # of matplotlib, flat or in space; it and pandas are imported late
Frame = Any  # of pandas: a table, or one column of it
Pairs = tuple[np.ndarray, np.ndarray]  # eigenvalues (k,) falling, eigenvectors (d, k)

ROWS = 12_000  # so many rows at a time: a centred copy of all of MNIST is never needed
FEW, SMALL = 10, 100  # so many pairs of so many columns are found one by one
MOST = 160  # so many components are looked at: of MNIST they hold 95 %
CLASSES = 20  # so many words can still be told apart by colour and marker


# --------------------------------------------------------------------------
# Milestone 1: how the columns vary together


def covariance_loop(X: np.ndarray) -> np.ndarray:
    """Covariance of every two columns, said plainly: (n, d) -> (d, d).

    The same as `covariance`, and very much slower: read this one, run the other.
    """
    n, d = X.shape
    mean = [sum(X[:, j]) / n for j in range(d)]
    C = np.zeros((d, d))
    for i in range(d):
        for j in range(d):
            C[i, j] = sum((x[i] - mean[i]) * (x[j] - mean[j]) for x in X) / n
    return C


def covariance(X: np.ndarray) -> np.ndarray:
    """Covariance matrix of the columns: X (n, d) -> (d, d).

        C = (X − x̄)ᵀ (X − x̄) / n

    C[i, j] > 0 when columns i and j rise together; C[i, i] is the variance of column i.
    Some divide by n − 1, which makes every entry n / (n − 1) times as large.

    >>> covariance(np.array([[1.0, 2.0], [3.0, 6.0]]))
    array([[1., 2.],
           [2., 4.]])
    """
    (n, d), mean = X.shape, X.mean(axis=0)
    C, room = np.zeros((d, d)), np.empty((min(n, ROWS), d), mean.dtype)
    for i in range(0, n, ROWS):
        rows = X[i : i + ROWS]
        B = np.subtract(rows, mean, out=room[: len(rows)])  # fast: no new memory
        C += B.T @ B  # fast: numpy sees the same B twice, and computes half of it
    return C / n


# --------------------------------------------------------------------------
# Milestone 2: a vector that turns to the longest axis


def power_iteration(
    A: np.ndarray, rng: np.random.Generator, tol: float = 1e-12, limit: int = 10_000
) -> tuple[float, np.ndarray, np.ndarray]:
    """The eigenvalue of largest size, its eigenvector, and all vectors on the way.

        v ← A v / ‖A v‖        λ = v · A v

    A stretches the part of v along its main eigenvector most, so at every product that
    part gains. It ends when a step moves v by tol at most, or after `limit` steps.
    If A v is zero, v is an eigenvector already, its value 0.
    A (d, d) symmetric -> λ, v (d,), history (m, d), all of them unit vectors.
    """
    start = rng.normal(size=len(A))
    history = [start / np.linalg.norm(start)]
    for _ in range(limit):
        v = history[-1]
        Av = A @ v
        size = np.linalg.norm(Av)
        if size == 0:  # v is an eigenvector already, its eigenvalue is 0
            break
        # subtle: for λ < 0 the vector turns around at every step; this undoes it
        history.append(Av / np.copysign(size, v @ Av))
        if np.linalg.norm(history[-1] - v) <= tol:
            break
    v = history[-1]
    return float(v @ A @ v), v, np.array(history)


def angles(history: np.ndarray) -> np.ndarray:
    """Angle of each vector to the last one, in radians: (m, d) -> (m,)."""
    goal = history[-1]
    along = history @ goal  # (m,)
    across = np.linalg.norm(history - along[:, None] * goal, axis=1)
    return np.arctan2(across, np.abs(along))  # subtle: arccos is blind below 1e-8


def contraction(history: np.ndarray) -> float:
    """The factor by which a step shrinks the angle, measured where it has settled.

    Each step multiplies the part along v₁ by λ₁, that along v₂ by λ₂, and the others by
    less. So the factor is |λ₂ / λ₁|: far apart is fast, nearly equal is slow.
    """
    angle = angles(history)
    angle = angle[angle > 1e-8]  # below is rounding
    late = angle[-max(2, len(angle) // 2) :]
    steps = len(late) - 1
    return float((late[-1] / late[0]) ** (1 / steps)) if steps > 0 else 0.0


# --------------------------------------------------------------------------
# Milestone 3: all the axes, and the data seen along them


def deflate(A: np.ndarray, value: float, vector: np.ndarray) -> np.ndarray:
    """A − λ v vᵀ: the eigenvalue of v becomes 0, all other eigenpairs stay."""
    return A - value * np.outer(vector, vector)


def one_by_one(
    A: np.ndarray, k: int, rng: np.random.Generator, tol: float = 1e-10
) -> Pairs:
    """k eigenpairs, each by power iteration on what deflation leaves."""
    values, V, rest = np.zeros(k), np.zeros((len(A), k)), A
    for j in range(k):
        values[j], V[:, j], _ = power_iteration(rest, rng, tol / 100, limit=1000)
        rest = deflate(rest, values[j], V[:, j])
    order = np.argsort(-values, kind="stable")
    return values[order], V[:, order]


# Skip the next three on a first reading: they find many pairs, or nearly equal ones.


def orthonormal(Y: np.ndarray) -> np.ndarray:  # given
    """Unit columns at right angles that span what Y's columns span: (d, b) -> (d, b).

        YᵀY = L Lᵀ (Cholesky)   ⇒   Q = Y L⁻ᵀ has QᵀQ = L⁻¹ (L Lᵀ) L⁻ᵀ = I

    Elimination turns [YᵀY | I] into [Lᵀ | L⁻¹], and L⁻¹ is all that is needed.
    """
    b = Y.shape[1]
    M = np.hstack([Y.T @ Y, np.eye(b)])  # (b, 2b)
    for j in range(b):
        part = slice(j, b + j + 1)  # the rest of row j is zero
        M[j, part] /= np.sqrt(M[j, j])
        M[j + 1 :, part] -= np.outer(M[j, j + 1 : b], M[j, part])
    return Y @ M[:, b:].T


def jacobi(S: np.ndarray, tol: float = 1e-14) -> Pairs:  # given
    """All eigenpairs of a symmetric matrix S (b, b), by rotations.

    A rotation of rows p and q, and of columns p and q, makes S[p, q] zero. It disturbs
    the other entries, but less than it gains: in the end only the diagonal is left. b/2
    pairs rotate at a time, as in a chess tournament: one player stays, the others move
    on by a seat, and after b − 1 rounds everybody has met everybody.
    """
    b, half = len(S), (len(S) + 1) // 2
    M = np.hstack([S, np.eye(b)])  # (b, 2b): the rotations add up in the right half
    S, seats = M[:, :b], np.arange(2 * half)
    for _ in range(30):  # 5 to 10 sweeps are enough: in the end each squares the error
        if np.linalg.norm(S - np.diag(np.diag(S))) <= tol * np.linalg.norm(S):
            break
        for _ in seats[1:]:
            p, q = np.sort([seats[:half], seats[::-1][:half]], axis=0)
            p, q = p[q < b], q[q < b]  # with an odd b somebody has no partner
            gap, twice = S[q, q] - S[p, p], 2 * S[p, q]
            turn = np.arctan2(np.where(gap < 0, -twice, twice), np.abs(gap)) / 2
            c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
            for R in (M, S.T):  # the rows, then the columns
                P, Q = R[p], R[q]
                R[p], R[q] = c * P - s * Q, s * P + c * Q
            seats[1:] = np.roll(seats[1:], 1)
    order = np.argsort(-np.diag(S), kind="stable")
    return np.diag(S)[order], M[order, b:].T


def all_at_once(
    A: np.ndarray, k: int, rng: np.random.Generator, tol: float
) -> Pairs:  # given
    """k eigenpairs by power iteration on a whole block of vectors.

    Kept at right angles, b vectors turn to the span of the first b eigenvectors; pair k
    settles at the rate λ_{b+1} / λ_k, so a few vectors more than k save many steps.
    Within the span Jacobi finds the pairs of the small matrix QᵀAQ (Rayleigh and Ritz).
    With b = d the span is everything, and no step is needed.
    """
    d = len(A)
    b = d if d <= SMALL else min(d, k + max(25, k // 4))
    Q = np.eye(d) if b == d else orthonormal(rng.normal(size=(d, b)))
    # subtle: A may have fewer than b directions; a little of Q keeps Cholesky going
    little = 1e-6 * (np.abs(A).max() or 1.0)
    for _ in range(100):  # at most 1,500 steps, where 15 or 30 are usual
        for _ in range(15 if b < d else 0):
            Q = orthonormal(A @ Q + little * Q)
        Q = orthonormal(Q)  # once more, for the last digits
        values, W = jacobi(Q.T @ A @ Q, tol / 100)
        Q = Q @ W
        error = np.linalg.norm(A @ Q[:, :k] - Q[:, :k] * values[:k], axis=0).max()
        if b == d or error <= tol * np.abs(values).max():
            break
    return values[:k], Q[:, :k]


def eigenpairs(
    A: np.ndarray, k: int, rng: np.random.Generator, tol: float = 1e-10
) -> Pairs:
    """The k largest eigenvalues, falling, and their eigenvectors: (k,), (d, k).

    A is a covariance: symmetric, no eigenvalue below 0. A few pairs of a small matrix
    come one by one. Many, or pairs so nearly equal that single vectors do not settle,
    come all at once. The entry of largest size in each vector is positive. ValueError
    if A is not symmetric, or k not from 1 to d.
    """
    A = np.asarray(A, dtype=float)
    size = np.abs(A).max() or 1.0
    if A.shape != A.T.shape or np.abs(A - A.T).max() > 1e-8 * size:
        raise ValueError("the matrix must be symmetric, as a covariance is")
    if not 1 <= k <= len(A):
        raise ValueError(f"k = {k}, but it must be from 1 to {len(A)}")
    few = k <= FEW and len(A) <= SMALL
    values, V = (one_by_one if few else all_at_once)(A, k, rng, tol)
    askew = np.abs(A @ V - V * values).max() / size + np.abs(V.T @ V - np.eye(k)).max()
    if few and (askew > tol or values[-1] < 0):
        values, V = all_at_once(A, k, rng, tol)
    largest = np.abs(V).round(9).argmax(axis=0)  # rounded: of equal ones the first
    return values, V * np.sign(V[largest, np.arange(k)])


def explained(values: np.ndarray, total: float | None = None) -> np.ndarray:
    """Share of the variance along each axis, λⱼ / Σ λ: (k,) -> (k,).

    Σ goes over all d values. When only k of them are known, their `total` is the trace
    of C, the sum of the columns' variances. ValueError if nothing varies.
    """
    total = float(np.sum(values)) if total is None else total
    if not total > 0:
        raise ValueError("all columns are constant: there is no variance to explain")
    return np.asarray(values) / total


class PCA:
    """Principal components as a model: `PCA(2).fit(X).transform(X)`.

    Centres the columns, and does not scale them. After fit, named as in scikit-learn:
    mean_ (d,), components_ (k, d), explained_variance_ratio_ (k,), and
    explained_variance_ (k,), which has n where scikit-learn has n − 1.
    """

    def __init__(self, k: int = 2, rng: np.random.Generator | int = 0):  # given
        self.k, self.rng = k, np.random.default_rng(rng)

    def fit(self, X: np.ndarray, y: object = None) -> "PCA":
        """Find the first k axes of X (n, d); ValueError if X does not have so many."""
        X = check(X, self.k)
        self.mean_ = X.mean(axis=0)
        if not np.isfinite(self.mean_).all():
            raise ValueError("X has cells that are missing or infinite")
        C = covariance(X)
        tol = 1e-6 if X.dtype == np.float32 else 1e-10  # no digits that X does not have
        values, V = eigenpairs(C, self.k, self.rng, tol)
        self.components_ = V.T.astype(X.dtype)
        self.explained_variance_ = np.maximum(values, 0)  # rounding can leave −1e-17
        self.explained_variance_ratio_ = explained(self.explained_variance_, C.trace())
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The scores Z = (X − x̄) V: (n, d) -> (n, k)."""
        return (np.asarray(X) - self.mean_) @ self.components_.T

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """The rows that the scores stand for, x̄ + Z Vᵀ: (n, k) -> (n, d)."""
        return np.asarray(Z) @ self.components_ + self.mean_


def check(X: np.ndarray, k: int, name: str = "X") -> np.ndarray:  # given
    """X as a table of floats; ValueError if there is too little of it for k axes."""
    X = np.asarray(X)
    X = X if X.dtype == np.float32 else X.astype(float, copy=False)
    if X.ndim != 2 or len(X) < 2:
        raise ValueError(f"{name}: 2 rows at least are needed; the shape is {X.shape}")
    if not 1 <= k <= X.shape[1]:
        columns = f"{X.shape[1]} columns of numbers"
        raise ValueError(f"{name}: {k} components of {columns} are not possible")
    return X


# --------------------------------------------------------------------------
# Milestone 4: digits from a few numbers, and how many are real


def reconstruct(X: np.ndarray, k: int) -> np.ndarray:
    """X after it has been squeezed through k numbers a row: (n, d) -> (n, d).

    Of all ways to keep k linear combinations of the columns this one loses least. What
    it loses, Σ (X − X̂)² / n, is the sum of the eigenvalues that are left out.
    """
    model = PCA(k).fit(X)
    return model.inverse_transform(model.transform(X))


def enough(shares: np.ndarray, wanted: float = 0.95) -> int:
    """The least k whose shares add up to `wanted`; 0 if all of them do not."""
    reached = np.cumsum(shares) >= wanted - 1e-12
    return int(reached.argmax()) + 1 if reached.any() else 0


def shuffled_values(X: np.ndarray, rng: np.random.Generator, rounds: int) -> np.ndarray:
    """What chance can do: eigenvalues of X with every column shuffled, (m,), m ≤ 100.

    A shuffled column keeps its numbers and forgets which row they belong to: nothing is
    left that two columns share. Of the rounds, each value's 95 % point is taken.
    """
    m = min(X.shape[1], SMALL)
    shuffles = (rng.permuted(X, axis=0) for _ in range(rounds))
    values = [eigenpairs(covariance(S), m, rng, tol=1e-2)[0] for S in shuffles]
    return np.quantile(values, 0.95, axis=0)


def above(values: np.ndarray, noise: np.ndarray) -> int:
    """How many eigenvalues, from the first on, are above those of shuffled data."""
    m = min(len(values), len(noise))
    real = values[:m] > noise[:m] * (1 + 1e-9)  # a single column shuffled is the same
    return m if real.all() else int(real.argmin())


def parallel_analysis(X: np.ndarray, rng: np.random.Generator, rounds: int = 20) -> int:
    """How many components are real: they vary more than chance can make them.

    Source: Horn, "A rationale and test for the number of factors" (1965).
    """
    values, _ = eigenpairs(covariance(X), min(X.shape[1], SMALL), rng)
    return above(values, shuffled_values(X, rng, rounds))


# --------------------------------------------------------------------------
# The picture


class Table(NamedTuple):
    """What the command works on."""

    name: str  # of the file
    X: np.ndarray  # (n, d)
    columns: list[str]  # their names; [] when each row is a picture, d = side²
    labels: np.ndarray  # (n,) 0, 1, 2 …: the class of each row
    classes: list[str]  # and what the classes are called


def stage(plt: Any, table: Table, dims: int) -> tuple[Any, dict[str, Axes]]:
    """The figure and its axes by letter; P already shows the most varying columns."""
    layout, size, heights = "PPS;PPC", (11.0, 6.0), [1.0, 1.0]
    if not table.columns:
        layout, size, heights = "PPVVV;SCMOR;..KKK", (12.4, 7.4), [6, 4, 0.4]
    space = {"P": {"projection": "3d"}} if dims == 3 else {}
    look = {"figsize": size, "height_ratios": heights, "num": f"PCA of {table.name}"}
    fig, axes = plt.subplot_mosaic(layout, per_subplot_kw=space, **look)
    if dims == 3:
        axes["P"].set_box_aspect((4, 4, 3), zoom=1.1)
    first = np.argsort(-table.X.var(axis=0).round(6), kind="stable")[:dims]
    draw_points(axes["P"], table.X[:, first], table)
    axes["P"].set_title(f"{dims} of the {table.X.shape[1]} columns")
    return fig, axes


def draw_points(ax: Axes, Z: np.ndarray, table: Table) -> None:
    """Points Z (n, 2 or 3): a colour, a marker and a word for each class."""
    beside = table.columns and len(table.classes) > 3  # too many words to stand near
    for j, name in enumerate(table.classes):
        own, turn = Z[table.labels == j], j // len(figures.COLOURS)
        ink = figures.COLOURS[j % len(figures.COLOURS)]
        marker = figures.MARKERS[(j + turn) % len(figures.MARKERS)]
        few = own[:: len(Z) // 4000 + 1].T  # more dots than 4,000 only make a blot
        ax.plot(*few, marker, ms=4, mew=0, color=ink, alpha=0.5, label=name)
        place = own.mean(axis=0)
        if table.columns:  # words stand beside the points, numerals among them
            place[-1] = own[:, -1].min() if len(place) == 2 else own[:, -1].max()
        ax.text(*place, "" if beside else name, color=ink, weight="bold", fontsize=13,
                ha="center", va="top", zorder=9, clip_on=True,
                bbox={"fc": "white", "alpha": 0.8, "pad": 1})  # fmt: skip
    ax.margins(0.12 if Z.shape[1] == 2 else 0.02)
    if beside:
        ax.legend(markerscale=2)


def draw_projection(ax: Axes, model: PCA, table: Table, dims: int) -> None:
    """Rows along the first axes, and which way each column pulls them."""
    Z = model.transform(table.X)[:, :dims]
    shares = 100 * model.explained_variance_ratio_[:dims]
    ax.clear()
    draw_points(ax, Z, table)
    for j, share in enumerate(shares):
        ax.set(**{"xyz"[j] + "label": f"component {j + 1} ({share:.1f} %)"})
    ax.set_title(f"{dims} axes keep {shares.sum():.1f} % of the variance")
    if 0 < len(table.columns) <= 10:
        V = model.components_[:dims].T  # (d, dims), a row for each column
        reach = 1.4 * Z[:, 0].std() / np.abs(V).max()
        draw_pull(ax, reach * V, table.columns)
    ax.set_aspect("equal", adjustable="datalim")


def draw_pull(ax: Axes, tips: np.ndarray, names: list[str]) -> None:
    """An arrow and a word for each column."""
    look: dict[str, Any] = {"arrow_length_ratio": 0.08}  # in space
    if tips.shape[1] == 2:
        look = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004}
    ax.quiver(*np.zeros_like(tips.T), *tips.T, color=figures.INK, zorder=5, **look)
    for rank, j in enumerate(np.argsort(-tips[:, 1])):
        name, va = names[j].replace("_", " "), "top" if rank % 2 else "bottom"
        ha = "left" if tips[j, 0] > 0 else "right"
        ax.text(
            *1.06 * tips[j], name, fontsize=9, ha=ha, va=va, zorder=10, clip_on=True
        )


def draw_shares(scree: Axes, curve: Axes, model: PCA, noise: np.ndarray) -> None:
    """The variance of each axis beside that of shuffled columns; what k axes keep."""
    values, m = model.explained_variance_, min(model.k, len(noise))
    for line, style, ink in (values, "o-", 0), (noise, "--", 1):
        line = line[:m].clip(1e-4 * values[0])  # the scale is logarithmic: no zeros
        scree.semilogy(range(1, m + 1), line, style, ms=4, color=figures.COLOURS[ink])
    scree.text(m / 2 + 1, 1.3 * noise[m // 2], "shuffled", color=figures.COLOURS[1])
    scree.set(xlabel="component", ylabel="variance λ")
    scree.set_title(f"{above(values, noise)} above chance")
    shares = model.explained_variance_ratio_
    total, k = 100 * np.cumsum([0, *shares]), enough(shares)
    curve.plot(total, color=figures.COLOURS[2])
    curve.plot(k, total[k], "o", ms=12, mfc="none", color=figures.COLOURS[1])
    curve.axhline(95, color=figures.MUTED, lw=1, ls=":")
    curve.set(xlabel="components kept, k", ylabel="% of the variance", ylim=(-3, 108))
    curve.set_title(f"k = {k} for 95 %" if k else "95 % need more")
    for ax in (scree, curve):
        ax.xaxis.get_major_locator().set_params(integer=True)


class Rebuilder:
    """One digit from the mean and k components; the slider and the keys choose k."""

    KEYS = "←→ k by 1  ↑↓ k by 10  N another digit"

    def __init__(self, axes: dict[str, Axes], model: PCA, X: np.ndarray, k: int):
        from matplotlib.widgets import Slider

        self.axes, self.model, self.X, self.row = axes, model, X, 0
        title = "The first components: red adds ink, blue takes it away"
        sheet = self.sheet(model.components_[:15])
        self.show("V", sheet, title, cmap="RdBu_r", vmin=-1, vmax=1)
        self.show("M", model.mean_, "the mean")
        axes["K"].figure.supxlabel(self.KEYS, fontsize=9, color=figures.MUTED)
        self.slider = Slider(axes["K"], "k ", 0, model.k, valinit=k, valstep=1)
        self.slider.on_changed(self.draw)
        self.draw(k)

    def sheet(self, rows: np.ndarray) -> np.ndarray:
        """Up to fifteen rows as pictures, in three lines of five."""
        side = round(rows.shape[1] ** 0.5)
        tiles = np.full((3, side + 1, 5, side + 1), np.nan)  # nan stays white
        for i, row in enumerate(rows / np.abs(rows).max(axis=1)[:, None]):
            tiles[i // 5, 1:, i % 5, 1:] = row.reshape(side, side)
        return tiles.reshape(3 * (side + 1), -1)

    def show(self, name: str, image: np.ndarray, title: str, **look: Any) -> None:
        """A row of numbers as the square picture that it is, or the sheet."""
        ax, side = self.axes[name], round(len(image) ** 0.5)
        ax.clear()
        look = {"cmap": "Greys", "vmin": 0, "vmax": self.X.max()} | look
        ax.imshow(image.reshape(side, side) if image.ndim == 1 else image, **look)
        ax.set_title(title, fontsize=11)
        ax.set_axis_off()

    def draw(self, k: float) -> None:
        """The digit, and what k components make of it."""
        x, mean = self.X[self.row], self.model.mean_
        V = self.model.components_[: int(k)]
        again = mean + (x - mean) @ V.T @ V
        lost = ((x - again) ** 2).sum() / ((x - mean) ** 2).sum()
        self.show("O", x, "a digit")
        self.show("R", again, f"k = {k:.0f}: {100 * lost:.1f} % lost")
        self.axes["R"].figure.canvas.draw_idle()

    def on_key(self, key: str | None) -> None:
        """N: another digit. Left and right change k by 1, down and up by 10."""
        self.row = (self.row + (key == "n")) % len(self.X)
        move = {"left": -1, "right": 1, "down": -10, "up": 10}.get(key or "", 0)
        self.slider.set_val(np.clip(self.slider.val + move, 0, self.model.k))


class Watch:
    """The film: a vector turns to axis 1, the cloud collapses along it; then axis 2."""

    def __init__(self, plt: Any, model: PCA, X: np.ndarray, runs: list[np.ndarray]):
        self.fig, self.axes = plt.subplots(1, 2, figsize=(11, 5.6), num="PCA film")
        self.runs, self.V = runs, model.components_[:2]
        self.Z = model.transform(X[:: len(X) // 4000 + 1])[:, :2]
        self.values = np.append(model.explained_variance_, 0)
        one, two = (min(int((angles(run) > 1e-3).sum()), 30) for run in runs)
        self.scenes = [(0, i, 0.0) for i in range(one + 1)]  # part, step, collapsed
        self.scenes += [(0, one, gone) for gone in np.linspace(0.1, 1, 10)]
        self.scenes += [(1, i, 1.0) for i in range(two + 1)]
        self.film = figures.Film(self.fig, self.draw, len(self.scenes), fps=4)
        self.fig.draw_without_rendering()
        self.fig.set_layout_engine("none")  # all has its place: frames come faster

    def draw(self, frame: int) -> None:
        """One frame: the cloud with the vector, and beside it how fast it turns."""
        part, step, gone = self.scenes[frame]
        for ax in self.axes:
            ax.clear()
        self.draw_cloud(self.axes[0], part, step, gone)
        self.draw_angle(self.axes[1], part, step)

    def draw_cloud(self, ax: Axes, part: int, step: int, gone: float) -> None:
        """The points, collapsed so far, and the last five places of the vector."""
        size, ink = 1.1 * np.abs(self.Z).max(), figures.COLOURS[part]
        x, y = (self.Z * [1 - gone, 1]).T
        ax.plot(x, y, "o", ms=4, mew=0, color=figures.MUTED, alpha=0.4)
        for age, v in enumerate(self.runs[part][: step + 1][:-6:-1]):
            look = {"arrowstyle": "-|>", "lw": 2.5, "shrinkA": 0, "shrinkB": 0}
            look |= {"color": ink, "alpha": 0.45**age}
            ax.annotate("", 0.9 * size * self.V @ v, (0, 0), arrowprops=look)
        ax.set(xlim=(-size, size), ylim=(-size, size), aspect="equal")
        ax.set(xlabel="along axis 1", ylabel="along axis 2")
        collapsing = "Deflation: what lies along axis 1 is taken out"
        ax.set_title(collapsing if part < gone else f"Axis {part + 1}, step {step}")

    def draw_angle(self, ax: Axes, part: int, step: int) -> None:
        """The angle left after each step, and the line that λ₂ / λ₁ promises."""
        angle = np.degrees(angles(self.runs[part]))[: step + 1]
        ratio = self.values[part + 1] / self.values[part]
        promise = angle[-1] * max(ratio, 1e-9) ** np.arange(-step, 1.0)
        ax.semilogy(promise, "--", color=figures.MUTED)
        ax.semilogy(angle, "o", color=figures.COLOURS[part])
        ax.set(xlabel="step", ylabel="degrees from the axis", ylim=(0.02, 120))
        ax.set_xlim(-0.5, max(step + 0.5, 10))
        now = angle[-1] / angle[max(step - 1, 0)]
        ax.set_title(f"Angle × {now:.3f}; λ{part + 2} / λ{part + 1} = {ratio:.3f}")


# --------------------------------------------------------------------------
# The command line


def load(options: argparse.Namespace) -> Table:
    """MNIST; a file of pictures, side² pixels and a class, no header; or a CSV file."""
    if options.file == "mnist":
        name, (X, y, _, _) = "mnist", data.load_mnist()
    else:
        digits = {"digits": "digits_8x8.csv.gz"}
        frame = data.read_csv(data.find(options.file, digits))
        name, side = Path(frame.attrs["path"]).name, int((frame.shape[1] - 1) ** 0.5)
        if frame.attrs["header"] or side < 8 or side**2 + 1 != frame.shape[1]:
            return read_columns(frame, name, options)
        M = data.numbers(frame, [str(c) for c in frame])
        X, y = M[:, :-1], M[:, -1]
    X = announced(X, options, name)
    classes, labels = np.unique(y, return_inverse=True)
    return Table(name.partition(".")[0], X, [], labels, [f"{c:g}" for c in classes])


def announced(X: np.ndarray, options: argparse.Namespace, name: str) -> np.ndarray:
    """X, if it will do for the components asked for; says how large it is."""
    X = check(X, max(options.components, 2), name)
    print(f"Loading {len(X):,} samples with {X.shape[1]} features each...")
    return X


def read_columns(frame: Frame, name: str, options: argparse.Namespace) -> Table:
    """The columns of numbers, and the one that names the classes; says what is done."""
    known, numeric = [str(c) for c in frame], data.number_columns(frame)
    few = [c for c in known if 1 < frame[c].nunique() <= CLASSES]
    label = options.label or next((c for c in few if c not in numeric), "")
    if label and label not in few:
        near = console.nearest_name(label, few)
        raise ValueError(f"{name}: no column {label!r} of 2 to {CLASSES} values{near}")
    columns = options.columns or [
        c for c in numeric if c != label and not data.numbers_the_rows(frame[c])
    ]
    rows = len(frame)
    if options.drop_missing:
        frame = frame.dropna(subset=[c for c in [*columns, label] if c in known])
    X = announced(data.numbers(frame, columns), options, name)
    if len(X) < rows:
        print(f"  left out, {rows - len(X)} rows with empty cells")
    left_out = [c for c in known if c not in [*columns, label]]
    if left_out and not options.columns:
        print(f"  left out, columns that measure nothing: {', '.join(left_out)}")
    if label:
        print(f"  coloured by {label}")
    if not options.raw:
        X = scaled(X, columns, name)
    words = frame[label].fillna("?").astype(str) if label else np.full(len(X), "")
    words = f"{label} " + words if label in numeric else words
    classes, labels = np.unique(words, return_inverse=True)
    return Table(name.partition(".")[0], X, columns, labels, list(classes))


def scaled(X: np.ndarray, columns: list[str], name: str) -> np.ndarray:
    """Every column with mean 0 and standard deviation 1; says so."""
    Z, _, _ = data.standardize(X)
    for column, z in zip(columns, Z.T):
        if np.abs(z).max() < 0.5:
            cure = "leave it out with --columns, or scale nothing with --raw"
            raise ValueError(f"{name}: column {column!r} is constant; {cure}")
    print("  every column scaled to mean 0 and standard deviation 1")
    return Z


def find_axes(
    table: Table, k: int, rng: np.random.Generator
) -> tuple[PCA, list[np.ndarray]]:
    """The components, printed as they are found; how two vectors came to the first."""
    print("\nComputing covariance matrix...", flush=True)
    C = covariance(table.X)
    print("Finding eigenvectors via power iteration...", flush=True)
    value, v, first = power_iteration(C, rng)
    second = power_iteration(deflate(C, value, v), rng)[2]
    d, begin = len(C), time.perf_counter()
    model = PCA(min(d, max(MOST, k)), rng).fit(table.X)
    if d > SMALL:
        seconds = time.perf_counter() - begin
        print(f"  {model.k} of {d} as one block, covariance included: {seconds:.1f} s")
    print()
    shares = 100 * model.explained_variance_ratio_
    for j, value in enumerate(model.explained_variance_[:10]):
        print(f"Eigenvalue {j + 1}: {value:.3f} ({shares[j]:.1f}% variance explained)")
    if d > 10:
        print(f"... and {d - 10} more")
    return model, [first, second]


def print_findings(model: PCA, columns: list[str], k: int, run: np.ndarray) -> None:
    """What the components say, in sentences."""
    shares, values = model.explained_variance_ratio_, model.explained_variance_
    kept, needed = 100 * shares[:k].sum(), enough(shares) or f"more than {model.k}"
    print(f"The first {k} keep {kept:.1f} % of the variance; k for 95 %: {needed}")
    if 0 < len(columns) <= 10:
        pull = [f"{v:+.2f}*{c}" for v, c in zip(model.components_[0], columns)]
        line = " ".join(["Component 1 =", *pull])
        print(textwrap.fill(line, 80, subsequent_indent="  ", break_on_hyphens=False))
        print("  (its sign is free: the entry of largest size is made positive)")
    print(f"Power iteration: {len(run) - 1} steps; in the end each makes the angle")
    measured, promised = contraction(run), values[1] / values[0]
    print(f"  {measured:.4f} times as large; λ2 / λ1 = {promised:.4f} predicts that")


def build_parser() -> argparse.ArgumentParser:
    """The options of the command line."""
    examples = """python phase1_linear_algebra/pca_visualizer.py iris.csv
        python phase1_linear_algebra/pca_visualizer.py penguins.csv --drop-missing
        python phase1_linear_algebra/pca_visualizer.py mnist --script "right*20 n"
        python phase1_linear_algebra/pca_visualizer.py iris.csv --save film.gif"""
    parser = console.parser(__file__, __doc__, examples)
    add = parser.add_argument
    file = "CSV file, digits_8x8.csv.gz or mnist (default iris.csv)"
    add("file", nargs="?", default="iris.csv", help=file)
    keep = "how many to keep (default 2); 3 draws in three dimensions"
    add("--components", type=console.whole(1), default=2, metavar="K", help=keep)
    add("--label", metavar="NAME", help="colour by it (default: a column of text)")
    add("--columns", type=console.names, metavar="A,B", help="use these columns only")
    add("--raw", action="store_true", help="leave the columns in their units")
    add("--drop-missing", action="store_true", help="leave out rows with empty cells")
    add("--watch", action="store_true", help="film power iteration and deflation")
    figures.add_options(parser, __file__, script="right*20 n")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Find the components, draw them, save the picture, and say what it shows."""
    options = build_parser().parse_args(argv)
    rng, dims = np.random.default_rng(options.seed), 3 if options.components == 3 else 2
    table = load(options)
    plt = figures.start(options)
    fig, axes = stage(plt, table, dims)
    model, runs = find_axes(table, options.components, rng)
    some, rounds = table.X, 20
    if some.size > 2e6:  # of large data some rows must do
        some, rounds = rng.permutation(some)[:5000], 3
    noise = shuffled_values(some, rng, rounds)
    real = above(model.explained_variance_, noise)
    draw_projection(axes["P"], model, table, dims)
    draw_shares(axes["S"], axes["C"], model, noise)
    if not table.columns:
        keys = Rebuilder(axes, model, table.X, real)
        fig.canvas.mpl_connect("key_press_event", lambda event: keys.on_key(event.key))
    figures.write(Path(f"pca_{table.name}.png"), fig.savefig)
    print(f"\nSaved visualization to pca_{table.name}.png\n")
    print_findings(model, table.columns, options.components, runs[0])
    verb = "component is" if real == 1 else "components are"
    print(f"Parallel analysis: {real} {verb} real", end=" ")
    print(f"(against {rounds} shuffles of {len(some):,} rows)")
    if options.watch or (options.save or Path()).suffix.lower() in figures.FILMS:
        plt.close(fig)  # it is saved; one window is enough
        watch = Watch(plt, model, table.X, runs)
        figures.finish(options, watch.fig, film=watch.film)
    else:
        figures.finish(options, fig)
    return 0


if __name__ == "__main__":
    console.run(main)
