"""Texts that are put into the container: programs run there, and files that it reads."""

SESSION = "/opt/luot/current/packaging/session"  # scripts that start the graphical session
# A drop-in of systemd, by which the screen's unit runs without a graphics card.
XVFB = f"""[Service]
Environment=LUOT_X=/usr/bin/Xvfb
ExecStart=
ExecStart=/usr/bin/xinit {SESSION}/x11 -- {SESSION}/x-server :0 -screen 0 1920x1920x24 -nolisten tcp -noreset -nocursor
"""
# Takes a number and prints it.
TICKET = """
import json, urllib.request, uuid
body = {"request_id": str(uuid.uuid4()), "service": "HT", "station": "kiosk-1"}
ask = urllib.request.Request("http://127.0.0.1:8470/api/v1/tickets", data=json.dumps(body).encode())
ask.add_header("Content-Type", "application/json")
print(json.load(urllib.request.urlopen(ask, timeout=10))["number"])
"""
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
# Settings of a hall's server.
HALL = """
[machine]
state = "/srv/hall"
[server]
office = "/srv/hall/office.toml"
always_open = true
[link]
office = "vi-du"
"""
HEALTH = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8470/api/v1/health').read().decode())"
# Opens counter 1, takes a number, calls it and prints it.
CALL = """
import json, urllib.request, uuid
def ask(path, **body):
    body = {"request_id": str(uuid.uuid4()), "station": "counters-1", **body}
    request = urllib.request.Request("http://127.0.0.1:8470/api/v1/" + path, data=json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    return json.load(urllib.request.urlopen(request, timeout=10))
ask("counters/c1/state", state="open")
ask("tickets", service="TK")
print(ask("counters/c1/next")["ticket"]["number"])
"""
