"""Runs of the check on networks: presets, trials that resume after a kill, traces.

presets    what a preset trains, on which data, from which starts, with which budgets
setup      the problems of one seed: training slice, validation slice, starts, minibatches
probes     what is measured along a training curve
trial      one run of one rule from one start, with checkpoints; its trace
theorems   constants from the curves, the theorems' own steps, verdicts
store      the folder of a run: every file is written whole or not at all
run        the whole plan of a preset, resumable
worker     its jobs in processes of their own
hardware   device, dtype, and what is recorded of the machine
"""
