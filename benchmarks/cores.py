"""Which core runs what: the service has one to itself, its callers and the database share the other."""

import os

SERVICE_CORE, CLIENT_CORE = 0, 1


def pin(core: int, pid: int = 0) -> None:
    """Keeps a process (0: this one) on a core, where the system can and there are two."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {sorted(os.sched_getaffinity(0) | {0, 1})[core]})


def seconds_of(pid: int) -> float:
    """CPU seconds a process has used, user and system."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    """The most memory a process has held at once (VmHWM)."""
    return _status(pid, "VmHWM")


def megabytes(pid: int) -> float:
    """The memory a process holds now (VmRSS)."""
    return _status(pid, "VmRSS")


def forget_peak(pid: int) -> None:
    """Starts VmHWM anew from what is held now."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as clear:
        clear.write("5")


def _status(pid: int, name: str) -> float:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))
