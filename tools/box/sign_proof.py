"""The promises of a second machine, the small computer behind one sign."""

import re
import time
from functools import partial

from tools.box.browser import Browser
from tools.box.checks import ALL_UNITS, OUR_UNITS, SHORT_TIMEOUTS, WHEELS, expect, restarted_s, ticket
from tools.box.container import BrokenPromise, Container
from tools.box.hall_pages import COUNTER, HallPages
from tools.box.image import report
from tools.box.scripts import CABLE

BROKER_PORT = 8883
ENROLMENT_CODE = re.compile(r"\b(\d{4}) (\d{4})\b")
REMOVED = "an administrator has removed this device"
WAITING = "/admin/devices/waiting/"
REMOVAL_S = 5.0
"""How soon a removed device has lost its connections, and says so."""


def prove_sign(hall: HallPages, node: Container) -> None:
    """Prove the small computer, with the example's file as it is. A pseudo-terminal is its port."""
    node.boot()
    shown = node.root / "srv/shown"
    _install(node)
    device = _enrol(hall, node)
    number = ticket(hall.box, hall.local)
    hall.call_next(number)
    shown_s = node.wait_until(f"the sign shows {number}", lambda: number.encode() in shown.read_bytes())
    report(f"a sign alone: shows {number} {shown_s:.1f} s after the call")
    recovery_s = restarted_s(node, "sign", "STOP")
    shown.write_bytes(b"")
    node.wait_until(f"the sign shows {number} again", lambda: number.encode() in shown.read_bytes())
    report(f"sign after SIGSTOP: runs again after {recovery_s:.1f} s, shows {number} again without a new code")
    _remove(hall.administrator(), device, node)
    node.run("luot-site", "uninstall", "--purge")
    left = node.output_of(*OUR_UNITS)
    expect("nothing is left", left == "" and not (node.root / "etc/luot").exists(), left)
    report("a sign alone: removed")


def _install(node: Container) -> None:
    """Install the one program, and start it."""
    install = ("/second/packaging/install", "install", "--role", "sign", "--session", "none", "--example", "sign-node")
    node.run(*install, *WHEELS)
    node.run("systemd-run", "--unit=cable", "python3", "-c", CABLE)
    node.wait_until("the cable is there", partial(node.output_of, "ls", "/dev/luot/sign"))
    node.run("luot-site", "start", *SHORT_TIMEOUTS)
    expect("the sign's program runs", node.active("sign") and node.show("sign", "Type") == "notify")
    others = [unit for unit in ALL_UNITS if node.active(unit)]
    expect("nothing else runs", not others, others)


def _enrol(hall: HallPages, node: Container) -> str:
    """Enrol the node by the code of its log; return the device's page."""
    node.wait_until("the node has found the hall and logs a code", lambda: ENROLMENT_CODE.search(node.log_of("sign")))
    first_half, second_half = ENROLMENT_CODE.findall(node.log_of("sign"))[-1]
    shown = node.root / "srv/shown"
    node.wait_until("the code is on the sign", lambda: first_half.encode() in shown.read_bytes())
    administrator = hall.administrator()
    links = [link for link in administrator.open("/admin/devices").links if link.startswith(WAITING)]
    # A station that runs on this machine finds the hall too, and waits beside the node.
    waiting = [link for link in links if node.address in administrator.open(link).text]
    expect("the page of devices shows the node", len(waiting) == 1, administrator.page.text)
    administrator.open(waiting[0])
    administrator.send(waiting[0], code=f"{first_half} {second_half}", name="Bảng quầy 1", counter=COUNTER)
    connected_s = node.wait_until("the node is connected to the broker", lambda: node.connections_to(BROKER_PORT) == 1)
    devices = [
        link for link in administrator.open("/admin/devices").links if re.fullmatch(r"/admin/devices/[\w-]+", link)
    ]
    expect("the page of devices has the sign", len(devices) == 1, administrator.page.text)
    report(f"a sign alone: found the hall by mDNS, enrolled by its code; connected {connected_s:.1f} s later")
    return devices[0]


def _remove(administrator: Browser, device: str, node: Container) -> None:
    """Remove the device at its page, and see it lose its connection."""
    administrator.open(device)
    began = time.monotonic()
    administrator.send(f"{device}/remove")
    lost_s = said_s = None
    while lost_s is None or said_s is None:
        elapsed_s = time.monotonic() - began
        if lost_s is None and node.connections_to(BROKER_PORT) == 0:
            lost_s = elapsed_s
        if said_s is None and REMOVED in node.log_of("sign"):
            said_s = elapsed_s
        if elapsed_s > 4 * REMOVAL_S:
            raise BrokenPromise(f"removed, but connection lost: {lost_s}, log: {said_s}\n{node.log_of('sign')[-2000:]}")
        time.sleep(0.1)
    seconds = f"connection lost after {lost_s:.1f} s, removal logged after {said_s:.1f} s"
    expect(f"a removed device is out within {REMOVAL_S:.0f} s", max(lost_s, said_s) <= REMOVAL_S, seconds)
    report(f"a sign alone: {seconds}")
