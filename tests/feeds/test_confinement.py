"""A parser that was taken over: what it can reach, and what it can make a poll believe."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from brandwatch.errors import FetchClass, ParseError
from brandwatch.feeds import ParserSandbox, parse_document, sandbox
from brandwatch.feeds.confinement import CALLS, MAX_MEMORY_BYTES
from brandwatch.models import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    Attack = Callable[..., ParserSandbox]

GOOD = "<rss version='2.0'><channel><title>Fjordavisa</title><item><title>Blåbær <b> AS</title></item></channel></rss>"
# Each of these is refused; alone they all succeed, which the twin shows.
ATTEMPTS = """
import ctypes, json, os, socket, sys
folder = FOLDER
def connect():
    with socket.socket() as ours: ours.connect(("127.0.0.1", PORT))
def fork():
    child = os.fork()
    if not child: os._exit(0)
    os.waitpid(child, 0)
def trace():
    if ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0): raise OSError(ctypes.get_errno(), "ptrace")
ATTEMPTS = {
    "read": lambda: os.close(os.open(f"{folder}/hemmelig", os.O_RDONLY)),
    "create": lambda: os.close(os.open(f"{folder}/ny", os.O_CREAT | os.O_WRONLY)),
    "overwrite": lambda: os.close(os.open(f"{folder}/hemmelig", os.O_RDWR)),
    "list": lambda: os.listdir(folder),
    "mode": lambda: os.chmod(f"{folder}/hemmelig", 0o644),
    "rename": lambda: os.rename(f"{folder}/hemmelig", f"{folder}/borte"),
    "delete": lambda: os.unlink(f"{folder}/borte"),
    "socket": lambda: socket.socket().close(),
    "pair": lambda: socket.socketpair(),
    "connect": connect,
    "fork": fork,
    "start": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "signal": lambda: os.kill(os.getppid(), 0),
    "trace": trace,
    "memory": lambda: bytearray(300 * 2**20),
}
def attempt():
    results = {}
    for name, call in ATTEMPTS.items():
        try:
            call()
            results[name] = "done"
        except BaseException as error:
            results[name] = type(error).__name__
    return results
"""
PROGRAM = """
import sys; sys.path[:] = sys.argv[2:]
from brandwatch.feeds import confinement, sandbox_process
from brandwatch.models import Feed
parse = sandbox_process._parse
{code}
def take_over(document, now):
    return attack(document) if document.body.startswith(b"angrip") else parse(document, now)
sandbox_process._parse = take_over
sandbox_process.serve_documents(float(sys.argv[1]))
"""

# The system calls that parsing needs on x86-64, each in a form that does nothing.
HARMLESS_CALLS = {
    "read": (0, -1), "write": (1, -1), "close": (3, -1), "lseek": (8, -1), "mmap": (9, 0), "mprotect": (10, 0),
    "munmap": (11, 1), "brk": (12, 0), "rt_sigaction": (13, 0), "rt_sigprocmask": (14, -1), "sched_yield": (24,),
    "mremap": (25, 0), "madvise": (28, 0), "setitimer": (38, -1), "getpid": (39,), "gettimeofday": (96, 0),
    "getrusage": (98, 99), "sigaltstack": (131, 0), "gettid": (186,), "futex": (202, 0, -1), "restart_syscall": (219,),
    "clock_gettime": (228, 999), "getrandom": (318, 0),
}  # fmt: skip
# As in /proc/PID/limits; the processor time is a second more than that of the timer.
LIMITS = {
    "Max cpu time": "61",
    "Max file size": "0",
    "Max core file size": "0",
    "Max open files": "16",
    "Max processes": "0",
    "Max data size": str(MAX_MEMORY_BYTES),
}
# A signal is handled and left, and the process ends.
OTHER_CALLS = {"rt_sigreturn": 15, "exit": 60, "exit_group": 231}
CALLER = """
import ctypes, errno, json, signal, sys, time
from brandwatch.feeds.confinement import confine
calls, others = json.loads(sys.argv[1]), json.loads(sys.argv[2])
kernel = ctypes.CDLL(None, use_errno=True)
def is_refused(number, *arguments):
    parts = [ctypes.c_long(one) for one in (*arguments, 0, 0, 0, 0, 0, 0)][:6]
    return kernel.syscall(ctypes.c_long(number), *parts) == -1 and ctypes.get_errno() == errno.EPERM
rung = []
signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
print(confine(60.0), flush=True)
print([name for name, call in calls.items() if is_refused(*call)], flush=True)
# uretprobe and uprobe, which no filter is asked about: the kernel puts them into a process itself.
needed = {call[0] for call in calls.values()} | set(others.values()) | {335, 336}
print([number for number in range(460) if number not in needed and not is_refused(number, -1, -1, -1)], flush=True)
signal.setitimer(signal.ITIMER_REAL, 0.001)
while not rung: pass
print("ready", flush=True)
sys.stdin.read(1)
"""

# `__NR_…` of include/uapi/asm-generic/unistd.h, by which all architectures since 2012 count their calls.
GENERIC_NUMBERS = """
57 close, 62 lseek, 63 read, 64 write, 93 exit, 94 exit_group, 98 futex, 103 setitimer, 113 clock_gettime,
124 sched_yield, 128 restart_syscall, 132 sigaltstack, 134 rt_sigaction, 135 rt_sigprocmask, 139 rt_sigreturn,
165 getrusage, 169 gettimeofday, 172 getpid, 178 gettid, 214 brk, 215 munmap, 216 mremap, 222 mmap, 226 mprotect,
233 madvise, 278 getrandom
"""
# `AUDIT_ARCH_…` of linux/audit.h: the machine of ELF, 64 bits, little endian.
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}

SLEEP = """
import threading
lock = threading.Lock()
def attack(_):
    while True: lock.acquire()
"""


def document(body: str) -> Document:
    """A document that was fetched from one URL."""
    return Document(url="https://avis.example/feed", status=200, body=body.encode())


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch) -> Attack:
    """Make a sandbox whose process runs *code* for a document `angrip`; it defines the function `attack`."""

    def make(code: str, **limits: float) -> ParserSandbox:
        monkeypatch.setattr(sandbox, "_PROGRAM", PROGRAM.format(code=code))
        return ParserSandbox(**limits)

    return make


@pytest.fixture
def attempts(tmp_path: Path, site: Any) -> str:
    """The source of a function `attempt` that tries what parsing does not need."""
    (tmp_path / "hemmelig").write_text("nøkkel")
    return ATTEMPTS.replace("FOLDER", repr(str(tmp_path))).replace("PORT", str(site.port))


def test_nothing_is_within_reach(taken_over: Attack, attempts: str, tmp_path: Path):
    """No file, no network, no other process, no memory beyond the limit."""
    with taken_over(f"{attempts}\ndef attack(_): return Feed(title=json.dumps(attempt()))") as attacked:
        results = json.loads(attacked.parse(document("angrip")).title)
        confinement = attacked.confinement()
    if confinement != "filter":
        pytest.skip("the kernel has no filter of system calls here")
    assert results.pop("memory") == "MemoryError"
    assert set(results.values()) == {"PermissionError"}
    assert [path.name for path in tmp_path.iterdir()] == ["hemmelig"]


def test_the_twin_reaches_everything(attempts: str):
    """The same attempts succeed in a process that is not confined."""
    command = [sys.executable, "-c", f"{attempts}\nprint(json.dumps(attempt()))"]
    results = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert set(results.values()) == {"done"}
    assert len(results) == 15


@pytest.mark.skipif(
    os.uname().machine != "x86_64" or not Path("/proc/sys/kernel/seccomp/actions_avail").exists(),
    reason="calls have other numbers there, or the kernel has no filter",
)
def test_only_the_calls_that_parsing_needs_are_allowed():
    """Every other one is refused by its number, whatever it would do; files, processes and memory have their limits."""
    arguments = [json.dumps(HARMLESS_CALLS), json.dumps(OTHER_CALLS)]
    with subprocess.Popen(
        [sys.executable, "-c", CALLER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        answers = [process.stdout.readline().strip() for _ in range(4)]
        limits = Path(f"/proc/{process.pid}/limits").read_text("ascii")
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        process.stdin.close()
    assert answers == ["filter", "[]", "[]", "ready"]
    assert process.returncode == 0
    most = {line[:26].strip(): line[26:47].strip() for line in limits.splitlines()}
    assert {name: most[name] for name in LIMITS} == LIMITS
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")


def test_the_allowed_calls_have_the_numbers_of_the_kernel():
    """Each machine has numbers of its own for the same calls; the kernel tells machines apart by that of ELF."""
    generic = {name: int(number) for number, name in (pair.split() for pair in GENERIC_NUMBERS.split(","))}
    assert CALLS["aarch64"].calls == generic
    assert CALLS["x86_64"].calls == {name: call[0] for name, call in HARMLESS_CALLS.items()} | OTHER_CALLS
    assert {name: table.architecture - 2**31 - 2**30 for name, table in CALLS.items()} == ELF_MACHINES


def test_other_processes_of_the_user_cannot_read_its_memory():
    """A confined process cannot be dumped or traced, even without a filter; before, it can."""
    code = """
import ctypes
from brandwatch.feeds import confinement
confinement.CALLS = {}
confinement._CLONE_NEWNET = confinement._CLONE_NEWUSER = -1
kernel = ctypes.CDLL(None)
PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS = 3, 39
def facts(): return [kernel.prctl(option, 0, 0, 0, 0) for option in (PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS)]
print(facts(), confinement.confine(60.0), facts())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[1, 0] none [0, 1]\n"


def test_without_a_filter_there_is_no_network(taken_over: Attack, attempts: str):
    """Where the kernel has no filter, the process has a network of its own, and writes nothing into a file."""
    code = f"confinement.CALLS = {{}}\n{attempts}\ndef attack(_): return Feed(title=json.dumps(attempt()))"
    write = "lambda: os.write(os.open(f'{folder}/ny', os.O_CREAT | os.O_WRONLY), b'x')"
    # A traced process stops at the signal of the limit.
    changes = f"del ATTEMPTS['trace']\nATTEMPTS['write'] = {write}\ndef attempt()"
    with taken_over(code.replace("def attempt()", changes, 1)) as attacked:
        if attacked.confinement() != "namespace":
            pytest.skip("this system gives us no namespace")
        results = json.loads(attacked.parse(document("angrip")).title)
    assert (results["connect"], results["write"], results["memory"]) == ("OSError", "OSError", "MemoryError")


def test_without_any_means_documents_are_read(taken_over: Attack):
    """An old kernel or a container forbids both: the limits remain, and the doctor can tell."""
    code = "import os; confinement.CALLS = {}; confinement._CLONE_NEWNET = confinement._CLONE_NEWUSER = -1"
    with taken_over(code) as unconfined:
        assert unconfined.confinement() == "none"
        assert unconfined.parse(document(GOOD)) == parse_document(document(GOOD))


def test_the_environment_is_empty(taken_over: Attack, monkeypatch: pytest.MonkeyPatch):
    """A secret of the poll is neither in the environment of the child nor in that of the process that reads."""
    monkeypatch.setenv("NEWSAPI_KEY", "hemmelig-æøå")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/ingen/steder")
    code = "import os\ndef attack(_): return Feed(title=' '.join(sorted(os.environ)))"
    with taken_over(code) as attacked:
        names = set(attacked.parse(document("angrip")).title.split())
        environment = Path(f"/proc/{attacked.pid}/environ").read_bytes()
        words = Path(f"/proc/{attacked.pid}/cmdline").read_bytes()
    assert environment == b"LD_LIBRARY_PATH=/ingen/steder\0"
    # Python itself adds the first.
    assert names <= {"LC_CTYPE", "LD_LIBRARY_PATH"}
    assert b"hemmelig" not in words


def test_only_the_pipe_is_open(taken_over: Attack):
    """Neither the socket of the child nor a stream of the poll is open in the process that reads."""
    code = """
import errno, os
def is_open(number):
    try: os.lseek(number, 0, 1)
    except OSError as error: return error.errno != errno.EBADF
    return True
def attack(_): return Feed(skipped=sum(map(is_open, range(64))))
"""
    with taken_over(code) as attacked:
        assert attacked.parse(document("angrip")).skipped == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("os.write(0, b'feed 0\\n{}\\nfeed 0\\n{}\\n'); os._exit(0)", "no valid answer"),
        ("os.write(0, b'\\x80\\x04cos\\nsystem\\n.'); os._exit(0)", "no valid answer"),
        ("os.write(0, b'feed 2\\n{}\\n'); os._exit(0)", "no valid answer"),
        ("os._exit(0)", r"the process that read it ended \(0\)"),
        ("os._exit(7)", r"the process that read it ended \(7\)"),
        ("raise RuntimeError", r"the process that read it ended \(1\)"),
        ("return Feed(title='a\\x1b[2J')", "no valid answer"),
        ("return Feed(cursor='2099')", "no valid answer"),
        ("return sandbox_process.sandbox_messages.ParseFailure(fetch_class='gone', message='a')", "no valid answer"),
        ("while True: os.write(0, b'x' * 2**20)", "no valid answer|took too long"),
        ("while True: pass", "took too long"),
        ("os.close(0)\n while True: pass", "took too long"),
        ("signal.signal(signal.SIGPROF, signal.SIG_IGN)\n while True: pass", "took too long"),
        ("os.write(0, b'feed 0\\n{}\\n')\n while True: pass", "took too long"),
    ],
)
def test_a_forged_answer_costs_its_own_source(taken_over: Attack, body: str, words: str):
    """Whatever the process answers or does not: a failure of the class `parse`; the next document is read."""
    with taken_over(f"import os, signal\ndef attack(_):\n {body}", cpu=0.4, wall=20.0) as attacked:
        with pytest.raises(ParseError, match=words) as error:
            attacked.parse(document("angrip"))
        assert error.value.fetch_class is FetchClass.PARSE
        assert attacked.parse(document(GOOD)) == parse_document(document(GOOD))


def test_a_parser_is_taken_over_for_one_document(taken_over: Attack):
    """The next document is read by another process: nothing that the first one changed in memory is there."""
    code = """
def attack(_):
    global parse
    parse = lambda document, now: Feed(title="løgn")
    sandbox_process.parse_document = parse
    return Feed(title="løgn")
"""
    with taken_over(code) as attacked:
        assert attacked.parse(document("angrip")).title == "løgn"
        assert attacked.parse(document(GOOD)).title == "Fjordavisa"


def test_a_process_that_sleeps_is_ended(taken_over: Attack):
    """A limit of wall time ends what uses no processor; the child stays for the next document."""
    with taken_over(SLEEP, wall=1.0) as attacked:
        attacked.parse(document(GOOD))
        child = attacked.pid
        with pytest.raises(ParseError, match="took too long"):
            attacked.parse(document("angrip"))
        assert attacked.parse(document(GOOD)).title == "Fjordavisa"
        assert attacked.pid == child


def test_a_child_that_was_killed_is_started_again():
    """The next document has another one."""
    with ParserSandbox() as parser:
        parser.parse(document(GOOD))
        assert parser.pid is not None
        os.kill(parser.pid, signal.SIGKILL)
        os.waitid(os.P_PID, parser.pid, os.WEXITED | os.WNOWAIT)
        assert parser.parse(document(GOOD)).title == "Fjordavisa"


def test_all_processes_end_with_the_poll():
    """After kill -9 of the parent, in the middle of a document, neither the child nor what reads is left."""
    code = f"""
import os, signal
from brandwatch.feeds import sandbox
from brandwatch.models import Document
sandbox._PROGRAM = {PROGRAM.format(code=SLEEP)!r}
parser = sandbox.ParserSandbox(cpu=100.0, wall=100.0)
parser.parse(Document(url="https://a.example/", status=200, body=b"<rss><channel><item/>"))
print(parser.pid, flush=True)
converse = parser._converse
def send_and_die(ours, message):
    ours.sendall(message)
    os.kill(os.getpid(), signal.SIGKILL)
parser._converse = send_and_die
parser.parse(Document(url="https://a.example/", status=200, body=b"angrip"))
"""
    kernel = ctypes.CDLL(None, use_errno=True)
    # PR_SET_CHILD_SUBREAPER: orphans become children of this process, which can wait for them.
    assert kernel.prctl(36, 1, 0, 0, 0) == 0
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert os.waitstatus_to_exitcode(os.waitpid(int(done.stdout), 0)[1]) == 0
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
    finally:
        kernel.prctl(36, 0, 0, 0, 0)
