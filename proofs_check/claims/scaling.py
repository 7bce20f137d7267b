"""Scale covariance: f -> a f and x = c z multiply every letter by a^p c^q, its unit; a bound on
counts must not change.  Theorem 3 as printed does.

A maximum of quantities that scale alike scales like them, so each max (and min) is replaced by
each of its arguments in turn; logarithms and exponentials of pure numbers are letters.
"""

from __future__ import annotations

from collections.abc import Iterator

from proofs_check.ledger import Claim, Obligation, PaperStep
from proofs_check.reduction import equal, positive, swap
from relaxsmooth.formula import Formula, symbol, topological
from relaxsmooth.symbols import LETTERS
from relaxsmooth.theorem import Theorem
from relaxsmooth.theorems import theorems

A, C, B = symbol("a"), symbol("c"), symbol("B")
UNITS = {name: letter.unit for name, letter in LETTERS.items()}
LENGTHS = {"normalized": {"eta": (0, 1)}}  # the eta of normalized GD is the length of a step
INVARIANT = (
    *("clip", "ngd", "relaxed-gd", "gd", "gd-no-M", "gd-line", "theorem4-line", "theorem4-plane"),
    *("zhang2020-theorem6", "theorem6-sharper"),
    *(f"vankov2024-{step}" for step in ("optimal", "simple", "clipped")),
)
Units = dict[str, tuple[int, int]]


def claims() -> list[Claim]:
    return [covariance(), theorem3_units()]


def in_new_units(f: Formula, units: Units) -> Formula:
    """f with every letter multiplied by a^p c^-q: lengths shrink where x = c z."""
    wanted = {n: symbol(n) * A ** units[n][0] * C ** -units[n][1] for n in units if n in f.symbols}
    return f.subs(wanted)


def plain(f: Formula) -> Iterator[Formula]:
    """f with each min and max replaced by each of its arguments in turn."""
    node = next((n for n in topological((f,)) if n.op in ("min", "max")), None)
    if node is None:
        yield f
        return
    for arg in node.args:
        yield from plain(swap(f, node, arg))


def pure_numbers(f: Formula) -> list[Formula]:
    """The logarithms and exponentials in f, largest first."""
    return [n for n in reversed(topological((f,))) if n.op in ("log", "exp")]


def invariance(theorem: Theorem) -> Iterator[Obligation]:
    units = {**UNITS, **LENGTHS.get(theorem.rule, {})}
    for i, bound in enumerate(plain(theorem.bound)):
        scaled = in_new_units(bound, units)
        pairs = list(zip(pure_numbers(bound), pure_numbers(scaled), strict=True))
        for k, (old, new) in enumerate(pairs):
            letter = symbol(f"w{k}")
            if old is not new:
                raise ValueError(f"{theorem.key}: {old} is no pure number, it becomes {new}")
            bound, scaled = swap(bound, old, letter), swap(scaled, new, letter)
        letters = sorted(bound.symbols | scaled.symbols | {"a", "c"})
        margins = positive(*(margin for margin in denominators(bound)))
        hypotheses = [*positive(*map(symbol, letters)), *margins, equal(B, bound)]
        name = f"{theorem.key}" + f", branch {i + 1}" * bool(i)
        yield Obligation(name, " ".join([*letters, "B"]), hypotheses, equal(B, scaled))


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
