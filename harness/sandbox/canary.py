"""Runs INSIDE a container, with the flags of a service: really tries what must not work, and prints what did.

Refuses to import anything of ours (its source text is sent as `python3 -I -c`), and to stop at the first surprise:
one JSON object, attempt -> "denied: <errno name>" | "leak: <what happened>" | "absent: <errno name>".
"""

import ctypes
import errno
import json
import os
import platform
import signal
import socket
from pathlib import Path

# System call numbers: x86-64 (asm/unistd_64.h) and the generic table (aarch64)
_NUMBERS = {
    "x86_64": {
        "io_uring_setup": 425,
        "userfaultfd": 323,
        "keyctl": 250,
        "add_key": 248,
        "bpf": 321,
        "perf_event_open": 298,
        "mount": 165,
        "unshare": 272,
        "setns": 308,
        "ptrace": 101,
        "process_vm_readv": 310,
        "kexec_load": 246,
        "open_by_handle_at": 304,
        "fsopen": 430,
        "clone": 56,
        "clone3": 435,
    },
    "aarch64": {
        "io_uring_setup": 425,
        "userfaultfd": 282,
        "keyctl": 219,
        "add_key": 217,
        "bpf": 280,
        "perf_event_open": 241,
        "mount": 40,
        "unshare": 97,
        "setns": 268,
        "ptrace": 117,
        "process_vm_readv": 270,
        "kexec_load": 104,
        "open_by_handle_at": 265,
        "fsopen": 430,
        "clone": 220,
        "clone3": 435,
    },
}
_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_DENIED = (errno.EPERM, errno.EACCES)
_ABSENT = (errno.ENOSYS, errno.EAFNOSUPPORT)


def verdict(problem: int) -> str:
    """What an errno says: 0 and anything but a refusal means that the kernel listened."""
    name = errno.errorcode.get(problem, str(problem))
    if problem in _DENIED:
        return f"denied: {name}"
    return f"absent: {name}" if problem in _ABSENT else f"leak: {name if problem else 'it worked'}"


def call(number: int, *arguments: object) -> str:
    """One raw system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return verdict(0 if result >= 0 else ctypes.get_errno())


def clone_user(number: int) -> str:
    """fork() into a new user namespace; a child that was made ends at once."""
    libc = ctypes.CDLL(None, use_errno=True)
    child = libc.syscall(number, _NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    if child > 0:
        os.waitpid(child, 0)
    return verdict(0 if child > 0 else ctypes.get_errno())


def open_socket(family: int, kind: int, protocol: int = 0) -> str:
    """Create a socket of a family and close it."""
    try:
        socket.socket(family, kind, protocol).close()
    except OSError as error:
        return verdict(error.errno or 0)
    return verdict(0)


def system_calls() -> dict[str, str]:
    """Attempts by raw call; arguments are as valid as they can be, so that a refusal comes from the policy."""
    numbers = _NUMBERS.get(platform.machine())
    if numbers is None:
        return {"architecture": f"leak: no system call table for {platform.machine()}"}
    attributes = ctypes.create_string_buffer(128)
    empty = ctypes.c_char_p(b"")
    return {
        "io_uring_setup": call(numbers["io_uring_setup"], 1, attributes),
        "userfaultfd": call(numbers["userfaultfd"], 1),
        "keyctl": call(numbers["keyctl"], 0, -3, 0),  # KEYCTL_GET_KEYRING_ID of the session keyring
        "add_key": call(numbers["add_key"], ctypes.c_char_p(b"user"), ctypes.c_char_p(b"canary"), empty, 1, -3),
        "bpf": call(numbers["bpf"], 0, attributes, 48),
        "perf_event_open": call(numbers["perf_event_open"], attributes, 0, -1, -1, 0),
        "mount": call(
            numbers["mount"], ctypes.c_char_p(b"none"), ctypes.c_char_p(b"/tmp"), ctypes.c_char_p(b"tmpfs"), 0, 0
        ),
        "fsopen": call(numbers["fsopen"], ctypes.c_char_p(b"tmpfs"), 0),
        "clone_user": clone_user(numbers["clone"]),
        "clone3": call(numbers["clone3"], attributes, 0),
        "unshare_user": call(numbers["unshare"], _NEWUSER),
        "unshare_net": call(numbers["unshare"], _NEWNET),
        "setns": call(numbers["setns"], -1, 0),
        "ptrace": call(numbers["ptrace"], 0, 0, 0, 0),  # PTRACE_TRACEME
        "process_vm_readv": call(numbers["process_vm_readv"], os.getpid(), 0, 0, 0, 0, 0),
        "kexec_load": call(numbers["kexec_load"], 0, 0, 0, 0),
        "open_by_handle_at": call(numbers["open_by_handle_at"], -1, attributes, 0),
    }


def sockets() -> dict[str, str]:
    """Families that are not namespaced, or that reach into the kernel."""
    return {
        "socket_vsock": open_socket(40, socket.SOCK_STREAM),
        "socket_alg": open_socket(38, socket.SOCK_SEQPACKET),
        "socket_packet": open_socket(17, socket.SOCK_RAW),
        "socket_raw": open_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "socket_bluetooth": open_socket(31, socket.SOCK_RAW),
    }


def identity() -> dict[str, str]:
    """What /proc says of this process: no capability, no way to gain one, a filter, no device but loopback."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    capabilities = int(status["CapEff"], 16) | int(status["CapBnd"], 16) | int(status["CapPrm"], 16)
    devices = sorted(name for _, name in socket.if_nameindex())
    return {
        "root_user": "leak: uid 0" if os.getuid() == 0 else "denied",
        "capabilities": f"leak: {capabilities:#x}" if capabilities else "denied",
        "new_privileges": "denied" if status["NoNewPrivs"].strip() == "1" else "leak: NoNewPrivs is 0",
        "seccomp": "denied" if status["Seccomp"].strip() == "2" else "leak: no filter",
        "network": "denied" if devices == ["lo"] else f"leak: {devices}",
    }


def files() -> dict[str, str]:
    """The root file system is read-only, and /proc/sys too."""
    found = {}
    for name, path in (
        ("write_root", "/canary"),
        ("write_etc", "/etc/canary"),
        ("write_sysctl", "/proc/sys/kernel/canary"),
    ):
        try:
            Path(path).write_text("x")
        except OSError as error:
            found[name] = f"denied: {errno.errorcode.get(error.errno or 0)}"
        else:
            found[name] = "leak: it worked"
    return found


def limits() -> dict[str, str]:
    """An engine may accept a limit and ignore it: read what the kernel enforces (cgroup v1 and v2 paths)."""
    root = Path("/sys/fs/cgroup")
    wanted = {
        "memory_limit": ("memory/memory.limit_in_bytes", "memory.max", 1 << 40),
        "pids_limit": ("pids/pids.max", "pids.max", 100_000),
    }
    found = {}
    for name, (first, second, too_much) in wanted.items():
        present = [path for path in (root / first, root / second) if path.exists()]
        text = present[0].read_text().strip() if present else "not visible"
        found[name] = "denied" if text.isdigit() and int(text) < too_much else f"leak: {text}"
    return found


def main() -> None:
    """Print all findings as one JSON object."""
    print(json.dumps({**identity(), **sockets(), **files(), **limits(), **system_calls()}))  # noqa: T201


if __name__ == "__main__":
    main()
