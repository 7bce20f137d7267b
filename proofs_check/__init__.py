"""Machine-checked proofs of the paper's inequalities, with small certificates.

kernel.py     what a referee has to trust: check(statement, certificate)
statement.py  statements written as expressions, or read from the formulas of relaxsmooth
search/       finds certificates; nothing in it is trusted
"""
