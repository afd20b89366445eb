"""Our own seccomp profile, as the JSON text that the engine takes in `security-opt seccomp=`.

Refuses to depend on the engine's default profile: Docker 20.10's allows AF_VSOCK (not namespaced, so `--network none`
does not cover it) and io_uring. Shape: allow by default, deny what reaches beyond the container or what past kernel
escapes needed, and list one ABI only, so that calls through a foreign ABI (i386, x32) kill the caller.
Format: https://docs.docker.com/engine/security/seccomp/ and `man 3 seccomp_rule_add`.
"""

import json

from harness.errors import IsolationRefused

_EPERM = 1
_ENOSYS = 38

_ABI = {"x86_64": "SCMP_ARCH_X86_64", "amd64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}

_MOUNTS = """mount umount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick
pivot_root chroot listmount statmount quotactl quotactl_fd sysfs ustat uselib"""
_NAMESPACES = "unshare setns sethostname setdomainname"
_KERNEL = """bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register add_key keyctl request_key
init_module finit_module delete_module create_module query_module get_kernel_syms kexec_load kexec_file_load reboot
syslog swapon swapoff acct _sysctl nfsservctl lookup_dcookie iopl ioperm modify_ldt vhangup vm86 vm86old personality
lsm_get_self_attr lsm_set_self_attr lsm_list_modules memfd_secret remap_file_pages"""
_PROCESSES = "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp"
_FILES = "open_by_handle_at name_to_handle_at fanotify_init fanotify_mark"
_CLOCKS = "settimeofday stime clock_settime clock_settime64 clock_adjtime clock_adjtime64 adjtimex"
_MEMORY_POLICY = "mbind set_mempolicy set_mempolicy_home_node get_mempolicy migrate_pages move_pages"
_OBSOLETE = "afs_syscall security tuxcall vserver getpmsg putpmsg epoll_ctl_old epoll_wait_old"

DENIED = tuple(
    f"{_MOUNTS} {_NAMESPACES} {_KERNEL} {_PROCESSES} {_FILES} {_CLOCKS} {_MEMORY_POLICY} {_OBSOLETE}".split()
)

# CLONE_NEWTIME NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET, from linux/sched.h
_CLONE_NEW = (0x80, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)

# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (getaddrinfo and Go's net package ask netlink for addresses)
_FAMILIES = (1, 2, 10, 16)

JsonRule = dict[str, object]


def _errno(names: list[str], errno: int, *args: JsonRule) -> JsonRule:
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno, "args": list(args)}


def _argument(value: int, op: str, datum: int = 0) -> JsonRule:
    return {"index": 0, "value": value, "valueTwo": datum, "op": op}


def _socket_rules() -> list[JsonRule]:
    """Deny every family but `_FAMILIES`. The comparison is 64 bits wide: high bits make a family `greater`."""
    calls = ["socket", "socketpair"]
    below = [n for n in range(max(_FAMILIES)) if n not in _FAMILIES]
    rules = [_errno(calls, _EPERM, _argument(n, "SCMP_CMP_EQ")) for n in below]
    return [*rules, _errno(calls, _EPERM, _argument(max(_FAMILIES), "SCMP_CMP_GT"))]


def _clone_rules() -> list[JsonRule]:
    """Deny new namespaces; clone3 hides its flags behind a pointer, so it "does not exist" and libc falls back."""
    rules = [_errno(["clone"], _EPERM, _argument(flag, "SCMP_CMP_MASKED_EQ", flag)) for flag in _CLONE_NEW]
    return [*rules, _errno(["clone3"], _ENOSYS)]


def profile_text(architecture: str) -> str:
    """The profile for an engine of this architecture (`docker info`: x86_64 or aarch64), as compact JSON.

    Names that the engine's libseccomp does not know are skipped by runc, so newer system calls may be listed.
    Raises IsolationRefused for an architecture we have no ABI name for.
    """
    abi = _ABI.get(architecture)
    if abi is None:
        raise IsolationRefused(
            "seccomp_architecture",
            f"the engine reports architecture {architecture!r}; a seccomp profile exists for {sorted(_ABI)} only: "
            "run the harness against an engine of one of these",
        )
    profile = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": [abi],
        "syscalls": [_errno(list(DENIED), _EPERM), *_clone_rules(), *_socket_rules()],
    }
    return json.dumps(profile, separators=(",", ":"), sort_keys=True)
