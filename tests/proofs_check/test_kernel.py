"""The kernel accepts the proofs of the paper's inequalities, and says why it rejects the rest."""

from __future__ import annotations

import ast
import json
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from kernel_examples import L0, L1, STEP, TRUE, UNIT, E, G, H, T, U, X, Y, certificate, claimed, phi

from proofs_check import kernel
from proofs_check.kernel import Rejected, check, statement_hash
from proofs_check.statement import contradiction, exp, statement, variables

ONE = [["1", [], []]]
HALF_STEP = {
    "factor": ONE,
    "terms": [["1/10", [], []], ["1/2", [4], []], ["2/5", [5], []]],
    "multipliers": [],
}
SQUARE_OF_PHI = [
    *["split", 0, "1/2"],
    ["rise", 0, ["sign"], ["rise", 0, ["sign"], ["fall", 0, ["sign"], ["sign"]]]],
    [
        *["rise", 0, ["leaf"]],
        [
            *["times", ["-1"]],
            ["fall", 0, ["sign"], ["times", ["1"], ["rise", 0, ["sign"], ["sign"]]]],
        ],
    ],
]


@pytest.mark.parametrize("name", TRUE)
def test_the_kernel_accepts_what_the_search_found(name):
    assert check(TRUE[name][1], certificate(name)) is None


@pytest.mark.parametrize("name", TRUE)
def test_a_certificate_survives_json(name):
    wanted = json.loads(json.dumps(TRUE[name][1]))
    check(wanted, json.loads(json.dumps(certificate(name))))


def test_the_identity_that_a_person_would_write():
    wanted = TRUE["half of the step is kept"][1]
    check(wanted, claimed(wanted, "handelman", HALF_STEP))


def test_the_ladder_that_a_person_would_write():
    wanted = TRUE["phi is at most its square"][1]
    check(wanted, claimed(wanted, "tree", SQUARE_OF_PHI))


def test_the_tangent_factorisation():
    """16 - 12 t^2 + 4 t^3 = 4 (t - 2)^2 (t + 1): equality at t = 2, where no interval can help."""
    wanted = statement([T >= 0], 16 - 12 * T**2 + 4 * T**3 >= 0)
    root, quotient = [["-2", [0]], ["1", [1]]], [["4", [0]], ["4", [1]]]
    check(wanted, claimed(wanted, "tree", ["contact", [[root, 2, quotient, ["sign"]]]]))


# --- rejected, each for its reason -----------------------------------------------------------
POSITIVE = statement([], X**2 + Y**2 + 1 > 0)
LINE = statement([T >= 0, T <= 1], T >= 0)
ROOT = [["1", [1]]]
SUM = {"factor": ONE, "terms": [], "multipliers": []}
CROOKED = {"variables": ["t"], "hypotheses": [], "goal": [">=", [["1", [0]]]]}
SIX = ["rise", 0, ["sign"], ["sign"]]

# reason: (statement, kind, proof)
REJECTED = {
    "weight is negative": (
        statement([T >= 0], T >= 0),
        *("handelman", {**SUM, "terms": [["-1", [0], []]]}),
    ),
    "two sides of the identity differ": (TRUE["half of the step is kept"][1], "handelman", SUM),
    "only an equality takes any multiplier": (
        LINE,
        *("handelman", {**SUM, "multipliers": [[0, [["1", [0]]]]]}),
    ),
    "does not give > 0": (
        statement([T >= 0], T > 0),
        *("handelman", {**SUM, "terms": [["1", [0], []]]}),
    ),
    "does not give >= 0": (LINE, "handelman", {"factor": [], "terms": [], "multipliers": []}),
    "does not give = 0": (
        statement([T >= 0], T.equals(T**2)),
        *("handelman", {"factor": [], "terms": [], "multipliers": []}),
    ),
    "an identity has three entries": (LINE, "handelman", {"factor": ONE}),
    "proved >= 0 only": (statement([T >= 0], T > 0), "tree", ["sign"]),
    "a term has a negative constant": (statement([T >= 0], T - T**2 >= 0), "tree", ["sign"]),
    "an odd power may be negative": (statement([T <= 1], T >= 0), "tree", ["sign"]),
    "no such step of a tree": (LINE, "tree", ["guess"]),
    "arithmetic does not decide": (statement(UNIT, 2 * T >= 1), "tree", ["leaf"]),
    "needs bounds on every variable": (statement([T >= 0], T >= 0), "tree", ["leaf"]),
    "a weight is negative": (LINE, "tree", ["using", 0, "-1", ["leaf"]]),
    "no end to start from": (statement([T <= 1], T >= 0), "tree", SIX),
    "the parts do not add up": (LINE, "tree", ["contact", [[ROOT, 2, ROOT, ["leaf"]]]]),
    "some roots are not separated": (statement([], (U**2 - 1) * U >= 0), "cells", []),
    "a point is a root": (statement([], U**2 >= 1), "cells", ["-1", "0"]),
    "fails where the signs are [-1]": (statement([], U**2 >= 1), "cells", ["0"]),
    "fails where the signs are [0]": (statement([], U**2 > 0), "cells", []),
    "not in Q[x]": (statement([], exp(U) >= 0), "cells", []),
    "out of range": (statement([T >= 1001, T <= 1002], exp(T) >= 0), "tree", ["leaf"]),
    "too close to 0": (
        statement([T.equals(0)], exp(T * 0 + Fraction(1, 10**800)) - 1 >= 0),
        *("tree", ["sign"]),
    ),
}


@pytest.mark.parametrize("reason", REJECTED)
def test_rejected_because(reason):
    wanted, kind, proof = REJECTED[reason]
    with pytest.raises(Rejected) as caught:
        check(wanted, claimed(wanted, kind, proof))
    assert reason in str(caught.value)


BAD_STATEMENTS = [
    ({**CROOKED, "comment": ""}, "a statement has three entries"),
    ({**CROOKED, "variables": "t"}, "'t' is not a list"),
    ({**CROOKED, "variables": [1]}, "variables have names"),
    ({**CROOKED, "variables": ["t t"]}, "variables have names"),
    ({**CROOKED, "variables": ["t", "t"]}, "no two the same"),
    ({**CROOKED, "hypotheses": {}}, "{} is not a list"),
    ({**CROOKED, "goal": ["<", []]}, "'<' is none of > >= ="),
    ({**CROOKED, "goal": [">=", [["1", [0, 0]]]]}, "as many exponents"),
    ({**CROOKED, "goal": [">=", [["1", [0], ["1"]]]]}, "as many exponents"),
    ({**CROOKED, "goal": [">=", [["1", [0], ["0", "0"]]]]}, "not in canonical form"),
    ({**CROOKED, "goal": [">=", [["1", [1]], ["1", [0]]]]}, "not in canonical form"),
    ({**CROOKED, "goal": [">=", [["1", [0]], ["1", [0]]]]}, "not in canonical form"),
    ({**CROOKED, "goal": [">=", [["0", [0]]]]}, "not in canonical form"),
    ({**CROOKED, "goal": [">=", {}]}, "not in canonical form"),
    ({**CROOKED, "goal": [">=", [["2/4", [0]]]]}, "2/4 is not in lowest terms"),
    ({**CROOKED, "goal": [">=", [["-0", [0]]]]}, "-0 is not in lowest terms"),
    ({**CROOKED, "goal": [">=", [["1/0", [0]]]]}, "ZeroDivisionError"),
    ({**CROOKED, "goal": [">=", [["1.0", [0]]]]}, "'1.0' is not exact"),
    ({**CROOKED, "goal": [">=", [["\u0661", [0]]]]}, "is not exact"),
    ({**CROOKED, "goal": [">=", [[1.0, [0]]]]}, "1.0 is not exact"),
    ({**CROOKED, "goal": [">=", [[1, [0]]]]}, "1 is not exact"),
    ({**CROOKED, "goal": [">=", [["1", [0.0]]]]}, "0.0 is not a natural number"),
    ({**CROOKED, "goal": [">=", [["1", [False]]]]}, "False is not a natural number"),
    ({**CROOKED, "goal": [">=", [["1", [-1]]]]}, "-1 is not a natural number"),
    ({**CROOKED, "goal": [">=", [["1", [10**9]]]]}, "is not a natural number below 100"),
    ({**CROOKED, "goal": None}, "malformed"),
    ([], "malformed"),
    (None, "malformed"),
    (float("nan"), "malformed"),
    ({1, 2}, "malformed"),
]


@pytest.mark.parametrize(("data", "reason"), BAD_STATEMENTS)
def test_a_malformed_statement_is_rejected(data, reason):
    try:
        made = claimed(data, "tree", ["sign"])
    except TypeError:  # no JSON at all
        made = {"statement": "", "kind": "tree", "proof": ["sign"]}
    with pytest.raises(Rejected) as caught:
        check(data, made)
    assert reason in str(caught.value)


BAD_CERTIFICATES = [
    (None, "malformed"),
    ([], "malformed"),
    ({}, "three entries"),
    ({**claimed(LINE, "tree", ["sign"]), "author": "me"}, "three entries"),
    ({**claimed(LINE, "tree", ["sign"]), "statement": "0" * 64}, "another statement"),
    ({**claimed(LINE, "tree", ["sign"]), "statement": None}, "another statement"),
    (claimed(LINE, "oracle", ["sign"]), "malformed: KeyError"),
    (claimed(LINE, [], ["sign"]), "malformed: TypeError"),
    (claimed(LINE, "tree", ["times", [], ["sign"]]), "malformed: ValueError"),
    (claimed(LINE, "tree", ["times", ["1", "1"], ["sign"]]), "malformed: ValueError"),
    (claimed(LINE, "tree", ["times", "1", ["sign"]]), "'1' is not a list"),
    (claimed(LINE, "tree", ["split", 0, 0.5, ["sign"], ["sign"]]), "0.5 is not exact"),
    (claimed(LINE, "tree", ["split", 1, "1/2", ["sign"], ["sign"]]), "below 1"),
    (claimed(LINE, "tree", ["rise", True, ["sign"], ["sign"]]), "True is not a natural number"),
    (claimed(LINE, "tree", ["using", 2, "1", ["sign"]]), "2 is not a natural number below 2"),
    (claimed(LINE, "handelman", {**SUM, "terms": {}}), "is not a list"),
    (claimed(LINE, "handelman", {**SUM, "terms": [["1", "0", []]]}), "'0' is not a list"),
    (claimed(LINE, "cells", "1"), "'1' is not a list"),
    (claimed(LINE, "cells", [0.5]), "0.5 is not exact"),
]


@pytest.mark.parametrize(("made", "reason"), BAD_CERTIFICATES)
def test_a_malformed_certificate_is_rejected(made, reason):
    with pytest.raises(Rejected) as caught:
        check(LINE, made)
    assert reason in str(caught.value)


def test_a_proof_too_deep_for_python_is_rejected():
    deep: list = ["sign"]
    for _ in range(5000):
        deep = ["times", ["0"], deep]
    with pytest.raises(Rejected, match="RecursionError"):
        check(LINE, claimed_without_hash(deep))


def claimed_without_hash(proof):
    return {"statement": statement_hash(LINE), "kind": "tree", "proof": proof}


def test_an_object_that_claims_to_equal_everything_is_no_data():
    class Agreeable(list):
        def __eq__(self, other):
            return True

        __hash__ = None

    false = {**CROOKED, "goal": [">=", Agreeable([["-1", [0]], ["-1", [0]]])]}
    with pytest.raises(Rejected, match="canonical"):
        check(false, claimed(false, "tree", ["sign"]))


# --- false statements: no kind of proof helps ------------------------------------------------
FALSE = {
    "20 turned into 5": statement(
        [*STEP[:4], 10 * L0 * H <= 5, 10 * L1 * G * H <= 5], 1 - (5 * L0 + 4 * L1 * G) * H > 0
    ),
    "phi below 7/10 t^2": statement(UNIT, phi(T) <= Fraction(7, 10) * T**2),
    "phi, one part in a million below e - 2": statement(
        UNIT, phi(T) <= (E - 2 - Fraction(1, 10**6)) * T**2
    ),
    "x^4 with L0 = 15.99": statement([U >= 0], 4 * U**3 - 12 * U**2 + Fraction(1599, 100) >= 0),
    "strict where equality holds": statement([U >= 0], 4 * U**3 - 12 * U**2 + 16 > 0),
    "rho increases, reversed": statement([T > 0], T * (exp(T) - 1) < 2 * phi(T)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_statement_is_not_proved_by_the_proof_of_a_true_one(name):
    for other, (kind, wanted) in TRUE.items():
        with pytest.raises(Rejected):
            check(FALSE[name], claimed(FALSE[name], kind, certificate(other)["proof"]))
        assert statement_hash(wanted) != statement_hash(FALSE[name])


# --- soundness at the edges ------------------------------------------------------------------
def test_a_hypothesis_does_not_travel_up_a_ladder():
    """On the way from the end t = 0 the hypothesis s = t need not hold: the slope is free of it."""
    s, t = variables("s t")
    false = statement([t >= 0, t <= 1, s >= 0, s <= 1, (s - t).equals(0)], t**2 - 2 * s * t >= 0)
    step = ["rise", 1, ["sign"], ["using", 4, "2", ["leaf"]]]
    with pytest.raises(Rejected, match="natural number below 0"):
        check(false, claimed(false, "tree", step))


def test_strict_from_an_open_end_only():
    steps = ["rise", 0, ["sign"], ["rise", 0, ["sign"], ["sign"]]]
    open_end, closed_end = statement([T > 0], phi(T) > 0), statement([T >= 0], phi(T) > 0)
    check(open_end, claimed(open_end, "tree", steps))
    with pytest.raises(Rejected, match="proved >= 0 only"):
        check(closed_end, claimed(closed_end, "tree", steps))


def test_strict_from_a_positive_end():
    wanted = statement([T >= 0], exp(T) > 0)
    check(wanted, claimed(wanted, "tree", ["rise", 0, ["sign"], ["sign"]]))


def test_an_equality_bounds_a_variable_from_both_sides():
    wanted = statement([T.equals(2), T <= 9, -T >= -5], 2 - T >= 0)
    check(wanted, claimed(wanted, "tree", ["leaf"]))


def test_the_tighter_and_the_open_end_are_taken():
    ends = [T >= 0, T > 0, T >= -1, T <= 3, T < 3]
    read = kernel.read_statement(statement(ends, T >= 0))
    low, high = kernel.side(1, read[1], 0)
    assert (low, high) == (kernel.End(Fraction(0), True), kernel.End(Fraction(3), True))


@pytest.mark.parametrize("hypothesis", [X + Y >= 0, X + X**2 >= 0, X + exp(X) >= 0, X * Y >= 0])
def test_only_a_bound_on_one_variable_is_an_end(hypothesis):
    wanted = statement([hypothesis], X >= 0)
    with pytest.raises(Rejected, match="an odd power may be negative"):
        check(wanted, claimed(wanted, "tree", ["sign"]))


def test_contact_is_strict_only_through_a_part_of_order_zero():
    wanted = statement([T >= 0, T <= 1], T**2 + 1 > 0)
    one, t = [["1", [0]]], [["1", [1]]]
    check(
        wanted,
        claimed(wanted, "tree", ["contact", [[one, 0, one, ["sign"]], [t, 2, one, ["sign"]]]]),
    )
    weak = statement([T >= 0, T <= 1], T**2 > 0)
    with pytest.raises(Rejected, match="proved >= 0 only"):
        check(weak, claimed(weak, "tree", ["contact", [[t, 2, one, ["sign"]]]]))


# name: (statement, kind, proof), each a proof of >= 0 that stops short of > 0
NEARLY_STRICT = {
    "a leaf that reaches 0": (statement(UNIT, T > 0), "tree", ["leaf"]),
    "a split, strict on the right only": (
        statement(UNIT, T > 0),
        *("tree", ["split", 0, "1/2", ["leaf"], ["leaf"]]),
    ),
    "a split, strict on the left only": (
        statement(UNIT, 1 - T > 0),
        *("tree", ["split", 0, "1/2", ["leaf"], ["leaf"]]),
    ),
    "a square": (
        statement([], T**2 > 0),
        *("handelman", {"factor": ONE, "terms": [["1", [], [[["1", [1]]]]]], "multipliers": []}),
    ),
    "a product with one strict factor": (
        statement([X > 0, Y >= 0], X * Y > 0),
        *("handelman", {"factor": ONE, "terms": [["1", [0, 1], []]], "multipliers": []}),
    ),
    "a weight of 0": (
        statement([T > 0], T * 0 > 0),
        *("handelman", {"factor": ONE, "terms": [["0", [0], []]], "multipliers": []}),
    ),
    "a power that may vanish": (statement([T >= 0], T**2 > 0), "tree", ["sign"]),
    "an even power": (statement([], T**2 > 0), "tree", ["sign"]),
}


@pytest.mark.parametrize("name", NEARLY_STRICT)
def test_nearly_strict_is_not_strict(name):
    wanted, kind, proof = NEARLY_STRICT[name]
    with pytest.raises(Rejected, match=r"proved >= 0 only|does not give > 0"):
        check(wanted, claimed(wanted, kind, proof))


def test_an_odd_order_of_contact_needs_a_factor_of_one_sign():
    wanted, t, one = statement([T >= -1, T <= 1], T >= 0), [["1", [1]]], [["1", [0]]]
    with pytest.raises(Rejected, match="an odd power may be negative"):
        check(wanted, claimed(wanted, "tree", ["contact", [[t, 1, one, ["sign"]]]]))
    right = statement([T >= 0, T <= 1], T >= 0)
    check(right, claimed(right, "tree", ["contact", [[t, 1, one, ["sign"]]]]))


def test_an_equality_takes_a_weight_of_either_sign():
    wanted = statement([T >= 0, T <= 1, (2 * T).equals(1)], 1 - 2 * T >= 0)
    check(wanted, claimed(wanted, "tree", ["using", 2, "-1", ["leaf"]]))


def test_a_constant_sum_of_exponentials_is_zero_only_if_it_cancels():
    nearly = exp(T * 0 + 1) - Fraction(2718281828459045235360287471352662497757, 10**39)
    above = statement([], nearly > 0)
    check(above, claimed(above, "tree", ["sign"]))
    zero = statement([], exp(T * 0 + 1) - exp(T * 0 + 1) >= 0)
    check(zero, claimed(zero, "tree", ["sign"]))


def test_hypotheses_that_cannot_hold_prove_anything_by_cells():
    vacuous = contradiction((U**2).equals(-1))
    check(vacuous, claimed(vacuous, "cells", []))


def test_a_statement_without_variables():
    wanted = {"variables": [], "hypotheses": [], "goal": [">", [["1", []]]]}
    check(wanted, claimed(wanted, "handelman", {**SUM, "terms": ONE}))
    check(wanted, claimed(wanted, "tree", ["sign"]))


# --- the size and the diet of the kernel -----------------------------------------------------
def source() -> str:
    return Path(kernel.__file__).read_text(encoding="utf-8")


def test_the_kernel_is_at_most_400_lines():
    assert len(source().splitlines()) <= 400


def test_the_kernel_imports_the_standard_library_only():
    found = set()
    for node in ast.walk(ast.parse(source())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    assert found <= set(sys.stdlib_module_names)
    assert not found & {"importlib", "os", "subprocess", "ctypes", "pickle"}


def test_the_kernel_contains_no_float():
    constants = [n.value for n in ast.walk(ast.parse(source())) if isinstance(n, ast.Constant)]
    names = {n.id for n in ast.walk(ast.parse(source())) if isinstance(n, ast.Name)}
    assert not any(isinstance(value, float) for value in constants)
    assert "float" not in names and "eval" not in names
