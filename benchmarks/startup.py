"""Time from the start of the program until the first window is shown, from source and packaged.

    python -m benchmarks.startup [--runs 5] [--built dist/srcnn-studio]

Each run starts the program with `--self-test` and an empty home directory. The program opens the window, loads
PyTorch, upscales a sample and exits. The first run fills the disk cache and is discarded. "Computing" is the CPU time
until the first window is shown, which is more reliable on a busy machine. Requires a display.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import time

_ROOT = Path(__file__).resolve().parent.parent
_AIMS_S = {"from source": 1.0, "packaged": 3.0}


def main() -> None:
    """Measure the times, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--built", type=Path, default=_ROOT / "dist" / "srcnn-studio", help="the packaged program")
    args = parser.parse_args()
    programs = {"from source": [sys.executable, "-m", "srcnn_gui"]}
    packaged = args.built / ("srcnn-studio.exe" if sys.platform == "win32" else "srcnn-studio")
    if packaged.exists():
        programs["packaged"] = [str(packaged.resolve())]
    heads = f"{'first window':>24} {'aim':>6} {'computing':>10} {'torch loaded':>14} {'upscaled':>10}"
    print(f"{'':12} {heads}   (s, median of {args.runs})")
    for title, command in programs.items():
        times = [measure_startup(command) for _run in range(args.runs + 1)][1:]
        windows, computing, engines, images = zip(*times, strict=True)
        spread = f"{median(windows):.2f} ({min(windows):.2f}-{max(windows):.2f})"
        rest = f"{median(computing):10.2f} {median(engines):14.2f} {median(images):10.2f}"
        print(f"{title:12} {spread:>24} {_AIMS_S[title]:6.1f} {rest}")


def measure_startup(command: list[str]) -> tuple[float, float, float, float]:
    """Start the program once, and return the times of its startup, in seconds.

    Returns
    -------
    window : time until the first window is shown
    computing : CPU time until then
    engine : time until PyTorch is loaded
    upscaled : time until a sample is upscaled
    """
    with tempfile.TemporaryDirectory() as home:
        report = Path(home) / "report.json"
        own = {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "PYTHONPATH": str(_ROOT)}
        asked_at = time()
        subprocess.run([*command, "--self-test", str(report)], cwd=home, env=os.environ | own, check=True)
        result = json.loads(report.read_text(encoding="utf-8"))
    before = result["began_at"] - asked_at
    seconds = result["seconds"]
    computing = result["computing_seconds"]["window"]
    return before + seconds["window"], computing, before + seconds["engine"], before + seconds["upscaled"]


if __name__ == "__main__":
    main()
