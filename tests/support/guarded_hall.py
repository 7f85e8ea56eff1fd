"""A hall's server on a network of its own, with people and devices, and an attacker's machine beside it.

The server is the real program in live mode. Its clock stands still until a test moves it; time-outs stay real.
"""

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from config.clock import write_demo_clock
from config.http import ConnectionPool
from server.access.access import Access
from server.access.api_tokens import Scope
from server.access.broker_passwords import hash_broker_password
from server.access.device import DeviceDetails, NewDevice
from server.access.tokens import new_token
from server.domain.permissions import Role
from server.wire.messages import DeviceKind
from support.http_pools import keep
from support.local_network import LocalNetwork, NetworkHost
from support.server_process import ROOT, end, need, office
from support.waiting import until

STAFF_PORT, VISITOR_PORT, LOCAL_PORT, BROKER_PORT, LOCAL_BROKER_PORT = 8470, 8471, 8469, 8883, 1883
BOX, KIOSK, TV, CLERK_PC, ATTACKER = "10.77.0.10", "10.77.0.12", "10.77.0.13", "10.77.0.20", "10.77.0.66"
