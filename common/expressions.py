"""Formulas typed by a user: read safely, computed fast, differentiated by the rules.

    f = parse("x^3 - 3*x + 1")
    f(2.0)                         3.0, and an array for an array
    str(f)                         "x**3 - 3*x + 1"
    str(f.derivative())            "3*x**2 - 3"
    parse("x^2 + 3x")              ExpressionError: to multiply, write 3*x (column 8)

The text is never handed to Python. A small reader of our own knows numbers, names,
+ - * / **, brackets and the functions below, and nothing else: there is no way to write
anything that could be executed, and every error knows its own character.

A formula is a tree of tuples; whatever is done with it is done branch by branch:

    3.0                     a number (always a float, never a long integer)
    "x"                     a name: a variable, a parameter or a constant
    ("+", u, v)             two trees with an operator between: + - * / **
    ("neg", u) ("sin", u)   one tree with a sign or a function before it

What this leaves out: comparisons, functions of two values, complex numbers. `e` is
always Euler's number. A hole in the domain, log(x) at x = -1, gives nan or inf.
"""

import difflib
import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache, reduce
from typing import Any, NoReturn

import numpy as np

MAX_LENGTH = 1000  # characters
MAX_NESTING = 100  # brackets, signs and exponents inside one another
MAX_DEPTH = 250  # nodes on top of one another: a sum of 250 terms is as deep as that
MAX_DERIVATIVE = 30_000  # characters of its tree, some 3,000 nodes
MAX_EXACT = 10**15  # below this, fractions and whole numbers are kept exact
MAX_POWER = 1000  # up to here, (2*x)**n is tidied up to 2**n * x**n

NAMES = "sin cos tan asin acos atan sinh cosh tanh exp log log10 log2 sqrt abs sign"
FUNCTIONS = {name: getattr(np, name) for name in [*NAMES.split(), "floor", "ceil"]}
SIGNS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
OPERATIONS = FUNCTIONS | SIGNS | {"**": np.power, "neg": np.negative}
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}
SAME = {"^": "**", "−": "-", "·": "*", "×": "*", "π": "pi", "ln": "log"}

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}  # how tightly: 2 + 3*x is 2 + (3*x)
MINUS = 3  # a sign: tighter than *, looser than **: -x**2 is -(x**2)
ATOM = 5

Tree = float | str | tuple[Any, ...]
Names = tuple[str, ...]
Number = Fraction | float
Product = tuple[Number, dict[Tree, int]]  # (3, {"x": 2}) is 3*x**2


class ExpressionError(ValueError):
    """What is wrong with a formula, and where: `position` is the 0-based column."""

    def __init__(self, sentence: str, text: str = "", position: int = 0) -> None:
        self.text, self.position = text, position
        place = f"{self.excerpt()}: {sentence} (column {position + 1})"
        super().__init__(place if text.strip() else sentence)

    def excerpt(self) -> str:
        """At most 60 characters of the text, the wrong one among them."""
        return self.text[max(0, self.position - 40) :][:60]

    def pointer(self) -> str:
        """Two lines, for a window or a prompt: the text, and ^ under the character."""
        return f"{self.excerpt()}\n{' ' * min(40, self.position)}^"


# --------------------------------------------------------------------------
# From text to tree

TOKEN = re.compile(
    r" *(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*|π)|(?P<symbol>\*\*|[-+*/^(),−·×])"
    r"|(?P<end>$)|(?P<odd>.))"
)


class Reader:
    """Reads a formula from left to right, with one token in hand.

    `word` is the token as typed, `start` its column, `kind` is "number", "name", "end"
    or the symbol itself. Operators are read by precedence climbing: expression(level)
    goes on as long as the next operator binds at least as tightly as `level`.
    """

    def __init__(self, text: str, variables: Names, parameters: bool) -> None:
        self.text, self.variables, self.free = text, variables, parameters
        self.parameters: list[str] = []
        self.tokens, self.word = TOKEN.finditer(text), ""
        self.advance()

    def fail(self, sentence: str, position: int) -> NoReturn:
        raise ExpressionError(sentence, self.text, position)

    def advance(self) -> None:
        """Take the next token in hand."""
        match = next(self.tokens)
        kind = match.lastgroup or ""
        self.before, self.word, self.start = self.word, match[kind], match.start(kind)
        self.kind = SAME.get(self.word, self.word) if kind == "symbol" else kind
        if kind == "odd":
            self.fail(f'I do not know "{self.word}"', self.start)

    def expression(self, level: int, nesting: int) -> Tree:
        """One operand, and all that operators of this level or tighter join to it."""
        if nesting > MAX_NESTING:
            self.fail(f"the formula is more than {MAX_NESTING} deep", self.start)
        tree = self.operand(nesting)
        while BINDS.get(sign := self.kind, 0) >= level:
            self.advance()
            if sign == "**":  # from the right: 2**3**2 is 2**(3**2)
                tree = (sign, tree, self.expression(MINUS, nesting + 1))
            else:  # from the left: 3 - 2 - 1 is (3 - 2) - 1
                tree = (sign, tree, self.expression(BINDS[sign] + 1, nesting))
        if self.kind in ("number", "name", "("):
            self.fail(f"to multiply, write {self.before}*{self.word}", self.start)
        if self.kind == ",":
            self.fail("only one value here (decimals have a point: 1.5)", self.start)
        return tree

    def operand(self, nesting: int) -> Tree:
        """A number, a name, a function's value, a bracket, or one of these signed."""
        kind, word, start = self.kind, self.word, self.start
        if kind not in ("number", "name", "(", "+", "-"):
            place = f'before "{word}"' if word else "at the end"
            self.fail(f"a number or a name is missing {place}", start)
        self.advance()
        if kind == "name":
            return self.name(word, start, nesting)
        if kind == "number":
            if math.isinf(float(word)):
                self.fail("this number is too large (the limit is 1.8e308)", start)
            return float(word)
        tree = self.expression(1 if kind == "(" else MINUS, nesting + 1)
        if kind == "(":
            if self.kind != ")":
                self.fail('this "(" is never closed', start)
            self.advance()
        return ("neg", tree) if kind == "-" else tree

    def name(self, word: str, start: int, nesting: int) -> Tree:
        """A function with its bracket, a variable, a constant or a new parameter."""
        name = SAME.get(word, word)
        if name in FUNCTIONS:
            if self.kind != "(":
                self.fail(f"{word} is a function: write {word}(x)", start)
            return (name, self.operand(nesting))
        known = [*self.variables, *FUNCTIONS, *CONSTANTS]
        if name not in known and (not self.free or self.kind == "("):
            near = difflib.get_close_matches(word.lower(), known, 1) or self.variables
            hint = " or ".join(near)
            self.fail(f'I do not know "{word}": did you mean {hint}?', start)
        if name not in [*known, *self.parameters]:
            self.parameters.append(name)
        return name


# --------------------------------------------------------------------------
# From tree to text, and to a function of arrays


def show(tree: Tree, level: int = 1) -> str:
    """The tree as text, in brackets if it binds less tightly than `level`."""
    match tree:
        case str():
            return tree
        case float():
            text, binds = repr(tree).removesuffix(".0"), MINUS if tree < 0 else ATOM
        case ("neg", u):
            text, binds = "-" + show(u, MINUS), MINUS
        case ("**", u, v):
            text, binds = f"{show(u, ATOM)}**{show(v, MINUS)}", 4
        case (sign, u, v):
            binds, gap = BINDS[sign], " " if sign in "+-" else ""
            text = f"{show(u, binds)}{gap}{sign}{gap}{show(v, binds + 1)}"
        case (name, u):
            return f"{name}({show(u)})"
    return f"({text})" if binds < level else text


def build(tree: Tree) -> Callable[[dict[str, Any]], Any]:
    """The tree as a function of {name: value}, built once, never walked again."""
    match tree:
        case float():
            return lambda values: tree
        case str():
            return lambda values: CONSTANTS.get(tree) or values[tree]
        case ("**", u, n) if n in range(2, 17):  # x*x*x: twenty times as fast as x**3
            base = build(u)
            return lambda values: reduce(np.multiply, [base(values)] * int(n))
        case (kind, u):
            function, inner = OPERATIONS[kind], build(u)
            return lambda values: function(inner(values))
    combine, left, right = OPERATIONS[tree[0]], build(tree[1]), build(tree[2])
    return lambda values: combine(left(values), right(values))


def depth(tree: Tree) -> int:
    """How many nodes there are from the root to the farthest leaf."""
    layer, count = [tree], 0
    while layer:
        layer = [part for node in layer if isinstance(node, tuple) for part in node[1:]]
        count += 1
    return count


# --------------------------------------------------------------------------
# Tidying up, so that a rule's result is what a person would write


def tidy(c: Number) -> Number:
    """c as a fraction while that is exact and short, else as a float.

    0.1 * 3 is 0.30000000000000004 in the machine: where rounding to 15 digits makes a
    number much shorter, the short one is meant.
    """
    if isinstance(c, Fraction) and max(abs(c.numerator), c.denominator) < MAX_EXACT:
        return c
    value, short = float(c), float(f"{float(c):.15g}")
    value = short if len(repr(short)) + 3 < len(repr(value)) else value
    if math.isinf(value):
        raise ExpressionError("the derivative has numbers beyond 1e308")
    return Fraction(value) if value.is_integer() and abs(value) < MAX_EXACT else value


def split(tree: Tree) -> Product:
    """The tree as c * base**n * base**n …: -> (c, {base: n}), every n whole.

    x**0.5 is a base of its own, so x**0.5 * x**0.5 becomes (x**0.5)**2 and never x,
    which would have values where the formula has none (x < 0).
    """
    match tree:
        case float():
            return tidy(tree), {}
        case ("neg", u):
            return multiply((Fraction(-1), {}), split(u))
        case ("*", u, v):
            return multiply(split(u), split(v))
        case ("/", u, v):
            return multiply(split(u), raised(v, -1))
        case ("**", u, v):
            n, letters = split(v)
            if not letters and n == int(n) and -MAX_POWER <= n <= MAX_POWER:
                return raised(u, int(n))
    return Fraction(1), {tree: 1}


def multiply(left: Product, right: Product) -> Product:
    """Numbers multiply, the exponents of a base add up."""
    powers = dict(left[1])
    for base, n in right[1].items():
        powers[base] = powers.get(base, 0) + n
        if powers[base] == 0:
            del powers[base]
    return tidy(left[0] * right[0]), powers


def raised(tree: Tree, n: int) -> Product:
    """tree**n, split. What would leave the floats, 1/0 or 9**999, stays as it is."""
    c, powers = split(tree)
    if c == 0 or abs(n * math.log10(abs(float(c)))) > 300:
        return Fraction(1), {tree: n}
    return tidy(c**n), {base: k * n for base, k in powers.items()}


def join(c: Number, powers: dict[Tree, int]) -> Tree:
    """The tree of c * base**n …: the number first, then names, then the rest."""
    if c == 0:
        return 0.0
    order = sorted(powers, key=lambda base: base if isinstance(base, str) else "~")
    above = [whole_power(base, powers[base]) for base in order if powers[base] > 0]
    below = [whole_power(base, -powers[base]) for base in order if powers[base] < 0]
    p, q = (c.numerator, c.denominator) if isinstance(c, Fraction) else (c, 1)
    if abs(p) != 1 or not above:
        above = [float(p), *above]
    elif p == -1:
        above[0] = ("neg", above[0])
    if q != 1:
        below = [float(q), *below]
    return ("/", chain(above), chain(below)) if below else chain(above)


def chain(factors: list[Tree]) -> Tree:
    return reduce(lambda u, v: ("*", u, v), factors)


def whole_power(base: Tree, n: int) -> Tree:
    return base if n == 1 else ("**", base, float(n))


def terms(tree: Tree) -> list[Product]:
    """The terms of a sum or a difference; any other tree is one term."""
    match tree:
        case ("+", u, v):
            return terms(u) + terms(v)
        case ("-", u, v):
            return terms(u) + [(-c, powers) for c, powers in terms(v)]
    return [split(tree)]


def expand(term: Product) -> list[Product]:
    """2*x*(x - 1) as the terms 2*x**2 and -2*x; without such a sum, the term itself."""
    c, powers = term
    sums = [base for base in powers if is_sum(base)]
    if len(sums) != 1 or powers[sums[0]] != 1 or min(powers.values()) < 1:
        return [term]
    rest = c, {base: n for base, n in powers.items() if base != sums[0]}
    return [multiply(rest, inner) for inner in terms(sums[0])]


def is_sum(tree: Tree) -> bool:
    return isinstance(tree, tuple) and tree[0] in ("+", "-")


def place(term: Product) -> tuple[bool, int, int]:
    """Where a term stands: 5*x**2, then 4*x, then sin(x), x*cos(x), a number last."""
    named = all(isinstance(base, str) for base in term[1])
    degree = sum(term[1].values()) if named else 0
    return not term[1], -degree, len(repr(term[1]))


def collect(parts: list[Product]) -> Tree:
    """The sum of the terms; 2*x and x are alike, for their letters are the same."""
    alike: dict[frozenset[Any], Product] = {}
    for c, letters in parts:
        key = frozenset(letters.items())
        total, first = alike.get(key, (Fraction(0), letters))
        alike[key] = tidy(total + c), first
    rest = sorted([term for term in alike.values() if term[0] != 0], key=place)
    lead = next((i for i, (c, _) in enumerate(rest) if c > 0), 0)  # 1 - x, not -x + 1
    tree = join(*rest.pop(lead)) if rest else 0.0
    for c, letters in rest:
        tree = ("+" if c > 0 else "-", tree, join(max(c, -c), letters))
    return tree


def shortest(parts: list[Product]) -> Tree:
    """The sum of the terms with its brackets, or multiplied out if that is shorter."""
    parts = [term for term in parts if term[0] != 0]
    expanded = [inner for term in parts for inner in expand(term)]
    if len(parts) in (1, len(expanded)):
        return collect(parts)
    return min(collect(parts), collect(expanded), key=lambda tree: len(repr(tree)))


def add(u: Tree, v: Tree) -> Tree:
    return shortest(terms(("+", u, v)))


def times(*factors: Tree) -> Tree:
    """The product; (x**2 + x)/x**3 becomes (x + 1)/x**2, x is in every term above."""
    c, powers = reduce(multiply, map(split, factors))
    for total in [base for base, n in powers.items() if n == 1 and is_sum(base)]:
        parts = terms(total)
        for base, n in powers.items():
            shared = min(-n, *(letters.get(base, 0) for _, letters in parts))
            if shared > 0:
                down: Product = Fraction(1), {base: -shared}
                shorter = shortest([multiply(part, down) for part in parts])
                rest = multiply((c, powers), raised(total, -1))
                return times(shorter, whole_power(base, shared), join(*rest))
    return join(c, powers)


def simplify(tree: Tree, known: dict[str, Tree]) -> Tree:
    """The same formula tidied up, with the trees in `known` put for their names."""
    match tree:
        case float():
            return tree
        case str():
            return known.get(tree, tree)
        case ("+" | "-" as sign, u, v):
            return shortest(terms((sign, simplify(u, known), simplify(v, known))))
        case (name, u) if name in FUNCTIONS:
            return (name, simplify(u, known))
    return times((tree[0], *(simplify(part, known) for part in tree[1:])))


# --------------------------------------------------------------------------
# The lesson: how to differentiate any formula

DERIVATIVES = {  # f(u) -> f'(u), one rule a line
    "sin": "cos(u)",
    "cos": "-sin(u)",
    "tan": "1/cos(u)**2",
    "asin": "1/sqrt(1 - u**2)",
    "acos": "-1/sqrt(1 - u**2)",
    "atan": "1/(1 + u**2)",
    "sinh": "cosh(u)",
    "cosh": "sinh(u)",
    "tanh": "1/cosh(u)**2",
    "exp": "exp(u)",
    "log": "1/u",
    "log10": "1/(u*log(10))",
    "log2": "1/(u*log(2))",
    "sqrt": "1/(2*sqrt(u))",
    "abs": "sign(u)",  # the slope of |u| is -1 or 1; at the kink it says 0
    "sign": "0",  # flat steps: the slope is 0 wherever there is one
    "floor": "0",
    "ceil": "0",
}


def slope(tree: Tree, x: str) -> Tree:
    """The derivative of a tidy tree by the name x: how fast it grows as x grows.

    A formula, however long, is put together from numbers and names by few means: sum,
    product, quotient, power, function. For each of them one rule tells how the whole
    changes when its parts u and v do. The parts are smaller formulas, so the same rules
    serve for them, until only numbers and names are left. Write u' for the derivative:

        number       c' = 0; any name but x stands still as well
        the name     x' = 1: x grows as fast as itself
        sum          (u + v)' = u' + v'
        product      (u v)' = u' v + u v': each grows while the other stands still
        quotient     (u / v)' = (u' v - u v') / v²
        power        (uⁿ)' = n uⁿ⁻¹ u' if n stands still
                     (uᵛ)' = uᵛ (v log u)' if not, since uᵛ = exp(v log u)
        chain rule   f(u)' = u' f'(u): f' from the table above, times the inside's own

    By hand: exp(-x**2) is f(u) with f = exp and u = -x**2. The table says that exp' is
    exp, the power rule that u' is -2*x: together -2*x*exp(-x**2).
    """
    if not depends(tree, x):
        return 0.0
    match tree:
        case str():
            result: Tree = 1.0
        case ("neg", u):
            result = times(-1.0, slope(u, x))
        case ("+", u, v):
            result = add(slope(u, x), slope(v, x))
        case ("-", u, v):
            result = add(slope(u, x), times(-1.0, slope(v, x)))
        case ("*", u, v):
            result = add(times(slope(u, x), v), times(u, slope(v, x)))
        case ("/", u, v):
            top = add(times(slope(u, x), v), times(-1.0, u, slope(v, x)))
            result = times(("/", top, ("**", v, 2.0)))
        case ("**", u, n) if not depends(n, x):
            result = times(n, ("**", u, add(n, -1.0)), slope(u, x))
        case ("**", u, v):
            exponent = v if u == "e" else times(v, ("log", u))
            result = times(tree, slope(exponent, x))
        case (name, u):
            result = times(slope(u, x), simplify(rule(name), {"u": u}))
    if len(repr(result)) > MAX_DERIVATIVE:
        raise ExpressionError("the derivative is too long to be written down")
    return result


@cache
def rule(name: str) -> Tree:
    """A line of the table as a tree in u."""
    return parse(DERIVATIVES[name], ("u",)).tree


def depends(tree: Tree, x: str) -> bool:
    parts = tree[1:] if isinstance(tree, tuple) else ()
    return tree == x or any(depends(part, x) for part in parts)


# --------------------------------------------------------------------------
# What the chapters use


class Formula:
    """A formula of the names in `variables` and of free `parameters`.

    Call it with a number or an array for each variable, in their order, and with each
    parameter by its name: f(x), f(x, y), f(x, a=2.0, b=0.5). Arrays broadcast; numbers
    alone give a float. `evaluate({"x": …})` computes without any conversion, also with
    complex or dual numbers.
    """

    def __init__(self, tree: Tree, variables: Names, parameters: Names) -> None:
        if depth(tree) > MAX_DEPTH:
            raise ExpressionError(f"the formula has more than {MAX_DEPTH} terms")
        self.tree, self.variables, self.parameters = tree, variables, parameters
        self.evaluate = build(tree)

    def __call__(self, /, *values: Any, **parameters: Any) -> Any:
        expected, keywords = len(self.variables), ", ".join(self.parameters) or "none"
        if len(values) != expected or set(parameters) != set(self.parameters):
            raise TypeError(f"{self} takes {expected} value(s); by keyword: {keywords}")
        given = dict(zip(self.variables, values)) | parameters
        arrays = {name: np.asarray(v, dtype=float)[()] for name, v in given.items()}
        with np.errstate(all="ignore"):  # holes in the domain are nan or inf
            result = self.evaluate(arrays)
        shape = np.broadcast_shapes(*map(np.shape, arrays.values()))
        return np.broadcast_to(result, shape).copy() if shape else float(result)

    def __str__(self) -> str:
        return show(self.tree)

    def __repr__(self) -> str:
        return f"Formula({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Two formulas are equal if they are written alike: x + 1 is not 1 + x."""
        return isinstance(other, Formula) and str(self) == str(other)

    def derivative(self, name: str = "x") -> "Formula":
        """The derivative by a variable or a parameter, to be called in the same way."""
        if name not in self.variables + self.parameters:
            raise ValueError(f"{self} has no name {name} to be differentiated by")
        tree = slope(simplify(self.tree, {}), name)
        return Formula(tree, self.variables, self.parameters)


def parse(text: str, variables: Names = ("x",), parameters: bool = False) -> Formula:
    """The formula in the text. With `parameters`, every unknown name becomes one.

    ExpressionError if there is none: its message is one line that names the place.

    >>> parse("x^2 - 1").derivative()
    Formula('2*x')
    """
    if not text.strip():
        raise ExpressionError("the formula is empty")
    blanked = (" " if c.isspace() else c for c in text[: MAX_LENGTH + 1])
    text = "".join(c if c.isprintable() else "?" for c in blanked)
    if len(text) > MAX_LENGTH:
        sentence = f"a formula has at most {MAX_LENGTH} characters"
        raise ExpressionError(sentence, text, MAX_LENGTH)
    reader = Reader(text, variables, parameters)
    tree = reader.expression(1, 0)
    if reader.kind == ")":
        reader.fail('this ")" has no "("', reader.start)
    return Formula(tree, variables, tuple(reader.parameters))
