"""Bad input ends with status 2 and one line that names the value, the rule and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

QUARTIC = ("--function", "x^4", "--x0", "3/2")
COUNT = ("count", "--rule", "gd", *QUARTIC, "--epsilon", "1/100")

# arguments, then what the line must contain: value, rule, remedy
PLAY = ("--theorem", "theorem4-line", "--L0", "1", "--M", "2", "--epsilon", "1/100")
GAME = ("game", "--L0", "1", "--L1", "1", "--M", "2")
CASES = [
    (("verfy",), "'verfy'", "not known", "verify"),
    (("--epsilon", "1"), "'--epsilon'", "not known", "after a command"),
    (("verify", "--epsilom", "1"), "'--epsilom'", "not known", "did you mean --epsilon"),
    (("verify", "--epsilon"), "--epsilon", "no value", "--epsilon VALUE"),
    (("verify", "--epsilon", "abc"), "'abc'", "not an exact number", "1/160"),
    (("verify", "--epsilon", "0"), "'0'", "must be positive", "give a positive number"),
    (("verify", "--epsilon", "-1/100"), "'-1/100'", "must be positive", "give a positive"),
    (("verify", "--epsilon", "nan"), "'nan'", "not an exact number", "1/160"),
    (("verify", "--epsilon", "inf"), "'inf'", "not an exact number", "1/160"),
    (("verify", "--epsilon", "1/0"), "'1/0'", "divides by zero", "another denominator"),
    (("verify", "--epsilon", "1e999999"), "'1e999999'", "exceeds", "smaller"),
    (("verify", "--epsilon", "1_000"), "'1_000'", "not an exact number", "1/160"),
    (("verify", "--epsilon", "1,5"), "'1,5'", "not an exact number", "0.3"),
    (("verify", "--epsilon", "9" * 5000), "9999", "digits", "shorter"),
    (("verify", "--epsilon", "2**3"), "'2**3'", "not an exact number", "1/160"),
    (("verify", "--epsilon", ""), "''", "not an exact number", "1/160"),
    (("verify", "--epsilon", "1", "--epsilon", "2"), "--epsilon", "given twice", "once"),
    (("verify", "--L1", "-1"), "'-1'", "at least 0", "give a positive number"),
    (("verify", "--theorem", "theorem3"), "'theorem3'", "not known", "zhang2020-theorem3"),
    (("verify", "--problem", "quartik"), "'quartik'", "not known", "did you mean quartic"),
    (("verify", "--problem", "quartic", *QUARTIC), "'quartic'", "two problems", "give one"),
    (("verify", "--function", "x^4"), "'x^4'", "no starting point", "--x0 3"),
    (("verify", "--x0", "3"), "--x0", "needs a function", "--function"),
    (("verify", "--function", "x^4", "--x0", "1,2"), "2 coordinates", "1 variables", "give one"),
    (("verify", "--function", "x^4", "--x0", "1,"), "''", "not an exact number", "1/160"),
    (("verify", "--function", "gamma(x)", "--x0", "1"), "'gamma'", "not a function", "piecewise"),
    (("verify", "--function", "", "--x0", "1"), "formula", "empty", "write one"),
    (("verify", "--function", "x^4 +", "--x0", "1"), "'x^4 +'", "not expected", "write a number"),
    (("verify", "--function", "9**9**9**9", "--x0", "1"), "387420489", "not within", "simpler"),
    (("verify", "--function", "(" * 10**4 + "x", "--x0", "1"), "10001", "10000", "shorter"),
    (("verify", "--function", "(" * 999 + "x", "--x0", "1"), "((((", "nested deeper", "flatter"),
    (("verify", "--function", "__import__('os')", "--x0", "1"), "'_'", "no meaning", "use numbers"),
    (("verify", "--function", "1/0 + x", "--x0", "1"), "0^(-1)", "division by zero", "remove"),
    (("verify", "--arithmetic", "interval"), "'interval'", "not known", "choose one of ball"),
    (("verify", "--bits", "3"), "3", "between 24", "try 128"),
    (("verify", "--bits", "many"), "'many'", "whole number", "try 128"),
    (("verify", "--h", "1", "--gamma", "1"), "--gamma", "no rule has", "list rules"),
    (("verify", "--theorem", "gap", "--h", "1"), "gap", "no parameter --h", "list rules"),
    (("verify", "--json", "no/such/x.json"), "'no/such/x.json'", "does not exist", "create"),
    (("verify", "--json", "."), "'.'", "is a folder", "file name"),
    (("verify", "--json", "-", "--csv", "-"), "--csv", "one format", "file name"),
    (("verify", "--json", "a", "--csv", "./a"), "./a", "replace the other", "two files"),
    (("verify", "--theorem", "clip", "--delta", "1"), "--delta 1", "lower bound", "leave it out"),
    (("verify", *PLAY, "--L1", "0"), "--L1 0", "L1 > 0", "give that"),
    (("verify", *PLAY, "--L1", "1", "--delta", "5", "--h", "1"), "theorem4", "--h", "list rules"),
    (
        ("verify", *PLAY, "--L1", "1", "--delta", "5", "--arithmetic", "float"),
        "--delta 5", "plain steps in float", "leave --arithmetic",
    ),
    (("worst-case",), "--rule", "missing", "--rule clipped"),
    (("game", "--L0", "1"), "--L1", "is missing", "give all four"),
    ((*GAME, "--epsilon", "2"), "eps = 2", "below M = 2", "T_eps = 0"),
    ((*GAME, "--epsilon", "1", "--delta", "1/2"), "Delta = 1/2", "below psi(M)", "give Delta >="),
    ((*GAME, "--epsilon", "0"), "'0'", "must be positive", "give a positive"),
    (("worst-case", "--rule", "cliped"), "'cliped'", "not known", "did you mean clipped"),
    (("worst-case", "--rule", "gd", "--h", "0"), "'0'", "must be positive", "give a positive"),
    (("worst-case", "--rule", "gd", "--L0", "-1"), "'-1'", "must be positive", "give a positive"),
    (("worst-case", "--rule", "gd", "--L1", "-1"), "'-1'", "at least 0", "give a positive"),
    (("worst-case", "--rule", "gd", "--delta", "0"), "'0'", "must be positive", "give a positive"),
    (("worst-case", "--rule", "gd", "--steps", "0"), "'0'", "must be positive", "give a positive"),
    (("worst-case", "--rule", "gd", "--steps", "3/2"), "'3/2'", "no whole number", "try 1e6"),
    (("worst-case", "--rule", "gd", "--steps", "1e5"), "100000", "exceeds 10000", "--epsilon"),
    (("worst-case", "--rule", "gd", "--steps", "3", "--epsilon", "1"), "3", "worst", "one of them"),
    (("worst-case", "--rule", "polyak"), "polyak", "not one step-size formula", "such as gd"),
    (("worst-case", "--rule", "gd", "--step-size", "1"), "'gd'", "two rules", "one of them"),
    (("worst-case", "--step-size", "1/x"), "'1/x'", "contains x", "use g"),
    (("worst-case", "--rule", "gd", "--plot", "a.txt"), "'a.txt'", "no picture", ".png"),
    (("attack", "--rule", "gd", "--bound", "Delta"), "gd", "needs a value for h", "--h"),
    (("attack", "--rule", "gd", "--h", "1/L0", "--bound", "R*L0"), "R", "no value", "use Delta"),
    (("attack", "--rule", "gd", "--h", "h/2", "--bound", "L0"), "--h h/2", "itself", "other"),
    (("attack", "--rule", "gd", "--h", "1/L0", "--bound", "0"), "--bound 0", "positive", "give a"),
    (("attack", "--rule", "gd", "--h", "1/L0", "--bound", "1e308"), "1000", "outside", "rescale"),
    (("attack", "gd", "--divide", "1e400"), "--divide", "1e-100 to 1e100", "try 23/20"),
    (("attack", "zhang2020-theorem4", "--divide", "1e-400"), "--divide", "1e100", "try 23/20"),
    (("attack", "deep-linear", "--where", "x"), "--where", "upper bounds", "leave it out"),
    (("attack", "--all", "--where", "x"), "--where", "--all", "leave"),
    (("attack", "--all", "--jobs", "65"), "--jobs 65", "more than 64", "number of cores"),
    (("attack", "gd", "--state", "-"), "--state -", "read again", "file name"),
    (("interpolate", "--at", "0,sqrt(1-e),1"), "sqrt(1 - exp(1))", "real value", "write a"),
    (("worst-case", "--step-size", "1/(1+g)", "--h", "3"), "--h", "does not occur", "leave it out"),
    (("worst-case", "--rule", "gd", "--epsilon", "1/2", "--seed", "3"), "--seed 3", "--steps",
     "leave it out"),
    (("worst-case", "--rule", "clipped", "--epsilon", "10", "--json", "o", "--save", "f"), "T = 0",
     "none to write", "leave --save"),
    (("interpolate", "--at", "0,0,1", "--at", "1,9,1", "--json", "o", "--plot", "f.png"),
     "REFUTED", "no function", "leave --save"),
    (("interpolate", "--at", "0,?,1", "--at", "1e400,?,1", "--plot", "p.png"), "--plot",
     "beyond doubles", "leave it out"),
    (("interpolate",), "no data", "--data FILE", "--at 0,0,1"),
    (("interpolate", "--at", "1,2,3,4"), "'1,2,3,4'", "4 entries", "1,3/2,2"),
    (("interpolate", "--at", "1,2,x"), "'x'", "not an exact number", "1/160"),
    (("interpolate", "--at", "1,x,2"), "f = 'x'", "contains x", "give a constant"),
    (("interpolate", "--at", "1,0,2", "--at", "1,0,3"), "x = 1", "data 0 and 1", "once"),
    (("interpolate", "--at", "1,0,2", "--at", "2,?,3"), "datum 1", "no f", "everywhere or nowhere"),
    (("interpolate", "--at", "1,0,2", "--L0", "-1"), "'-1'", "at least 0", "give a positive"),
    (("interpolate", "--data", "no.csv"), "'no.csv'", "cannot be read", "another file"),
    (("interpolate", "--data", "."), "'.'", "cannot be read", "another file"),
    (("interpolate", "--at", "0,0,1", "--at", "1,9,1", "--save", "f"), "REFUTED", "no function",
     "leave --save"),
    (("certify",), "formula", "missing", 'certify "x^4"'),
    (("certify", "x^4", "-", "2x"), "- 2x", "unexpected", "quotes"),
    (("certify", "-x^2", "--L1", "1"), "'-x'", "not known", "after --"),
    (("certify", "x^4", "--L0", "16"), "--L0 16", "needs --L1", "give"),
    (("certify", "x^4", "--L1", "1", "--plot", "a.txt"), "'a.txt'", "no picture", ".png"),
    (("certify", "x^4", "--L1", "1", "--plot", "-"), "'-'", "no picture", ".png"),
    (("certify", "x^4", "--L1", "1", "--box", "3,-3"), "'3,-3'", "low < high", "-10,10"),
    (("certify", "x*y", "--L1", "1", "--box", "0,1"), "1 sides", "2 variables", "one side per"),
    (("count", *QUARTIC, "--epsilon", "1"), "--rule", "missing", "--rule clipped"),
    (("count", "--rule", "cliped", *QUARTIC, "--epsilon", "1"), "'cliped'", "not known", "clipped"),
    (("count", "--rule", "gd", *QUARTIC), "--epsilon", "missing", "1/100"),
    (("count", "--rule", "gd", "--epsilon", "1"), "function", "no function", "--function"),
    ((*COUNT, "--eta", "1"), "eta", "no parameter", "it has h"),
    ((*COUNT, "--h", "0"), "'0'", "must be positive", "positive number"),
    ((*COUNT, "--h", "1", "--limit", "1/2"), "'1/2'", "whole number", "1e6"),
    ((*COUNT, "--theorem", "clip"), "clip", "prescribes nothing", "choose one of"),
    (
        ("count", "--rule", "clipped_momentum", *QUARTIC, "--epsilon", "1"),
        "eta", "no theorem", "--eta",
    ),
    (("count", "--rule", "fixed_length", *QUARTIC, "--epsilon", "1"), "every number N", "--N"),
    (("verify", *QUARTIC, "--f-star", "1"), "--f-star 1", "which is 0", "leave --f-star out"),
    (("count", "--rule", "polyak", "--function", "x^4+y^4+x*y+x", "--x0", "1,1", "--epsilon", "1"),
     "'x^4+y^4+x*y+x'", "not derived", "declare it with --f-star"),
    (("verify", *QUARTIC, "--f-star", "9"), "--f-star 9", "above f(x0)", "give a lower one"),
    (("list", "theorms"), "'theorms'", "not known", "theorems"),
    (("cite",), "key", "needs a key", "zhang2020"),
    (("cite", "zang2020"), "'zang2020'", "not known", "zhang2020"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case[0])[:60])
def test_bad_input_is_one_line_with_value_rule_and_remedy(run, case):
    words, *parts = case
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("relaxsmooth")
    assert result.stderr.count("\n") == 1 and result.stderr.endswith("\n")
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr, result.stderr
    assert len(result.stderr) < 400
    assert list(Path().iterdir()) == []


def test_there_are_at_least_forty_cases():
    assert len({case[0] for case in CASES}) >= 40
