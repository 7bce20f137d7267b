"""Runs of the check on networks: presets, trials that resume after a kill, traces, reports.

presets    what a preset trains, on which data, from which starts, with which budgets
trial      one run of one rule from one start, with checkpoints; its trace
store      the folder of a run: every file is written whole or not at all
tuning     step grids with interior optima
run        the whole plan of a preset, resumable
"""
