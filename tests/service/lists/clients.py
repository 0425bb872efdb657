"""Posts a list with one of three HTTP clients that send everything before they read; the answer goes to a file.

    clients.py requests|httpx|aiohttp URL KEY LIST ANSWER
"""

import asyncio
import sys

client, url, key, path, answer = sys.argv[1:]
headers = {
    "Authorization": f"Bearer {key}",
    "Content-Type": "text/csv" if path.endswith(".csv") else "application/x-ndjson",
}


def with_requests():
    import requests

    with open(path, "rb") as body, requests.post(url, data=body, headers=headers, stream=True) as got:
        got.raise_for_status()
        yield from got.iter_content(1 << 16)


def with_httpx():
    import httpx

    # A body of a generator is chunked, and has no length.
    def pieces():
        with open(path, "rb") as body:
            while piece := body.read(1 << 16):
                yield piece

    with httpx.stream("POST", url, content=pieces(), headers=headers, timeout=300) as got:
        got.raise_for_status()
        yield from got.iter_bytes()


async def with_aiohttp():
    import aiohttp

    async with aiohttp.ClientSession() as session:
        with open(path, "rb") as body:
            async with session.post(url, data=body.read(), headers=headers) as got:
                got.raise_for_status()
                return await got.read()


with open(answer, "wb") as out:
    if client == "aiohttp":
        out.write(asyncio.run(with_aiohttp()))
    else:
        for piece in {"requests": with_requests, "httpx": with_httpx}[client]():
            out.write(piece)
