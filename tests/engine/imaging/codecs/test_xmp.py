"""XMP packets: orientation and size are updated, and other bytes are unchanged."""

from engine.imaging.codecs import xmp as xmp_packet
from tests import corpus


def test_xmp_size_is_updated_and_thumbnails_are_removed():
    xmp = b'<a exif:PixelXDimension="7" tiff:ImageLength="5"/><xmp:Thumbnails>\n/9j/\n</xmp:Thumbnails><b/>'
    sized = xmp_packet.update_size(xmp_packet.reset_orientation(xmp), 300, 200)
    assert sized == b'<a exif:PixelXDimension="300" tiff:ImageLength="200"/><b/>'


def test_other_xmp_is_kept_byte_for_byte():
    assert xmp_packet.update_size(xmp_packet.reset_orientation(corpus.XMP), 9, 9) == corpus.XMP
