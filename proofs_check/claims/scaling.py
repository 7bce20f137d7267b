"""Scale covariance: f -> a f and x = c z multiply every letter by a^p c^q, its unit; a bound on
counts must not change.  Theorem 3 as printed does.

A maximum of quantities that scale alike scales like them, so each max (and min) is replaced by
each of its arguments in turn; logarithms and exponentials of pure numbers are letters.
"""

from __future__ import annotations

from collections.abc import Iterator

from proofs_check.claims.steps import size_of
from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import Relation, equal, positive, read, swap
from relaxsmooth.formula import Formula, symbol, topological
from relaxsmooth.symbols import LETTERS, H
from relaxsmooth.theorem import Inequality, Theorem
from relaxsmooth.theorems import inequalities, theorems

A, C, B = symbol("a"), symbol("c"), symbol("B")
RADIUS = symbol("radius")  # the pure number c of r <= c/L1; here c is the factor of x = c z
UNITS = {**{name: letter.unit for name, letter in LETTERS.items()}, "radius": (0, 0)}
LENGTHS = {"normalized": {"eta": (0, 1)}}  # the eta of normalized GD is the length of a step
INVARIANT = (
    *("clip", "ngd", "relaxed-gd", "gd", "gd-no-M", "gd-line", "theorem4-line", "theorem4-plane"),
    *("zhang2020-theorem6", "theorem6-sharper"),
    *(f"vankov2024-{step}" for step in ("optimal", "simple", "clipped")),
)
# proved at L0 = L1 = 1, or at parameters of their own: their steps must scale as well
STEPS = ("clip", "ngd", "gd-line", "vankov2024-optimal", "vankov2024-simple")
Units = dict[str, tuple[int, int]]


def claims() -> list[Claim]:
    return [covariance(), steps(), inequality_covariance(), theorem3_units()]


def in_new_units(f: Formula, units: Units) -> Formula:
    """f with every letter multiplied by a^p c^-q: lengths shrink where x = c z."""
    wanted = {n: symbol(n) * A ** units[n][0] * C ** -units[n][1] for n in units if n in f.symbols}
    return f.subs(wanted)


def plain(f: Formula) -> Iterator[Formula]:
    """f with each min, max and |.| replaced by each of its arguments in turn."""
    node = next((n for n in topological((f,)) if n.op in ("min", "max", "abs")), None)
    if node is None:
        yield f
        return
    for arg in node.args:
        yield from plain(swap(f, node, arg))


def without_pure_numbers(f: Formula, scaled: Formula) -> tuple[Formula, Formula]:
    """Both with letters for their logarithms and exponentials, innermost first.

    ValueError where the two are not the same pure number.
    """
    for k in range(len(topological((f,)))):
        old, new = (
            next((n for n in topological((g,)) if n.op in ("log", "exp")), None)
            for g in (f, scaled)
        )
        if old is None or new is None:
            break
        names = tuple(sorted(old.symbols | new.symbols))
        if old.op != new.op or read(old.args[0] - new.args[0], names).top.f:
            raise ValueError(f"{old} is no pure number, it becomes {new}")
        f, scaled = (swap(g, n, symbol(f"w{k}")) for g, n in ((f, old), (scaled, new)))
    return f, scaled


def invariance(theorem: Theorem) -> Iterator[Obligation]:
    units = {**UNITS, **LENGTHS.get(theorem.rule, {})}
    for i, bound in enumerate(plain(theorem.bound)):
        name = f"{theorem.key}" + f", branch {i + 1}" * bool(i)
        yield unchanged(name, bound, in_new_units(bound, units))


def unchanged(name: str, old: Formula, new: Formula) -> Obligation:
    """old = new, for all positive letters and denominators."""
    bound, scaled = without_pure_numbers(old, new)
    letters = sorted(bound.symbols | scaled.symbols | {"a", "c"})
    margins = positive(*(margin for margin in denominators(bound)))
    hypotheses = [*positive(*map(symbol, letters)), *margins, equal(B, bound)]
    return Obligation(name, " ".join([*letters, "B"]), hypotheses, equal(B, scaled))


def denominators(f: Formula) -> list[Formula]:
    """Sums that f divides by, such as the margin 1 - (L0 eta + L1 gamma) rho."""
    powers = (n for n in topological((f,)) if n.op == "pow" and n.data < 0)
    return [n.args[0] for n in powers if n.args[0].op == "add"]


def covariance() -> Claim:
    table = [theorems()[key] for key in INVARIANT]
    return Claim(
        "scaling",
        "relaxsmooth, cross-checks",
        f"{len(table)} bounds do not change under x = c z and f -> a f",
        tuple(o for theorem in table for o in invariance(theorem)),
        paper_steps=(
            PaperStep("a maximum of quantities that scale alike scales like them"),
            PaperStep("log and exp of pure numbers are letters; the code checks that they are"),
        ),
    )


def steps() -> Claim:
    """h = size(g) at the prescribed parameters is length^2/value: at L0 = L1 = 1 no power hides."""
    return Claim(
        "scaling-steps",
        "relaxsmooth, cross-checks",
        f"the prescribed steps of {', '.join(STEPS)} scale as h under x = c z and f -> a f",
        tuple(o for key in STEPS for o in step_scales(theorems()[key])),
        paper_steps=(
            PaperStep("a minimum of quantities that scale alike scales like them"),
            PaperStep("log and exp of pure numbers are letters; the code checks that they are"),
        ),
    )


def step_scales(theorem: Theorem) -> Iterator[Obligation]:
    back = H / in_new_units(H, UNITS)
    for i, size in enumerate(plain(size_of(theorem))):
        name = f"{theorem.key}, step" + f", branch {i + 1}" * bool(i)
        yield unchanged(name, size, in_new_units(size, UNITS) * back)


def sides(key: str, record: Inequality) -> Iterator[Obligation]:
    """The side that is a formula has the unit of the side that is a letter; so in conditions."""
    relations = [(key, Relation(record.left, "<=", record.right))]
    relations += [(f"{key}, condition", Relation(c.left, "<=", c.right)) for c in record.conditions]
    for name, relation in relations:
        letter, formula = relation.left, relation.right
        if letter.op != "symbol":
            letter, formula = formula, letter
        back = letter / in_new_units(letter.subs({"c": RADIUS}), UNITS)  # c is taken for lengths
        for i, old in enumerate(plain(formula.subs({"c": RADIUS}))):
            yield unchanged(
                name + f", branch {i + 1}" * bool(i), old, in_new_units(old, UNITS) * back
            )


def inequality_covariance() -> Claim:
    table = inequalities()
    return Claim(
        "scaling-inequalities",
        "relaxsmooth, cross-checks",
        f"both sides of {len(table)} inequalities scale alike under x = c z and f -> a f, "
        "so that L0 = L1 = 1 may be assumed",
        tuple(o for key, record in table.items() for o in sides(key, record)),
        paper_steps=(
            PaperStep("a maximum, or |.|, of quantities that scale alike scales like them"),
            PaperStep("log and exp of pure numbers are letters; the code checks that they are"),
        ),
    )


def theorem3_units() -> Claim:
    """The bound of Theorem 3 as printed, under x = c z alone."""
    bound = theorems()["zhang2020-theorem3"].bound
    scaled = in_new_units(bound, UNITS).subs({"a": 1})
    letters = ["L0", "L1", "Delta", "eps", "c"]
    return Claim(
        "theorem3-units",
        "zhang2020, Theorem 3",
        f"the bound {bound} does not change under x = c z",
        (
            Obligation(
                "invariance",
                " ".join(letters),
                positive(*map(symbol, letters)),
                equal(scaled, bound),
            ),
        ),
        finding="max{1, L1^2} compares a pure number with 1/length^2, gamma = min{1/eta_c, ...} "
        "likewise; gamma = L0/L1 gives 11.154 Delta max{L0/eps^2, L1/max(eps, L0/L1)} (claim clip)",
    )
