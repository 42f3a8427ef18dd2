"""A stand-in for the package ncnn, with a GPU that works, crashes, hangs, or has little memory.

The environment variable FAKE_DRIVER is "abort at start", "no gpu", "abort", "hang", "memory", "error", "black" or
"repeat".
A working model repeats each pixel.
"""

import os
import time
from pathlib import Path

import numpy as np

__version__ = "fake"
_BEHAVIOR = os.environ.get("FAKE_DRIVER", "repeat")


class _Info:
    def device_name(self):
        return os.environ.get("FAKE_NAME", "Fake GPU")

    def type(self):
        return int(os.environ.get("FAKE_TYPE", "0"))

    def driver_version(self):
        return 7


class _Device:
    def get_heap_budget(self):
        return 4000


def get_gpu_count():
    if _BEHAVIOR == "abort at start":
        os.abort()
    return 0 if _BEHAVIOR == "no gpu" else 1


def get_gpu_info(_index):
    return _Info()


def get_gpu_device(_index):
    return _Device()


class Mat(np.ndarray):
    def __new__(cls, array):
        return np.asarray(array).view(cls)

    def clone(self):
        return self.copy()


class _Options:
    pass


class _Extractor:
    def __init__(self, half):
        self._half = half

    def input(self, _name, mat):
        self._mat = np.asarray(mat)
        return 0

    def extract(self, _name):
        side = self._mat.shape[1]
        if _BEHAVIOR == "abort":
            os.abort()
        if _BEHAVIOR == "hang":
            time.sleep(600)
        if _BEHAVIOR == "error":
            return -1, None
        if _BEHAVIOR == "memory" and side > 48:
            return -100, None
        scale = int(os.environ.get("FAKE_SCALE", "1"))
        result = self._mat.repeat(scale, axis=1).repeat(scale, axis=2)
        if self._half:
            result = result + float(os.environ.get("FAKE_HALF_ERROR", "0")) / 255
        return 0, result * 0 if _BEHAVIOR == "black" else result


class Net:
    def __init__(self):
        self.opt = _Options()

    def set_vulkan_device(self, _index):
        pass

    def load_param(self, path):
        with Path(path).open(encoding="ascii") as file:  # the files must exist
            return 0 if file.read(7) == "7767517" else -1

    def load_model(self, _path):
        return 0

    def input_names(self):
        return ["data"]

    def output_names(self):
        return ["output"]

    def create_extractor(self):
        return _Extractor(self.opt.use_fp16_storage)
