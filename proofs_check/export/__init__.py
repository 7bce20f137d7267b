"""Other readings of the same statements: LaTeX, SMT-LIB, a picture, the findings page."""
