"""Layer 10: the falsifier.  It looks for a function, a start and parameters that break a statement.

    search in doubles -> candidates, worst first -> confirmed rigorously -> shrunk -> printed

A hit in doubles is a candidate and nothing more.  What is reported as a counterexample has its
membership PROVED, its count PROVED, and its bound compared in balls (`confirm`).
"""
