"""Make the stick, from which a Debian 12 is set up without the Internet."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "packaging"))  # not installed, it is what installs
