"""What a program sets up in its own process."""

import logging
import warnings

import pytest

from engine.system import standalone


def test_where_there_is_no_glibc_nothing_is_told_to_keep_memory(monkeypatch):
    for library in (OSError, TypeError):
        monkeypatch.setattr(standalone.ctypes, "CDLL", lambda _, error=library: (_ for _ in ()).throw(error))
        standalone.keep_freed_memory()


def test_what_codecs_can_live_with_is_not_said(caplog):
    tifffile = logging.getLogger("tifffile")
    before = tifffile.propagate, list(tifffile.handlers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            standalone.quiet_codecs()
            warnings.warn_explicit("Corrupt EXIF data", UserWarning, "TiffImagePlugin.py", 1, "PIL.TiffImagePlugin")
            with pytest.raises(UserWarning):
                warnings.warn_explicit("something else", UserWarning, "own.py", 1, "own")
        tifffile.warning("a tag that is damaged")
        assert not caplog.records
    finally:
        tifffile.propagate, tifffile.handlers[:] = before
