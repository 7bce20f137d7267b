"""Layer 6: exact worst cases of a method on the class on the line (performance estimation)."""

from relaxsmooth.worstcase.answer import WorstCase, worst_case
from relaxsmooth.worstcase.question import Question
from relaxsmooth.worstcase.steps import WorstSteps, worst_steps

__all__ = ["Question", "WorstCase", "WorstSteps", "worst_case", "worst_steps"]
