"""Make the stick: ``make stick OUT=folder``."""

import argparse
import sys
from pathlib import Path

from tools.stick.command import StickError
from tools.stick.debian import DEBIAN_MIRROR
from tools.stick.stick import SUMS, make_stick

ROOT = Path(__file__).parent.parent.parent
REFUSED = 1


def main() -> int:
    """Make the folder; return 0, or 1 with the reason."""
    parser = argparse.ArgumentParser(prog="tools.stick", description="Everything for an office without the Internet.")
    parser.add_argument("out", type=Path, help="the folder to make; an earlier stick there is replaced")
    parser.add_argument("--mirror", default=DEBIAN_MIRROR, help=f"where Debian is fetched from ({DEBIAN_MIRROR})")
    args = parser.parse_args()
    try:
        made = make_stick(args.out.resolve(), ROOT, args.mirror)
    except (StickError, OSError) as error:
        print(f"stick: {error}", file=sys.stderr)
        return REFUSED
    print(
        f"stick: release {made.release}, {made.wheels} wheels, {made.packages} Debian packages,"
        f" {made.size_bytes / 1e6:.0f} MB in {args.out}\nstick: sha256 of {SUMS}: {made.sums_sha256}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
