"""Hypothesis profiles: `quick` is deterministic and the default, `thorough` is for long runs.

    pytest --hypothesis-profile=thorough
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# derandomize: the same examples on every machine, so that a red suite is always a change.
# The clock is no property of a statement, so no deadline; data that is slow to draw is not an error.
settings.register_profile(
    "quick",
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("quick")
