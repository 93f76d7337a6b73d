"""Probe of a Python runtime: what follows a faster clock. Run by gameday.run.clock_probe, never imported."""

import queue
import socket
import subprocess
import sys
import threading
import time

WAIT_S = float(sys.argv[1])


def timer() -> None:
    time.sleep(WAIT_S)


def socket_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.settimeout(WAIT_S)
        try:
            client.recv(1)
        except TimeoutError:
            return


def lock() -> None:
    held = threading.Lock()
    held.acquire()
    held.acquire(timeout=WAIT_S / 2)
    try:
        queue.Queue().get(timeout=WAIT_S / 2)
    except queue.Empty:
        return


def child() -> None:
    subprocess.run([sys.executable, "-c", f"import time; time.sleep({WAIT_S})"], check=True)


def tell(name: str, waited_s: float) -> None:
    sys.stdout.write(f"{name} {waited_s:.3f} {time.time():.3f}\n")
    sys.stdout.flush()


tell("wall", 0.0)
for name, act in {"timer": timer, "socket": socket_time_out, "lock": lock, "child": child}.items():
    began_s = time.monotonic()
    act()
    tell(name, time.monotonic() - began_s)
