"""All planted faults, in the order in which they are tried."""

from tools.plants.access_faults import ACCESS_FAULTS
from tools.plants.fault import Fault
from tools.plants.queue_faults import QUEUE_FAULTS
from tools.plants.station_faults import STATION_FAULTS
from tools.plants.store_faults import STORE_FAULTS

FAULTS: tuple[Fault, ...] = (*QUEUE_FAULTS, *STORE_FAULTS, *ACCESS_FAULTS, *STATION_FAULTS)
