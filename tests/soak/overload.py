#!/usr/bin/env python3
"""Three times the capacity for a minute, and the return to idle.

    [MINUTES=1] tests/soak/overload.py PROGRAM

The request is one full answer, compressed, which costs the service a few milliseconds and the client little. First one
client asks on the idle service, then eight without a pause, which is the capacity. Then requests begin three times as
often, whether earlier ones are answered or not, from four addresses; one that is not answered in ten seconds is given
up. An address holds at most 256 connections, as is the default where others than this machine reach the service. Then
the first client asks again, until twenty answers in a row came within five times the 99th percentile of before (and
20 ms). Exit status 1: an answer is a 5xx other than 503, fewer than a quarter of the capacity were answered, the service
took more than 256 MiB, or after thirty seconds it was not idle again or descriptors are open. Needs Linux and the
standard library.
"""

import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections import Counter

BODY = b'{"exports_goods": true, "industry": "F5191", "employees": 12}'
MOST_MIB = 256
PATIENCE = 10
RETURN = 30
PROBE = 2


def request(close):
    head = "POST /api/v1/assessments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n"
    head += "Connection: close\r\n" if close else ""
    return f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


async def answer(reader):
    """Reads an answer to its end; gives its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if "transfer-encoding: chunked" in head:
        while size := int((await reader.readuntil(b"\r\n")), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        length = head.partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length or 0))
    return int(head.split(" ")[1])


async def asks(port, seconds, times):
    """Asks on one connection without a pause."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    ends = time.monotonic() + seconds
    while (begun := time.monotonic()) < ends:
        writer.write(request(False))
        await answer(reader)
        times.append(time.monotonic() - begun)
    writer.close()


async def once(port, source, statuses):
    """One request on a connection of its own."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(source, 0), limit=1 << 20
            )
            try:
                writer.write(request(True))
                statuses[await answer(reader)] += 1
            except asyncio.IncompleteReadError as error:
                statuses["cut off" if error.partial else "closed"] += 1
            finally:
                writer.close()
    except TimeoutError:
        statuses["given up"] += 1
    except OSError:
        statuses["closed"] += 1


async def overload(port, rate, seconds, statuses):
    """Begins so many requests a second, whatever becomes of them."""
    begun, tasks, sent = time.monotonic(), set(), 0
    while (now := time.monotonic() - begun) < seconds:
        while sent < now * rate:
            task = asyncio.create_task(once(port, f"127.0.0.{2 + sent % 4}", statuses))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    return sent / seconds


async def idle_again(port, limit):
    """The seconds until twenty answers in a row came within the limit; twice the patience if they never did."""
    begun, quick = time.monotonic(), 0
    while quick < 20 and time.monotonic() - begun < 2 * RETURN:
        times = []
        try:
            # A connection that the kernel dropped while its queue was full would be tried again much later.
            async with asyncio.timeout(PROBE):
                await asks(port, 0.001, times)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            times = [PROBE]
        quick = quick + 1 if max(times) <= limit else 0
    return time.monotonic() - begun


def measured(pid):
    """Memory now and at most, in MiB, and open descriptors."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in status if line.startswith(("VmRSS", "VmHWM"))}
    return sizes["VmRSS"], sizes["VmHWM"], len(os.listdir(f"/proc/{pid}/fd"))


def percentiles(times):
    times = sorted(times)
    return times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000


async def run(port, pid, seconds):
    idle, full, after, statuses = [], [], [], Counter()
    await asks(port, 1, [])
    await asks(port, 3, idle)
    before = measured(pid)
    await asyncio.gather(*(asks(port, 5, full) for _ in range(8)))
    capacity = len(full) / 5
    offered = await overload(port, 3 * capacity, seconds, statuses)
    limit = max(5 * percentiles(idle)[1], 20)
    returned = await idle_again(port, limit / 1000)
    await asks(port, 3, after)
    ends = time.monotonic() + RETURN
    while (done := measured(pid))[2] > before[2] + 4 and time.monotonic() < ends:
        await asyncio.sleep(0.5)
    print("           p50 ms   p99 ms  memory MiB  descriptors")
    for name, times, sizes in (("before", idle, before), ("after", after, done)):
        p50, p99 = percentiles(times)
        print(f"{name:8} {p50:8.2f} {p99:8.2f}  {sizes[0]:10.1f}  {sizes[2]:11}")
    print(f"capacity {capacity:.0f} a second; offered {offered:.0f} a second for {seconds:.0f} s; most memory {done[1]:.1f} MiB")
    print(f"answers by status: {dict(sorted(statuses.items(), key=str))}")
    print(f"idle again after {returned:.1f} s")
    failures = [status for status in statuses if isinstance(status, int) and status >= 500 and status != 503]
    wrong = [
        (bool(failures), f"failures {failures}"),
        (statuses[200] < capacity * seconds / 4, "fewer than a quarter of the capacity were answered"),
        (offered < 2.5 * capacity, "the clients were too slow to overload it"),
        (done[1] > MOST_MIB, f"more than {MOST_MIB} MiB"),
        (returned > RETURN, f"not idle again after {RETURN} s (answers within {limit:.1f} ms)"),
        (done[2] > before[2] + 4, "descriptors stay open"),
    ]
    return [text for is_wrong, text in wrong if is_wrong]


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        kept = ["--data", folder, "--database", f"sqlite:{folder}/a.sqlite", "--log", "off", "--workers", "1"]
        kept += ["--client-connections", "256"]
        server = subprocess.Popen([program, "serve", "--bind", "127.0.0.1:0", *kept], stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1])
        wrong = asyncio.run(run(port, server.pid, float(os.environ.get("MINUTES", 1)) * 60))
        if server.poll() is not None:
            wrong.append("the service ended")
        server.kill()
        server.wait()
    print("; ".join(wrong) or "as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
