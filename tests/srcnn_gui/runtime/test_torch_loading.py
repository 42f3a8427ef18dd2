"""Preloading of PyTorch, tested in a new process."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

LOAD_PROGRAM = """
import sys
from srcnn_gui.runtime import (shiboken_patch, torch_loading)
shiboken_patch.disable_source_scan()
torch_loading.warm_up_opencv()
with torch_loading.preload_torch():
    if sys.platform == "linux":
        assert "libtorch_cpu" in open("/proc/self/maps").read(), "the system loads it first, without Python's lock"
    assert "torch" not in sys.modules
    import torch
import linecache
sources = [name for name in linecache.cache if "torch" in name]
assert len(sources) < 100, f"PySide read {len(sources)} of torch's sources"
print(float(torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3))))
"""


def test_torch_is_loaded_without_the_gil():
    ran = subprocess.run([sys.executable, "-c", LOAD_PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "9.0"
