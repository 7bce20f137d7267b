"""Layer 4: which data (x_i, f_i, g_i) belong to some (L0, L1)-smooth function on the line."""

from relaxsmooth.interpolation.decide import Interpolation, interpolate
from relaxsmooth.interpolation.levels import Chart, Level, chart
from relaxsmooth.interpolation.signs import sign

__all__ = ["Chart", "Interpolation", "Level", "chart", "interpolate", "sign"]
