"""Texts that are put into the container: programs run there, and files that it reads."""

SESSION = "/opt/luot/current/packaging/session"  # scripts that start the graphical session
SCREEN = "-screen 0 1920x1920x24 -fbdir /srv"  # the picture is in a file there
# A drop-in of systemd, by which the screen's unit runs without a graphics card.
XVFB = f"""[Service]
Environment=LUOT_X=/usr/bin/Xvfb
ExecStart=
ExecStart=/usr/bin/xinit {SESSION}/x11 -- {SESSION}/x-server :0 {SCREEN} -nolisten tcp -noreset -nocursor
"""
# The API as the box's own stations call it: with the token of the box, which a release without accounts does not have.
API = """
import json, pathlib, sys, urllib.request, uuid
token = pathlib.Path("/var/lib/luot/box.token")
headers = {"Content-Type": "application/json"}
if token.exists():
    headers["Authorization"] = "Bearer " + token.read_text().strip()
def ask(path, body=None):
    data = None if body is None else json.dumps({"request_id": str(uuid.uuid4()), **body}).encode()
    request = urllib.request.Request(sys.argv[1] + "/api/v1/" + path, data=data, headers=headers)
    return json.load(urllib.request.urlopen(request, timeout=20))
"""
# Takes a number and prints it.
TICKET = API + 'print(ask("tickets", {"service": "TK", "station": "kiosk-1"})["number"])'
# Takes a number as an enrolled kiosk does, at its own machine with its own credentials, and prints it.
KIOSK_TICKET = """
import json, pathlib, ssl, urllib.request, uuid
stored = json.loads(pathlib.Path("/var/lib/luot/enrolment-kiosk.json").read_text())
credentials = stored["credentials"]
body = {"request_id": str(uuid.uuid4()), "service": "TK", "station": credentials["device"]["id"]}
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + credentials["token"]}
request = urllib.request.Request(stored["server"] + "/api/v1/tickets", json.dumps(body).encode(), headers)
trust = ssl.create_default_context(cadata=credentials["trust_pem"])
print(json.load(urllib.request.urlopen(request, timeout=20, context=trust))["number"])
"""
# Prints the stations that the server hears of.
STATIONS = API + 'print(*[station["station"] for station in ask("health")["stations"] if station["online"]])'
# A pseudo-terminal as the port of a sign; writes the bytes that it receives into /srv/shown.
CABLE = """
import os, pty, tty
ours, theirs = pty.openpty()
tty.setraw(theirs)
os.fchmod(theirs, 0o666)
os.makedirs("/dev/luot", exist_ok=True)
os.symlink(os.ttyname(theirs), "/dev/luot/sign")
while True:
    with open("/srv/shown", "ab") as shown:
        shown.write(os.read(ours, 4096))
"""
# The simulated slip printer of the kiosk; its control port says how many slips it has printed.
PRINTER = """
[machine]
state = "/srv"
[simulated]
control = "127.0.0.1:8490"
[simulated.printer]
kind = "network"
listen = "127.0.0.1:9100"
"""
SLIPS = """
import json, urllib.request
print(len(json.load(urllib.request.urlopen("http://127.0.0.1:8490/printer", timeout=20))["slips"]))
"""
