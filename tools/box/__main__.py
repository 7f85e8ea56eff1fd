"""Prove the set-up on a real Debian 12 with a real systemd: ``make site``.

Root, some minutes and two gigabytes are needed. A bookworm is made by debootstrap, booted by systemd-nspawn on a
bridge, and Lượt is installed into it from a folder of wheels, as in an office without the Internet. The set-up is done
through its pages, a clerk calls a number, and these faults are tried: a hung program, a killed one, an upgrade, a bad
upgrade, one whose programs are killed half-way, a roll-back, a power cut. A second machine, behind a sign, is enrolled
and removed. After a removal of everything, a hall without accounts is upgraded to this release and back. A container
cannot prove the parts that need a graphics card (X runs as Xvfb), USB or a watchdog chip.

With ``--kills 200`` upgrades and roll-backs are killed at so many points instead; ``--from 100`` goes on with that one.
With ``--stick`` a bare Debian without a network is installed from the stick of ``make stick`` instead, then a hall on
three machines without the Internet, then each other purpose.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.box.container import BrokenPromise, Container, bridge
from tools.box.image import make_machines
from tools.box.kill_moves import FIRST, MIGRATED, SECOND, make_sources
from tools.box.kill_proof import prove_kills
from tools.box.landed_proof import prove_landed
from tools.box.proof import prove, remove
from tools.box.second_host_proof import prove_other_purposes, prove_second_host
from tools.box.sign_proof import prove_sign
from tools.box.stick_proof import prove_stick

NEEDED_PROGRAMS = ("debootstrap", "systemd-nspawn", "nsenter", "ip", "strace", "tesseract")
NEEDED_PACKAGES = "debootstrap systemd-container util-linux iproute2 strace tesseract-ocr"
EX_UNAVAILABLE = 69
KILLS = 200


def main() -> int:
    """Run the proof; return 0, or 1 with the promise that is not kept."""
    parser = argparse.ArgumentParser(prog="tools.box", description=__doc__)
    parser.add_argument("--stick", action="store_true", help="prove the stick instead, without a network")
    parser.add_argument("--kills", type=int, nargs="?", const=KILLS, help="kill so many changes of release instead")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the number of the first kill, from 0")
    parser.add_argument("--keep", type=Path, help="folder for the Debian and the wheels, to use them again")
    args = parser.parse_args()
    if os.geteuid() != 0 or not all(map(shutil.which, NEEDED_PROGRAMS)):
        print(f"site: run as root, with: apt-get install {NEEDED_PACKAGES}", file=sys.stderr)
        return EX_UNAVAILABLE
    if args.stick:
        return _prove_stick(args.keep)
    if args.kills is not None:
        return _prove_kills(args.keep, args.first, args.kills)
    with _folder(args.keep) as folder, bridge():
        box, node = Container(folder, "box", 2), Container(folder, "node", 3)
        try:
            make_machines(folder, ("box", "node"))
            hall = prove(box)
            prove_sign(hall, node)
            remove(box)
            prove_landed(box)
        except BrokenPromise as error:
            print(f"site: {error}", file=sys.stderr)
            return 1
        finally:
            node.close()
            box.close()
    print("site: every promise was kept", flush=True)
    return 0


def _prove_stick(keep: Path | None) -> int:
    with _folder(keep) as folder:
        try:
            prove_stick(folder)
            prove_second_host(folder)
            prove_other_purposes(folder)
        except BrokenPromise as error:
            print(f"site: {error}", file=sys.stderr)
            return 1
    print("site: every promise of the stick was kept", flush=True)
    return 0


def _prove_kills(keep: Path | None, first: int, count: int) -> int:
    with _folder(keep) as folder:
        sources = {folder / part: f"/{part}" for part in ("wheels", FIRST, SECOND, MIGRATED)}
        box = Container(folder, "kills-box", 2, sources, networked=False)
        try:
            make_sources(folder)
            prove_kills(box, first, count)
        except BrokenPromise as error:
            print(f"site: {error}", file=sys.stderr)
            return 1
        finally:
            box.close()
    print("site: every promise of a killed change was kept", flush=True)
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
