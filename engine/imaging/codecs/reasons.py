"""Error reasons that several image readers and writers use."""

from engine.errors import N_

EMPTY = N_("The file is empty. Use another copy of the file.")
DAMAGED = N_("The file is damaged or incomplete. Use another copy of the file.")
UNSUPPORTED_COLORS = N_("The colors are neither gray nor RGB. Convert the image to RGB.")
EXTRA_CHANNELS = N_("The image has channels other than color and transparency. Remove the extra channels.")
OUT_OF_MEMORY = N_("There isn't enough memory. Close other apps or use a smaller image.")
UNVERIFIED = N_("The written file is damaged. Check the disk, then try again.")
