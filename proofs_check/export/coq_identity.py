"""Coq: a polynomial identity, as a lemma over R and its proof.

    factor * goal = terms + multipliers,  terms >= 0, multipliers = 0, factor > 0 (or the like)

The proof is the certificate: every product of hypotheses and squares is shown nonnegative by
Rmult_le_pos, the identity by `field`, and one of three lemmas concludes.  Nothing is searched for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

SIGNS = {">=": "0 <= {}", ">": "0 < {}", "=": "{} = 0"}
RULES = {">=": "goal_le", ">": "goal_lt", "=": "goal_eq"}
WORDS = {"R", "as", "at", "do", "else", "end", "exists", "fix", "for", "forall", "fun", "if"}
WORDS |= {"in", "let", "match", "mod", "return", "then", "using", "where", "with"}
HEAD = """Require Import Reals Lra.
Open Scope R_scope.

(* l g = t + m with m = 0: what the signs of l and t say about the sign of g. *)
Lemma goal_le l g t m : l * g = t + m -> m = 0 -> 0 < l -> 0 <= t -> 0 <= g.
Proof.
  intros I M L T. destruct (Rle_or_lt 0 g) as [G | G]; [exact G | exfalso].
  assert (P : 0 < l * - g) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

Lemma goal_lt l g t m : l * g = t + m -> m = 0 -> 0 <= l -> 0 < t -> 0 < g.
Proof.
  intros I M L T. destruct (Rlt_or_le 0 g) as [G | G]; [exact G | exfalso].
  assert (P : 0 <= l * - g) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma goal_eq l g t m : l * g = t + m -> m = 0 -> 0 < l -> t = 0 -> g = 0.
Proof.
  intros I M L T. destruct (Rmult_integral l g) as [Z | Z]; lra.
Qed.
"""


def lemma(name: str, data: Mapping[str, Any], proof: Mapping[str, Any]) -> str:
    """One lemma and its proof; the text is made whether or not the proof is right."""
    names = [coq_name(x, i) for i, x in enumerate(data["variables"])]
    relations = [(sign, function(terms, names)) for sign, terms in data["hypotheses"]]
    sign, goal = data["goal"][0], function(data["goal"][1], names)
    head, hypotheses = stated(name, data)
    left, left_steps = cone("F", proof["factor"], relations, names, sign != ">")
    right, right_steps = cone("T", proof["terms"], relations, names, sign == ">")
    zero, zero_steps = multiples(proof["multipliers"], relations, names)
    lines = [*head, "Proof.", f"  intros {' '.join([*names, *hypotheses])}."]
    lines += [*left_steps, *right_steps, *zero_steps]
    lines += [f"  assert (I : {left} * {goal} =", f"    {right} + {zero}) by field."]
    last = f"(eq_refl {right})" if sign == "=" else "T"
    return "\n".join([*lines, f"  exact ({RULES[sign]} _ _ _ _ I M F {last}).", "Qed.", ""])


def stated(name: str, data: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The statement of a lemma, and names for its hypotheses."""
    names = [coq_name(x, i) for i, x in enumerate(data["variables"])]
    *given, goal = (
        SIGNS[sign].format(function(terms, names))
        for sign, terms in (*data["hypotheses"], data["goal"])
    )
    binder = [f"  forall {' '.join(names)} : R,"] if names else []
    head = [f"Lemma {name} :", *binder, *(f"  {h} ->" for h in given), f"  {goal}."]
    return head, [f"H_{i}" for i in range(len(given))]


Relations = Sequence[tuple[str, str]]


def cone(
    tag: str, terms: Sequence[Any], relations: Relations, names: Sequence[str], strict: bool
) -> tuple[str, list[str]]:
    """The sum of the products, and the steps to {tag}: 0 < sum if strict, 0 <= sum otherwise.

    If no product is seen to be positive the step to 0 < sum refers to nothing, and fails.
    """
    steps, total, weak, strong = list[str](), "0", "(Rle_refl 0)", "no_term_is_positive"
    for k, (weight, indices, roots) in enumerate(terms):
        is_strict = strict and not roots and all(relations[i][0] == ">" for i in indices)
        compat = "Rmult_lt_0_compat" if is_strict else "Rmult_le_pos"
        text, proof = number(weight), f"{tag}w{k}"
        steps.append(f"  assert ({proof} : 0 {'<' if is_strict else '<='} {text}) by lra.")
        for i, a in Counter(indices).items():
            text += f" * {relations[i][1]}" + (f" ^ {a}" if a > 1 else "")
            proof = f"({compat} _ _ {proof} {raised(i, a, relations, is_strict)})"
        for root in roots:
            s = function(root, names)
            text, proof = f"{text} * ({s} * {s})", f"({compat} _ _ {proof} (Rle_0_sqr {s}))"
        as_weak = f"(Rlt_le _ _ {proof})" if is_strict else proof
        if strong != "no_term_is_positive":
            strong = f"(Rplus_lt_le_0_compat _ _ {strong} {as_weak})"
        elif is_strict:
            strong = f"(Rplus_le_lt_0_compat _ _ {weak} {proof})"
        weak, total = f"(Rplus_le_le_0_compat _ _ {weak} {as_weak})", f"{total} + {text}"
    sign, last = ("<", strong) if strict else ("<=", weak)
    return f"({total})", [*steps, f"  assert ({tag} : 0 {sign} {total}) by exact {last}."]


def raised(i: int, a: int, relations: Relations, strict: bool) -> str:
    """A proof that the power a of hypothesis i is positive, or nonnegative."""
    proof = used(i, relations, strict)
    return proof if a == 1 else f"({'pow_lt' if strict else 'pow_le'} _ {a} {proof})"


def used(i: int, relations: Relations, strict: bool) -> str:
    """A proof that hypothesis i is positive, or nonnegative."""
    sign = relations[i][0]
    if strict or sign == ">=":
        return f"H_{i}"
    return f"(Rlt_le _ _ H_{i})" if sign == ">" else f"(Req_le_sym _ _ H_{i})"


def multiples(
    multipliers: Sequence[Any], relations: Relations, names: Sequence[str]
) -> tuple[str, list[str]]:
    """The sum of the multiples of equalities, and the steps to M: it is 0."""
    steps, total = list[str](), "0"
    for k, (j, terms) in enumerate(multipliers):
        m, e = function(terms, names), relations[j][1]
        steps.append(f"  assert (M{k} : {m} * {e} = 0)")
        steps.append(f"    by exact (eq_trans (f_equal (Rmult {m}) H_{j}) (Rmult_0_r {m})).")
        total = f"{total} + {m} * {e}"
    names_of = ", ".join(f"M{k}" for k in range(len(multipliers)))
    rewritten = f"rewrite {names_of}; " if names_of else ""
    return f"({total})", [*steps, f"  assert (M : {total} = 0) by ({rewritten}ring)."]


def coq_name(x: str, i: int) -> str:
    """The variable's own name, unless Coq or the proofs use it."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", x) and not re.match(r"[FTMHI](\d|_|w|$)", x)
    return x if plain and x not in WORDS and not re.match(r"x_\d", x) else f"x_{i}"


def function(terms: Sequence[Any], names: Sequence[str]) -> str:
    return f"({' + '.join(term(c, a, names) for c, a in terms) or '0'})"


def term(c: str, powers: Sequence[int], names: Sequence[str]) -> str:
    factors = [x if a == 1 else f"{x} ^ {a}" for x, a in zip(names, powers, strict=True) if a]
    return " * ".join([number(c), *factors])


def number(text: str) -> str:
    c = Fraction(text)
    top = f"{c.numerator}" if c >= 0 else f"(- {-c.numerator})"
    return top if c.denominator == 1 else f"({top} / {c.denominator})"
