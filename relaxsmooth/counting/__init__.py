"""Layer 4: certified iteration counts, T_eps = first k >= 0 with ‖∇f(x_k)‖ <= eps."""

from relaxsmooth.counting.count import METHODS, count
from relaxsmooth.counting.record import INFINITE, Count, Mark, Stretch

__all__ = ["INFINITE", "METHODS", "Count", "Mark", "Stretch", "count"]
