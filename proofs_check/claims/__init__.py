"""One family of claims per file, found by folder: each file has a function `claims`."""
