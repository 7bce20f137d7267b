"""Tampered certificates: ten thousand changes of every kind of proof, none of them accepted.

A change may leave another proof of the same statement (terms in another order, a split moved a
little).  The second reader then has to agree that it still is one, and it is not counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from kernel_examples import TRUE, certificate
from second_opinion import proves

from proofs_check.kernel import Rejected, check, statement_hash

TAMPERED = 10_000
JUNK: list[Any] = [None, True, -1, 3, 1.5, float("nan"), "", "1", "1.0", "2/4", "x", [], [[]], {}]
TAGS = ["sign", "leaf", "times", "using", "split", "rise", "fall", "contact", "handelman", "cells"]


@cache
def small() -> list[str]:
    return [name for name in TRUE if len(json.dumps(certificate(name))) < 400]


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every entry of nested lists and tables."""
    keys = (
        data.keys()
        if isinstance(data, dict)
        else range(len(data))
        if isinstance(data, list)
        else ()
    )
    for key in keys:
        yield (*path, key)
        yield from places(data[key], (*path, key))


def changed(entry: Any, draw: Random) -> Any:
    """Another entry in place of this one: a number moved, a list rearranged, or junk."""
    if draw.random() < 0.1:
        return draw.choice(JUNK)
    if isinstance(entry, bool) or entry is None or isinstance(entry, float):
        return draw.choice(JUNK)
    if isinstance(entry, int):
        return entry + draw.choice([-2, -1, 1, 2, 10**6])
    if isinstance(entry, str):
        return changed_text(entry, draw)
    if isinstance(entry, list):
        return changed_list(entry, draw)
    return {key: value for key, value in entry.items() if key != draw.choice(list(entry))}


def changed_text(text: str, draw: Random) -> str:
    if text in TAGS:
        return draw.choice(TAGS)
    moved = [
        "-" + text,
        text + "1",
        text + "/7",
        "0",
        "1" + text,
        text.removeprefix("-"),
        text + " ",
    ]
    return draw.choice(moved)


def changed_list(entries: list[Any], draw: Random) -> list[Any]:
    if not entries:
        return [draw.choice(JUNK)]
    i, j = draw.randrange(len(entries)), draw.randrange(len(entries))
    swapped = list(entries)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    without, twice = entries[:i] + entries[i + 1 :], [*entries[: i + 1], *entries[i:]]
    return draw.choice([swapped, without, twice, [*entries, draw.choice(JUNK)]])


def replaced(data: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = replaced(data[path[0]], path[1:], new)
    return copy


@cache
def pair_and_places(name: str) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    pair = {"statement": TRUE[name][1], "certificate": certificate(name)}
    return pair, list(places(pair))


def tampered(draw: Random) -> tuple[Any, Any, Any, Any]:
    """A true statement and its certificate, and the same after one change, hash renewed or not."""
    pair, paths = pair_and_places(draw.choice(small()))
    path = draw.choice(paths)
    entry: Any = pair
    for key in path:
        entry = entry[key]
    after = replaced(pair, path, changed(entry, draw))
    statement, proof = after["statement"], after["certificate"]
    if path[0] == "statement" and isinstance(proof, dict) and draw.random() < 0.8:
        proof = {**proof, "statement": statement_hash(statement)}
    return pair["statement"], pair["certificate"], statement, proof


@pytest.mark.slow
def test_no_tampered_certificate_is_accepted():
    draw, rejected, still_proofs = Random(2020), Counter[str](), 0
    while rejected.total() < TAMPERED:
        statement, proof, new_statement, new_proof = tampered(draw)
        if json.dumps([statement, proof]) == json.dumps([new_statement, new_proof]):
            continue
        try:
            check(new_statement, new_proof)
        except Rejected:
            rejected[proof["kind"]] += 1
        else:
            still_proofs += 1
            assert proves(new_statement, new_proof), (new_statement, new_proof)
    assert still_proofs < TAMPERED / 10  # the changes are changes
    assert set(rejected) == {"handelman", "tree", "cells"} and min(rejected.values()) > 500


@pytest.mark.parametrize("name", TRUE)
def test_an_edited_statement_loses_its_certificate(name):
    statement = TRUE[name][1]
    edited = {**statement, "hypotheses": statement["hypotheses"][1:] or [[">", [["1", [0] * 9]]]]}
    with pytest.raises(Rejected, match="certificate of another statement"):
        check(edited, certificate(name))


@pytest.mark.parametrize("name", TRUE)
def test_the_second_reader_agrees(name):
    assert proves(TRUE[name][1], certificate(name))


def test_the_second_reader_is_no_yes_man():
    """Agreeing with everything would empty the tamper test: it refutes numbers that are changed."""
    draw, refused, tried = Random(1), 0, 0
    while tried < 100:
        statement, _, _, new_proof = tampered(draw)
        try:
            check(statement, new_proof)
        except Rejected as reason:
            if "malformed" in str(reason) or "another statement" in str(reason):
                continue
            try:
                refused += not proves(statement, new_proof)
            except (ArithmeticError, LookupError, TypeError, ValueError):
                refused += 1
            tried += 1
    assert refused > tried / 2


def test_terms_in_another_order_are_the_same_proof():
    name = "half of the step is kept"
    proof = certificate(name)["proof"]
    turned = {**certificate(name), "proof": {**proof, "terms": proof["terms"][::-1]}}
    check(TRUE[name][1], turned)
