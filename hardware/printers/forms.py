"""The forms in which a slip can leave, and which of them suits a link."""

from hardware.printers import encode
from hardware.printers.encode import Encoder, Sheet
from hardware.printers.profile import Profile
from hardware.printers.raster import Paper, picture
from hardware.slip import Slip

DOTS_PER_MM = 8


def raster(paper: Paper, profile: Profile) -> Encoder:
    """All as dots: what every make prints alike."""

    def encoded(slip: Slip) -> Sheet:
        image = picture(slip, paper)
        mm = (image.height + encode.AFTER_LAST_ROW) / DOTS_PER_MM + profile.head_to_cutter_mm
        return Sheet(encode.dots(image), mm)

    return encoded
