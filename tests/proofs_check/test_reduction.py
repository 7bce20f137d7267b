"""The reduction against the meaning of the formulas that it reads, point by point.

An obligation says: where the hypotheses hold, so does the goal.  At a rational point both can be
evaluated as they are written, with their min, max, |.|, cases and quotients, by the evaluator of
relaxsmooth, which shares no line with the reduction.  Then

    sound       if the obligation fails at the point, some reduced statement fails there
    no stronger if it holds there and the denominators are positive, no statement fails there
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import Phase, example, given, seed, settings
from hypothesis import strategies as st

from proofs_check import kernel, reduction, store
from proofs_check.evidence import point_of, refutes
from proofs_check.ledger import Obligation, claims
from proofs_check.reduction import Relation, at_most, below, equal, positive, reduce, with_exp
from proofs_check.statement import NotExponentialPolynomial
from relaxsmooth.arithmetic import EXACT, NotExact, ball
from relaxsmooth.evaluation import evaluate
from relaxsmooth.formula import (
    FormulaError,
    absolute,
    exp,
    maximum,
    minimum,
    number,
    piecewise,
    symbol,
)

X, Y = symbol("x"), symbol("y")
HALF = Fraction(1, 2)
NEAR = Fraction(1, 10**9)


# --- the meaning of an obligation at a point ----------------------------------------------------


def truth(relation: Relation, at) -> bool | None:
    """Whether left <= right (<, =) there; None where a side has no value, or balls cannot tell."""
    try:
        left, right = evaluate((relation.left, relation.right), at, EXACT)
    except NotExact:
        return enclosed(relation, at)
    except ZeroDivisionError:
        return None
    return {"<=": left <= right, "<": left < right, "=": left == right}[relation.sign]


def enclosed(relation: Relation, at) -> bool | None:
    try:
        left, right = evaluate((relation.left, relation.right), at, ball(256))
    except ArithmeticError:
        return None
    may_hold, may_fail = ball(256).possibilities(left, right, relation.sign == "<")
    if relation.sign == "=":
        may_hold, may_fail = left.overlaps(right), True  # an equality of balls is never certain
    return None if may_hold and may_fail else may_hold


def has_a_pole(relation: Relation, at) -> bool:
    """right - left is undefined there, and very large nearby: nothing cancels the denominator.

    What cancels, as in (x^2 - 1)/(x - 1) <= 3 or 1/x <= 1/x, is read as its continuation.
    """
    moved = {name: v + NEAR * (1 + 2 * i) for i, (name, v) in enumerate(at.items())}
    try:
        return bool(abs(evaluate(relation.right - relation.left, moved, EXACT)) > 10**6)
    except ArithmeticError:
        return False


def fails(hypotheses: Sequence[Relation], goal: Relation, at) -> bool | None:
    """The hypotheses hold and the goal does not, or is a pole; None where that is not known."""
    given = [truth(r, at) for r in hypotheses]
    if False in given:
        return False
    if None in given:
        return None
    wanted = truth(goal, at)
    if wanted is None:
        return True if has_a_pole(goal, at) else None
    return not wanted


def disagreement(name, names, hypotheses, goal, points) -> str:
    """The first point where the statements do not mean what the obligation says, or ""."""
    try:
        made = list(reduce(name, names, hypotheses, goal))
    except ValueError as error:
        if not isinstance(error, NotExponentialPolynomial | FormulaError):
            return cannot_hold(names, hypotheses, points)
        return ""
    listed = names.split()
    for point in points:
        at = dict(zip(listed, point, strict=True))
        false = [r for r in made if refuted(r.data, point)]
        wrong = fails(hypotheses, goal, at)
        if wrong and not false:
            return f"unsound at {at}"
        beyond = any("denominator" in r.name for r in false)
        if wrong is False and false and not beyond:
            return f"{false[0].name} is stronger at {at}"
    return ""


def cannot_hold(names, hypotheses, points) -> str:
    for point in points:
        at = dict(zip(names.split(), point, strict=True))
        if all(truth(r, at) for r in hypotheses):
            return f"the hypotheses hold at {at}"
    return ""


def refuted(data, point) -> bool:
    try:
        return refutes(data, point)
    except kernel.Rejected:  # an exponent out of range
        return False


# --- random obligations -------------------------------------------------------------------------

POINTS = tuple(tuple(map(Fraction, point)) for point in product((-2, -HALF, 0, 1, 2), repeat=2))
small = st.sampled_from([Fraction(c) for c in (-2, -1, 1, 2, 3)] + [HALF, -HALF])
rates = st.sampled_from([exp(X), exp(-Y), exp(X - Y), exp(2 * X + 1)])
leaves = st.one_of(st.sampled_from([X, Y]), st.sampled_from([X, Y]), small.map(number), rates)


def pairs(inner, make):
    return st.tuples(inner, inner).map(lambda uv: make(*uv))


def quotient(u, v):
    return number(1) if v.value == 0 else u / v


def chosen(parts):
    a, b, u, v, sign = parts
    return piecewise((a, sign, b, u), otherwise=v)


signs = st.sampled_from(["<=", "<"])


def grown(inner):
    return st.one_of(
        pairs(inner, lambda u, v: u + v),
        pairs(inner, lambda u, v: u - v),
        pairs(inner, lambda u, v: u * v),
        *(pairs(inner, quotient) for _ in range(4)),
        pairs(inner, minimum),
        pairs(inner, maximum),
        inner.map(absolute),
        st.tuples(inner, inner, inner, inner, signs).map(chosen),
    )


formulas = st.recursive(leaves, grown, max_leaves=3)
relations = st.builds(Relation, formulas, st.sampled_from(["<=", "<=", "<", "<", "="]), formulas)
wanted = st.builds(Relation, formulas, signs, formulas)
obligations = st.tuples(st.lists(relations, max_size=2), wanted)


def agrees(obligation) -> None:
    hypotheses, goal = obligation
    assert disagreement("random", "x y", hypotheses, goal, POINTS) == ""


CIRCULAR = ([below(0, X / Y), below(0, Y / X)], below(0, X))
CLEARED = ([at_most(0, X / Y), below(X, 0)], below(0, Y))
AT_ZERO = ([at_most(0, X)], at_most(0, 1 / X))
TIES = ([at_most(minimum(X, Y), maximum(X, Y, 1) / 2)], below(absolute(X - Y), 1))


@settings(max_examples=20)
@example(CIRCULAR)
@example(CLEARED)
@example(AT_ZERO)
@example(TIES)
@given(obligations)
def test_random_obligations_mean_what_they_say(obligation):
    agrees(obligation)


@pytest.mark.slow
@settings(max_examples=3000)
@given(obligations)
def test_many_random_obligations_mean_what_they_say(obligation):
    agrees(obligation)


def test_the_random_obligations_are_not_all_alike():
    """Of 30: at least 5 fail at some point of the grid, 5 have cases, 5 have denominators."""
    seen = {"fail": 0, "cases": 0, "denominators": 0}

    @settings(max_examples=30, phases=[Phase.generate], database=None)
    @seed(1)
    @given(obligations)
    def count(obligation):
        hypotheses, goal = obligation
        try:
            names = [r.name for r in reduce("random", "x y", hypotheses, goal)]
        except ValueError:
            return
        ats = [dict(zip("xy", p, strict=True)) for p in POINTS[::2]]
        seen["fail"] += any(fails(hypotheses, goal, at) for at in ats)
        seen["cases"] += any("case" in n for n in names)
        seen["denominators"] += any("denominator" in n for n in names)

    count()
    assert min(seen.values()) >= 5, seen


# --- false twins: a reduction with one slip is caught -------------------------------------------


def a_case_dropped(monkeypatch):
    whole = reduction.branches
    monkeypatch.setattr(reduction, "branches", lambda node: iter(list(whole(node))[:-1]))


def a_goal_dropped(monkeypatch):
    whole = reduction.goals
    monkeypatch.setattr(reduction, "goals", lambda goal: iter(list(whole(goal))[:1]))


def a_tie_left_out(monkeypatch):
    monkeypatch.setattr(reduction, "at_most", below)


def strictness_lost_in_a_goal(monkeypatch):
    whole = reduction.written
    monkeypatch.setattr(
        reduction, "written", lambda r, q: whole(Relation(r.left, r.sign[:1] + "=", r.right), q)
    )


def a_denominators_sign_forgotten(monkeypatch):
    everything = type("Everything", (), {"__contains__": lambda *_: True})()
    monkeypatch.setattr(reduction, "known_positive", lambda pairs: everything)


def a_denominator_believed_in_a_circle(monkeypatch):
    def tops(pairs):
        return {reduction.freeze(q.top.f) for r, q in pairs if r.sign == "<"}

    monkeypatch.setattr(reduction, "known_positive", tops)


def a_denominator_taken_as_not_negative(monkeypatch):
    monkeypatch.setattr(
        reduction.kernel, "written", (lambda whole: lambda f, n: whole(f, n))(kernel.written)
    )
    whole = reduction.Reduced

    def weaker(name, data, hypotheses, goal, clears=False):
        if "denominator" in name:
            data = {**data, "goal": [">=", data["goal"][1]]}
        return whole(name, data, hypotheses, goal, clears)

    monkeypatch.setattr(reduction, "Reduced", weaker)


def a_contradiction_seen_too_early(monkeypatch):
    whole = reduction.contradictory
    monkeypatch.setattr(
        reduction,
        "cleared",
        (lambda inner: lambda n, v, h, g: () if early(whole, h, v) else inner(n, v, h, g))(
            reduction.cleared
        ),
    )


def early(contradictory, hypotheses, names) -> bool:
    return contradictory([(r, reduction.read(r.right - r.left, names)) for r in hypotheses])


def a_contradiction_of_weak_relations(monkeypatch):
    """h >= 0 and -h >= 0 taken for a contradiction: h = 0 is forgotten."""
    whole = reduction.contradictory

    def hasty(pairs):
        return whole([(Relation(r.left, "<", r.right), q) for r, q in pairs if r.sign != "="])

    monkeypatch.setattr(reduction, "contradictory", hasty)


def a_hypothesis_sharpened(monkeypatch):
    whole = reduction.unique
    monkeypatch.setattr(
        reduction, "unique", lambda rs: whole([[{">=": ">"}.get(s, s), f] for s, f in rs])
    )


def a_false_number_taken_for_true(monkeypatch):
    monkeypatch.setattr(
        reduction, "plain_truth", lambda goal: not any(any(p) or r for _, p, *r in goal[1])
    )


SLIPS = (
    a_case_dropped,
    a_goal_dropped,
    a_tie_left_out,
    strictness_lost_in_a_goal,
    a_denominators_sign_forgotten,
    a_denominator_believed_in_a_circle,
    a_denominator_taken_as_not_negative,
    a_contradiction_seen_too_early,
    a_contradiction_of_weak_relations,
    a_hypothesis_sharpened,
    a_false_number_taken_for_true,
)
KNOWN_HARD = (
    CIRCULAR,
    CLEARED,
    AT_ZERO,
    TIES,
    ([at_most(0, X), at_most(X, 0)], below(0, Y)),
    ([], at_most(absolute(X), 1)),
    ([at_most(X, maximum(X, Y))], below(X, Y)),
    ([], at_most(1, HALF)),
    ([], below(0, X**2)),
    ([], at_most(1 / X, 1)),
)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.__name__)
def test_false_twin_of_the_reduction_is_caught(slip, monkeypatch):
    slip(monkeypatch)
    assert any(disagreement("twin", "x y", *o, POINTS) for o in KNOWN_HARD)


def test_the_reduction_itself_passes_where_the_twins_fail():
    assert [disagreement("itself", "x y", *o, POINTS) for o in KNOWN_HARD] == [""] * len(KNOWN_HARD)


@pytest.mark.slow
@pytest.mark.parametrize("slip", SLIPS[:5], ids=lambda slip: slip.__name__)
def test_random_obligations_find_the_slip_by_themselves(slip, monkeypatch):
    slip(monkeypatch)
    run = settings(max_examples=1500, phases=[Phase.generate], database=None)(
        given(obligations)(agrees)
    )
    with pytest.raises(AssertionError):
        run()


# --- every obligation of every claim ------------------------------------------------------------

FLIPPED = {"<=": "<", "<": "<=", "=": "<"}
committed = cache(store.load)


def every() -> list[tuple[str, Obligation]]:
    return [(claim.key, o) for claim in claims().values() for o in claim.obligations]


def reversed_goal(o: Obligation) -> tuple[Sequence[Relation], Relation]:
    """The goal turned round: what is nearly everywhere false of a true obligation."""
    return o.hypotheses, Relation(o.goal.right, FLIPPED[o.goal.sign], o.goal.left)


def variants(o: Obligation) -> Iterator[tuple[Sequence[Relation], Relation]]:
    yield o.hypotheses, o.goal
    yield reversed_goal(o)
    for shift in (Fraction(1, 1000), 1):
        yield o.hypotheses, Relation(o.goal.left + shift, o.goal.sign, o.goal.right)
    yield [], o.goal
    for i in range(len(o.hypotheses)):
        yield [r for j, r in enumerate(o.hypotheses) if j != i], o.goal


def points_of(o: Obligation, most: int) -> list[tuple[Fraction, ...]]:
    """Committed witnesses and mutants' points of its statements, and some moved by a little."""
    random, found = Random(o.name), dict[tuple[Fraction, ...], None]()
    for made in o.reduced():
        entry = committed().get(kernel.statement_hash(made.data), {})
        listed = [entry.get("witness"), entry.get("counterexample")]
        listed += [at for _, at in entry.get("mutants", ())]
        found |= dict.fromkeys(p for p in map(point_of, listed) if p is not None)
    inside = list(found) or [(Fraction(1),) * len(o.variables.split())]
    kept = [inside[0], *random.sample(inside, min(len(inside), most // 2))]
    factors = [Fraction(k, 4) for k in (-4, 1, 3, 4, 5, 8)]
    moved = [
        tuple(random.choice(factors) * x for x in random.choice(inside))
        for _ in range(most - len(kept))
    ]
    return [*kept, *moved]


@pytest.mark.slow
def test_every_obligation_means_what_it_says_and_can_fail():
    """With the goal reversed; it fails at a point of nearly every obligation: there is content."""
    wrong, failing = {}, 0
    for key, o in every():
        (hypotheses, goal), points, names = reversed_goal(o), points_of(o, 4), o.variables.split()
        if found := disagreement(o.name, o.variables, hypotheses, goal, points):
            wrong[f"{key}: {o.name}"] = found
        failing += any(fails(hypotheses, goal, dict(zip(names, p, strict=True))) for p in points)
    assert wrong == {}
    assert failing >= 0.9 * len(every())


@pytest.mark.slow
def test_every_variant_of_every_obligation_means_what_it_says():
    wrong = {}
    for key, o in every():
        points = points_of(o, 16)
        for hypotheses, goal in variants(o):
            if found := disagreement(o.name, o.variables, hypotheses, goal, points):
                wrong[f"{key}: {o.name}"] = found
    assert wrong == {}


# --- what is refused ----------------------------------------------------------------------------


def test_hypotheses_that_plainly_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="cannot hold together"):
        list(reduce("empty", "x", [below(0, X), at_most(X, 0)], at_most(X, 1)))


def test_an_exponential_that_does_not_occur_cannot_be_replaced():
    with pytest.raises(ValueError, match="does not occur"):
        with_exp(exp(X) + 1, Y, X)


def test_a_strict_hypothesis_with_a_denominator_counts_once_that_is_known():
    goal = at_most(Y, 1 / X)
    assert len(list(reduce("s", "x y", positive(Y, X / Y), goal))) == 1
    assert len(list(reduce("s", "x y", positive(X / Y), goal))) == 3


def test_an_equality_is_no_contradiction():
    made = list(reduce("s", "x y", [equal(X, 0), below(0, X)], at_most(0, Y)))
    assert len(made) == 1
