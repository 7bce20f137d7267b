"""Layer 6: exact worst cases of a method on the class on the line (performance estimation)."""

from relaxsmooth.worstcase.answer import WorstCase, WorstSteps, worst_case, worst_steps
from relaxsmooth.worstcase.question import Question

__all__ = ["Question", "WorstCase", "WorstSteps", "worst_case", "worst_steps"]
