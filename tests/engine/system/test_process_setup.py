"""Process-wide setup of the program."""

import logging
import warnings

import pytest

from engine.system import process_setup


def test_without_glibc_memory_settings_are_skipped(monkeypatch):
    for library in (OSError, TypeError):
        monkeypatch.setattr(process_setup.ctypes, "CDLL", lambda _, error=library: (_ for _ in ()).throw(error))
        process_setup.keep_freed_memory()


def test_codec_warnings_are_hidden(caplog):
    tifffile = logging.getLogger("tifffile")
    before = tifffile.propagate, list(tifffile.handlers)
    tifffile.propagate, tifffile.handlers[:] = True, []  # another test may have quieted it already
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            process_setup.hide_codec_warnings()
            warnings.warn_explicit("Corrupt EXIF data", UserWarning, "TiffImagePlugin.py", 1, "PIL.TiffImagePlugin")
            with pytest.raises(UserWarning):
                warnings.warn_explicit("something else", UserWarning, "own.py", 1, "own")
        tifffile.warning("a tag that is damaged")
        assert not caplog.records
    finally:
        tifffile.propagate, tifffile.handlers[:] = before
