"""Prove the set-up on a real Debian 12 with a real systemd: ``make site``.

Root, some minutes and a gigabyte are needed. A bookworm is made by debootstrap, booted by systemd-nspawn with a network
of its own, and Lượt is installed into it from a folder of wheels, as in an office without the Internet. Then these
faults are tried: a hung program, a killed one, an upgrade, a bad upgrade, one whose programs are killed half-way, a
roll-back, a power cut, a removal. Then the same machine is the small one behind a sign. A container
cannot prove the parts that need a graphics card (X runs as Xvfb), USB or a watchdog chip.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.box.container import BrokenPromise, Container
from tools.box.image import make_machine
from tools.box.proof import prove, prove_sign

NEEDED_PROGRAMS = ("debootstrap", "systemd-nspawn", "nsenter")
EX_UNAVAILABLE = 69


def main() -> int:
    """Run the proof; return 0, or 1 with the promise that is not kept."""
    parser = argparse.ArgumentParser(prog="tools.box", description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder for the Debian and the wheels, to use them again")
    args = parser.parse_args()
    if os.geteuid() != 0 or not all(map(shutil.which, NEEDED_PROGRAMS)):
        print("site: run as root, with: apt-get install debootstrap systemd-container util-linux", file=sys.stderr)
        return EX_UNAVAILABLE
    with _folder(args.keep) as folder:
        container = Container(folder)
        try:
            make_machine(folder)
            prove(container)
            prove_sign(container)
        except BrokenPromise as error:
            print(f"site: {error}", file=sys.stderr)
            return 1
        finally:
            container.close()
    print("site: every promise was kept", flush=True)
    return 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Provide the folder to keep, or one that is removed afterwards."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="luot-site-") as temporary:
        yield Path(temporary)


if __name__ == "__main__":
    raise SystemExit(main())
