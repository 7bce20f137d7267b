"""Coq: each polynomial identity of a certificate, as a lemma over R and its proof.

    factor * goal = terms + multipliers,  terms >= 0, multipliers = 0, factor > 0 (or the like)

The proof is the certificate: every product of hypotheses and squares is shown nonnegative by
Rmult_le_pos, the identity by `field`, and one of three lemmas concludes.  Nothing is searched for.
Statements with exponentials, and those proved by boxes or cells, are not written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from proofs_check import kernel
from proofs_check.export.smtlib import polynomial
from proofs_check.ledger import Ledger, impossible
from proofs_check.store import load

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
    given = [f"  {SIGNS[s].format(f)} ->" for s, f in relations]
    binder = [f"  forall {' '.join(names)} : R,"] if names else []
    left, left_steps = cone("F", proof["factor"], relations, names)
    right, right_steps = cone("T", proof["terms"], relations, names)
    zero, zero_steps = multiples(proof["multipliers"], relations, names)
    lines = [f"Lemma {name} :", *binder, *given, f"  {SIGNS[sign].format(goal)}.", "Proof."]
    lines += [f"  intros {' '.join([*names, *(f'H_{i}' for i in range(len(relations)))])}."]
    lines += [*left_steps, *right_steps, *zero_steps]
    lines += [f"  assert (I : {left} * {goal} =", f"    {right} + {zero}) by field."]
    of_left, of_right = ("F_le", "T_lt") if sign == ">" else ("F_lt", "T_le")
    last = f"(eq_refl {right})" if sign == "=" else of_right
    return "\n".join([*lines, f"  exact ({RULES[sign]} _ _ _ _ I M {of_left} {last}).", "Qed.", ""])


Relations = Sequence[tuple[str, str]]


def cone(
    tag: str, terms: Sequence[Any], relations: Relations, names: Sequence[str]
) -> tuple[str, list[str]]:
    """The sum of the products, and the steps to {tag}_le: 0 <= sum, {tag}_lt: 0 < sum if shown."""
    steps, total, le, lt = list[str](), "0", "(Rle_refl 0)", ""
    for k, (weight, indices, roots) in enumerate(terms):
        text, strict = number(weight), not roots and all(relations[i][0] == ">" for i in indices)
        proof, compat = f"{tag}w{k}", "Rmult_lt_0_compat" if strict else "Rmult_le_pos"
        steps.append(f"  assert ({proof} : 0 {'<' if strict else '<='} {text}) by lra.")
        for i in indices:
            text = f"{text} * {relations[i][1]}"
            proof = f"({compat} _ _ {proof} {used(i, relations, strict)})"
        for root in roots:
            s = function(root, names)
            text, proof = f"{text} * ({s} * {s})", f"({compat} _ _ {proof} (Rle_0_sqr {s}))"
        steps.append(f"  assert ({tag}{k} : 0 {'<' if strict else '<='} {text})")
        steps.append(f"    by exact {proof}.")
        weak = f"(Rlt_le _ _ {tag}{k})" if strict else f"{tag}{k}"
        if lt:
            lt = f"(Rplus_lt_le_0_compat _ _ {lt} {weak})"
        elif strict:
            lt = f"(Rplus_le_lt_0_compat _ _ {le} {tag}{k})"
        le, total = f"(Rplus_le_le_0_compat _ _ {le} {weak})", f"{total} + {text}"
    steps.append(f"  assert ({tag}_le : 0 <= {total}) by exact {le}.")
    steps += [f"  assert ({tag}_lt : 0 < {total}) by exact {lt}."] if lt else []
    return f"({total})", steps


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
    return x if plain and x not in WORDS else f"x_{i}"


def function(terms: Sequence[Any], names: Sequence[str]) -> str:
    return f"({' + '.join(term(c, a, names) for c, a in terms) or '0'})"


def term(c: str, powers: Sequence[int], names: Sequence[str]) -> str:
    factors = [x if a == 1 else f"{x} ^ {a}" for x, a in zip(names, powers, strict=True) if a]
    return " * ".join([number(c), *factors])


def number(text: str) -> str:
    c = Fraction(text)
    top = f"{c.numerator}" if c >= 0 else f"(- {-c.numerator})"
    return top if c.denominator == 1 else f"({top} / {c.denominator})"


def lemmas(ledger: Ledger, key: str, committed: Mapping[str, Any] | None = None) -> list[str]:
    """The lemmas of one claim: its polynomial statements with an identity the kernel accepts."""
    entries, made = load() if committed is None else committed, list[str]()
    for i, part in enumerate(ledger.results[key].parts):
        entry = entries.get(kernel.statement_hash(part.reduced.data), {})
        certificate, empty = entry.get("certificate"), entry.get("empty")
        data = part.reduced.data if empty is None else impossible(part.reduced.data, empty)
        identity = certificate and certificate["kind"] == "handelman" and polynomial(data)
        if identity and "kernel" in part.backends:
            what = part.reduced.name.replace("*", "x").replace('"', "'").replace("(x", "( x")
            note = f"(* {what}{', a case that cannot occur' if part.empty else ''} *)"
            made.append(f"{note}\n{lemma(f'statement_{i + 1}', data, certificate['proof'])}")
    return made


def write(ledger: Ledger, folder: Path) -> int:
    """One file per claim that has such a statement; how many lemmas."""
    folder.mkdir(parents=True, exist_ok=True)
    count, entries = 0, load()
    for key in ledger.results:
        if made := lemmas(ledger, key, entries):
            name = re.sub(r"[^A-Za-z0-9]+", "_", key)
            (folder / f"{name}.v").write_text("\n".join([HEAD, *made]), encoding="utf-8")
            count += len(made)
    return count
