"""Read and write image files with their alpha channel, frames and metadata."""

import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from engine.errors import N_, ImageUnreadable, ImageUnwritable, LazyMessage, Message, NoSpace
from engine.imaging.codecs import color_reading, decoding, encoding, formats, jpeg_quality, reasons, tiff_reading
from engine.imaging.codecs.formats import READABLE, SAME_AS_SOURCE, WRITABLE, OutputOptions, default_file_name
from engine.imaging.codecs.verify import verify_file
from engine.imaging.image import Image
from engine.system import memory
from engine.system.files import os_error_reason, write_atomically

__all__ = ["READABLE", "SAME_AS_SOURCE", "WRITABLE", "Image", "OutputOptions"]
__all__ += ["check_savable", "check_writable", "decode", "default_file_name", "encode", "read", "write"]

_INVALID_NAME = N_("The file name is invalid. Choose another name.")
_TOO_LARGE = N_("The format can't store an image of this size. Choose another format or a smaller scale factor.")
_MAX_BYTES = 2**32  # file size; an uncompressed 16-bit image of the largest supported size is smaller


def read(path: Path) -> Image:
    """Read an image file with its alpha channel, frames and metadata, and rotate the image upright.

    The supported formats are listed in docs/formats.md.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    """
    return decode(_read_bytes(path), path.name)


def decode(content: bytes, file_name: str) -> Image:
    """Decode the bytes of an image file in the same way as `read`.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    """
    if not content:
        raise ImageUnreadable(name=file_name, reason=reasons.EMPTY)
    try:
        image = (
            tiff_reading.decode(content, file_name)
            if decoding.is_tiff(content)
            else decoding.decode(content, file_name)
        )
        if not all(frame.pixels.size for frame in (image, *image.frames)):
            raise ValueError("an image without pixels")  # from a damaged header
    except Exception as error:  # codecs raise many types: OSError, SyntaxError, struct.error, ValueError ...
        raise decoding.to_engine_error(error, content, file_name) from error
    image = color_reading.resolve_color_space(image, content)
    return replace(image, jpeg_quality=jpeg_quality.estimate(content))


def encode(image: Image, file_name: str, file: BinaryIO, options: OutputOptions = SAME_AS_SOURCE) -> None:
    """Encode an image and write the bytes to an open file.

    Parameters
    ----------
    file_name : file name, whose extension selects the format if `options` does not

    Raises
    ------
    ImageUnwritable
        If the format cannot store the image without losing data.
    """
    encoding.encode(image, file_name, file, options)


def check_writable(path: Path, options: OutputOptions = SAME_AS_SOURCE) -> None:
    """Raise ImageUnwritable if `path` is not valid for an image file.

    The file extension must be supported and match the format in `options`, the parent folder must exist, and the path
    must not be a folder itself.
    """
    formats.select_format(path.name, options)
    try:
        is_folder, has_folder = path.is_dir(), path.resolve().parent.is_dir()
    except OSError as error:
        raise ImageUnwritable(name=path.name, reason=os_error_reason(error)) from error
    except ValueError as error:  # a null character
        raise ImageUnwritable(name=path.name, reason=_INVALID_NAME) from error
    if is_folder:
        raise ImageUnwritable(
            name=path.name, reason=N_("A folder with this name already exists. Choose another name.")
        )
    if not has_folder:
        raise ImageUnwritable(
            name=path.name, reason=N_("The folder doesn't exist. Create it or choose another folder.")
        )


def check_savable(
    image: Image, path: Path, options: OutputOptions = SAME_AS_SOURCE, *, scale_factor: float = 1
) -> tuple[Message | LazyMessage, ...]:
    """Check before upscaling that the result can be saved to `path`.

    Parameters
    ----------
    image : input, whose metadata and frames the result will have
    scale_factor : scale factor of the result

    Returns
    -------
    Messages about damaged parts of the source, and about metadata that the result will not contain.

    Raises
    ------
    ImageUnwritable
        If nothing can be written to `path`, or if the format cannot store an image of this size or its data.
    NoSpace
        If the disk has too little free space.
    """
    check_writable(path, options)
    kind = formats.select_format(path.name, options)
    converted = encoding.check_storable(image, path.name, options, scale_factor)
    frames = (image, *image.frames)
    size = sum(frame.height * frame.width * frame.bytes_per_px for frame in frames) * scale_factor**2
    free = memory.free_disk_space(path.resolve().parent)
    if free is not None and size * kind.min_size_ratio > free:
        needed = memory.megabytes(int(size * kind.min_size_ratio))
        raise NoSpace(name=path.name, needed=needed, free=memory.megabytes(free))
    return tuple(dict.fromkeys([*converted.warnings, *converted.not_kept]))


def write(
    image: Image,
    path: Path,
    options: OutputOptions = SAME_AS_SOURCE,
    is_canceled: Callable[[], bool] = lambda: False,
    source: Path | None = None,
) -> None:
    """Write an image file atomically, and verify it before it replaces an existing file.

    If an exception is raised, an existing file is not changed.

    Parameters
    ----------
    path : file, whose extension selects the format if `options` does not
    is_canceled : function that is called after encoding; if it returns True, nothing is written to `path`
    source : source file of the image, whose modification time is copied if `options.keep_time` is set

    Raises
    ------
    ImageUnwritable
        If the format cannot store the image, or if the file cannot be written or verified.
    CancelledError
        If `is_canceled` returns True.
    """
    check_writable(path, options)

    def verify(written: Path) -> None:
        verify_file(written, image, path.name)
        if is_canceled():
            raise CancelledError
        if options.keep_time and source is not None:
            modified_ns = source.stat().st_mtime_ns
            os.utime(written, ns=(modified_ns, modified_ns))

    try:  # encode directly into the file, to save memory
        write_atomically(path, partial(encode, image, path.name, options=options), verify)
    except (OSError, ValueError, OverflowError) as error:
        reason = os_error_reason(error) if isinstance(error, OSError) and error.errno else _TOO_LARGE
        raise ImageUnwritable(name=path.name, reason=reason) from error


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ImageUnreadable(name=path.name, reason=N_("This isn't a file. Choose an image file."))
        if path.stat().st_size > _MAX_BYTES:
            raise ImageUnreadable(name=path.name, reason=N_("The file is larger than 4 GiB. Use a smaller file."))
        return path.read_bytes()
    except OSError as error:
        raise ImageUnreadable(name=path.name, reason=os_error_reason(error)) from error
    except ValueError as error:  # a null character
        raise ImageUnreadable(name=path.name, reason=_INVALID_NAME) from error
    except MemoryError as error:
        raise ImageUnreadable(name=path.name, reason=reasons.OUT_OF_MEMORY) from error
