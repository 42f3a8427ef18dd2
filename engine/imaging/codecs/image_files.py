"""A picture as it is in its file: read, write, and everything that must survive in between."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from typing import BinaryIO

from engine.errors import NoSpace, PictureUnreadable, PictureUnwritable, mark
from engine.imaging.codecs import decoding, encoding, formats, tiff_reading
from engine.imaging.codecs.formats import FORMATS, SAME_AS_SOURCE, WRITABLE, SaveOptions, name_for
from engine.imaging.codecs.verify import confirm
from engine.imaging.image import Picture
from engine.system import memory
from engine.system.files import reason_of, write_atomically

__all__ = ["FORMATS", "SAME_AS_SOURCE", "WRITABLE", "Picture", "SaveOptions"]
__all__ += ["decode", "encode", "name_for", "read", "refuse_unfit", "refuse_unwritable", "write"]

_MOST_BYTES = 2**32  # of a file; the largest picture accepted, in 16 bits and with nothing compressed, is smaller


def read(path: Path) -> Picture:
    """Decode a picture file: what docs/formats.md lists, upright, with its metadata, its transparency and its frames.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, NotEnoughMemory
    """
    return decode(_bytes_of(path), path.name)


def decode(content: bytes, name: str) -> Picture:
    """`read` for the bytes of a file; `name` is what error messages call it."""
    try:
        made = tiff_reading.decode(content, name) if decoding.is_tiff(content) else decoding.decode(content, name)
        if not all(frame.pixels.size for frame in (made, *made.frames)):
            raise ValueError("a picture without pixels")  # as a damaged header may have it
    except Exception as error:  # codecs fail with anything: OSError, SyntaxError, struct.error, ValueError ...
        raise decoding.told(error, content, name) from error
    return made


def encode(picture: Picture, name: str, file: BinaryIO, options: SaveOptions = SAME_AS_SOURCE) -> None:
    """Encode into `file` in the format that a file's name asks for.

    Everything is kept, or PictureUnwritable says what the format has no place for.
    """
    encoding.encode(picture, name, file, options)


def refuse_unwritable(path: Path, options: SaveOptions = SAME_AS_SOURCE) -> None:
    """Raise PictureUnwritable for a name that no picture can be written under, before any work is done for it."""
    formats.format_for(path.name, options)
    try:
        taken, has_folder = path.is_dir(), path.resolve().parent.is_dir()
    except OSError as error:
        raise PictureUnwritable(name=path.name, reason=reason_of(error)) from error
    except ValueError as error:  # a null character
        raise PictureUnwritable(name=path.name, reason=mark("no file can have such a name.")) from error
    if taken:
        raise PictureUnwritable(name=path.name, reason=mark("there is a folder of that name."))
    if not has_folder:
        raise PictureUnwritable(name=path.name, reason=mark("its folder does not exist."))


def refuse_unfit(picture: Picture, path: Path, options: SaveOptions = SAME_AS_SOURCE, *, times: float = 1) -> None:
    """Raise PictureUnwritable if a picture `times` as large does not fit the format or the disk, before any work."""
    refuse_unwritable(path, options)
    kind = formats.format_for(path.name, options)
    encoding.prepared(_outline(picture), path.name, options)
    if round(max(picture.height, picture.width) * times) > kind.longest:
        raise PictureUnwritable(name=path.name, reason=mark("the format cannot hold a picture this size."))
    frames = (picture, *picture.frames)
    size = sum(frame.height * frame.width * frame.bytes_per_px for frame in frames) * times**2
    free = memory.free_disk(path.resolve().parent)
    if free is not None and size * kind.share > free:
        needed = memory.megabytes(int(size * kind.share))
        raise NoSpace(name=path.name, needed=needed, free=memory.megabytes(free))


def write(
    picture: Picture,
    path: Path,
    options: SaveOptions = SAME_AS_SOURCE,
    given_up: Callable[[], bool] = lambda: False,
) -> None:
    """Write a picture in the format its name asks for; it gets that name only once it was opened again.

    Raises
    ------
    PictureUnwritable
        With the reason; what was under that name before is untouched.
    CancelledError
        If it was `given_up` meanwhile; likewise.
    """
    refuse_unwritable(path, options)

    def check(made: Path) -> None:
        confirm(made, picture, path.name)
        if given_up():
            raise CancelledError

    try:  # straight into the file: in memory, a large picture would be there once more
        write_atomically(path, partial(encode, picture, path.name, options=options), check)
    except (OSError, ValueError, OverflowError) as error:
        reason: str = mark("the format cannot hold a picture this size.")
        if isinstance(error, OSError) and error.errno:
            reason = reason_of(error)
        elif "EXIF" in str(error) or "XMP" in str(error):
            reason = mark("its EXIF or XMP is too long for the format.")
        raise PictureUnwritable(name=path.name, reason=reason) from error


def _outline(picture: Picture) -> Picture:
    """A single pixel with all that a picture has."""
    frames = tuple(_outline(frame) for frame in picture.frames[:1])
    alpha = None if picture.alpha is None else picture.alpha[:1, :1]
    return Picture(**{**picture.with_pixels(picture.pixels[:1, :1], alpha).__dict__, "frames": frames})


def _bytes_of(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise PictureUnreadable(name=path.name, reason=mark("it is not a file."))
        if path.stat().st_size > _MOST_BYTES:
            raise PictureUnreadable(name=path.name, reason=mark("the file is larger than any picture that is read."))
        return path.read_bytes()
    except OSError as error:
        raise PictureUnreadable(name=path.name, reason=reason_of(error)) from error
    except ValueError as error:  # a null character
        raise PictureUnreadable(name=path.name, reason=mark("no file can have such a name.")) from error
    except MemoryError as error:
        raise PictureUnreadable(name=path.name, reason=mark("there is not enough memory for it.")) from error
