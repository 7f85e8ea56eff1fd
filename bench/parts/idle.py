"""Measure memory and processor time of each process of an idle hall, which is live."""

import time

from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target
from bench.processes import CpuShare, family, program_name, pss_mb
from bench.whole_hall import whole_hall

SETTLE_S, SECONDS = 6.0, 16.0
SIMULATED = ("virtual hall", "simulated devices")
"""The programs that a real hall does not have."""
MEMORY_TARGET = Target(Statistic.MEDIAN, 350.0)
CPU_TARGET = Target(Statistic.MEDIAN, 3.0)


def measure(bench: BenchContext) -> list[Figure]:
    """Return memory and processor time of each process, and their sums."""
    bench.progress(f"a hall, for {SETTLE_S + SECONDS:.0f} s")
    with bench.new_folder() as folder, whole_hall(folder) as hall:
        time.sleep(SETTLE_S)
        shares = {pid: CpuShare(pid) for pid in family(hall.pid)}
        time.sleep(SECONDS)
        cpu = {program_name(pid): 100 * share.value() for pid, share in shares.items()}
        memory = {program_name(pid): pss_mb(pid) for pid in shares}
    real = [name for name in memory if name not in SIMULATED]
    return [
        *(Figure(f"{name}: memory", "MB", mb) for name, mb in sorted(memory.items())),
        Figure("whole hall: memory", "MB", sum(memory.values()), targets=[MEMORY_TARGET]),
        Figure("without virtual hall and simulated devices: memory", "MB", sum(memory[name] for name in real)),
        *(Figure(f"{name}: processor", "% of a core", share) for name, share in sorted(cpu.items())),
        Figure("whole hall: processor", "% of a core", sum(cpu.values()), targets=[CPU_TARGET]),
    ]
