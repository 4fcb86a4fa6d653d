"""Restate: its server in a process of its own, as it comes, and restate_flows.py served by hypercorn in another.

This process asks the server over HTTP for runs and waits for their results. All three are on loopback. The server's
log is written with fsync, what comes together in one.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from meter import AT_ONCE, DETAILS, MANY, ORDER, PARTS, Figures, in_flight, main, rounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

HERE = Path(__file__).resolve().parent

# ---- the server ------------------------------------------------------------------------------------------------------


def free_ports(many: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports


def program() -> Path:
    """The server's program in its npm package, which is installed where this Python is."""
    found = next((Path(sys.prefix) / "lib/node_modules/@restatedev").rglob("bin/restate-server"), None)
    if found is None:
        raise SystemExit(f"not installed: npm install --global --prefix {sys.prefix} @restatedev/restate-server")
    return found


async def registered(client: aiohttp.ClientSession, admin: int, service: int) -> None:
    """Tells the server of the service, as soon as both are up."""
    for _ in range(600):
        try:
            told = {"uri": f"http://127.0.0.1:{service}"}
            async with client.post(f"http://127.0.0.1:{admin}/deployments", json=told) as answer:
                if answer.ok:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the server and the service were not up after a minute")


def start(folder: Path, node: int, admin: int, ingress: int, service: int) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the server and the service at these ports."""
    ports = {"RESTATE_BIND_PORT": node, "RESTATE_ADMIN__BIND_PORT": admin, "RESTATE_INGRESS__BIND_PORT": ingress}
    settings = {name: str(port) for name, port in ports.items()} | {"RESTATE_DISABLE_TELEMETRY": "true"}
    server = (program(), "--base-dir", folder, "--bind-ip", "127.0.0.1", "--listen-mode", "tcp", "--node-name", "bench")
    with (folder / "log").open("wb") as log:
        yield subprocess.Popen(server, env=os.environ | settings, stdout=log, stderr=log)
        hypercorn = (sys.executable, "-m", "hypercorn", "--bind", f"127.0.0.1:{service}", "restate_flows:app")
        yield subprocess.Popen(hypercorn, cwd=HERE, stdout=log, stderr=log)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the server; both processes end with it."""
    ports = _, admin, ingress, service = free_ports(4)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.extend(start(folder, *ports))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{ingress}") as client:
            await registered(client, admin, service)
            yield client
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


async def ask(client: aiohttp.ClientSession, path: str, given: object) -> Any:
    async with client.post(path, json=given, raise_for_status=True) as answer:
        return await answer.json(content_type=None)


# ---- the workloads ---------------------------------------------------------------------------------------------------


async def w1(folder: Path) -> Figures:
    async with served(folder) as client:

        async def one() -> None:
            assert await ask(client, "/counting/run", {"steps": 19, "count": 0, "order": ORDER}) == 19

        seconds = await rounds(one, least=50)
        return {"seconds": seconds, "steps a second": 19 / seconds}


async def w2(folder: Path) -> Figures:
    async with served(folder) as client:

        async def one(_: int) -> None:
            assert await ask(client, "/counting/run", {"steps": 10, "count": 0, "order": ORDER}) == 10

        await in_flight(one, AT_ONCE, AT_ONCE)
        seconds = await in_flight(one, MANY, AT_ONCE)
        return {"seconds": seconds, "steps a second": 10 * MANY / seconds}


async def w3(folder: Path) -> Figures:
    async with served(folder) as client:

        async def one() -> None:
            assert await ask(client, "/fanning/run", PARTS) == PARTS

        return {"seconds": await rounds(one, least=20)}


async def w4(at_once: int, folder: Path) -> Figures:
    async with served(folder) as client:

        async def one(_: int) -> None:
            assert await ask(client, "/registration/run", DETAILS) == "ada"

        await in_flight(one, at_once, at_once)
        return {"seconds": await in_flight(one, MANY, at_once) / MANY}


async def w5(folder: Path) -> Figures:
    async with served(folder) as client:
        for number in range(MANY):
            await ask(client, f"/one_event/{number}/run/send", number)
        await asyncio.sleep(2)  # until the last waits, too
        begin = time.perf_counter()

        async def wake(number: int) -> None:
            await ask(client, f"/one_event/{number}/signal", number)

        async def ended(number: int) -> None:
            async with client.get(f"/restate/workflow/one_event/{number}/attach") as answer:
                assert await answer.json() == number

        await in_flight(wake, MANY, AT_ONCE)
        await in_flight(ended, MANY, AT_ONCE)
        return {"seconds": time.perf_counter() - begin}


if __name__ == "__main__":
    works = {"W1": w1, "W2": w2, "W3": w3, "W4x1": partial(w4, 1), "W4x100": partial(w4, AT_ONCE), "W5": w5}
    main({"server": works})
