"""Every benchmark, ratios side by side in one run: python benchmarks/run.py [--quick]"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all run")
    quick = ["--quick"] if parser.parse_args().quick else []
    failed = 0
    for script in sorted(HERE.glob("*.py")):
        if script != Path(__file__):
            print(f"== {script.stem}", flush=True)
            failed |= subprocess.run([sys.executable, str(script), *quick]).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
