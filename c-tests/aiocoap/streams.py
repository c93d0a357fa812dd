"""aiocoap as client of bodies.c over a stream: streams.py PORT SCHEME. Prints what it puts, gets and is told.

Where the scheme is a secure one, it wants a certificate of ca.pem, or has the key "secret" (coaps).
"""

import asyncio
import hashlib
import os
import sys

from aiocoap import Context, Message
from aiocoap.numbers.codes import Code

SCHEME = sys.argv[2]
HOST = f"localhost:{sys.argv[1]}" if "coaps+" in SCHEME else f"127.0.0.1:{sys.argv[1]}"
URI = f"{SCHEME}://{HOST}/store"


def credentials():
    """What the server is known by, in aiocoap's words."""
    if SCHEME == "coaps":
        return {f"{SCHEME}://{HOST}/*": {"dtls": {"psk": {"ascii": "secret"}, "client-identity": {"ascii": "aiocoap"}}}}
    if SCHEME.startswith("coaps+"):
        return {f"{SCHEME}://{HOST}/*": {"tlscert": {"certfile": os.environ["FERROCOAP_PKI"] + "/ca.pem"}}}
    return {}


def body(length):
    """Bytes that no block repeats."""
    return b"".join(hashlib.sha256(b"%d" % at).digest() for at in range(length // 32 + 1))[:length]


async def main():
    context = await Context.create_client_context()
    context.client_credentials.load_from_dict(credentials())

    async def put(payload):
        answer = await context.request(Message(code=Code.PUT, uri=URI, payload=payload)).response
        return answer.code.dotted

    for length in 1, 1000, 1024, 1025, 5000, 150_000:
        code = await put(body(length))
        answer = await context.request(Message(code=Code.GET, uri=URI)).response
        print(f"{length} bytes: put {code}, got the same: {answer.payload == body(length)}")

    together = [context.request(Message(code=Code.GET, uri=URI)).response for _ in range(20)]
    answers = await asyncio.gather(*together)
    print(f"{sum(answer.payload == body(150_000) for answer in answers)} of 20 at once")

    request = context.request(Message(code=Code.GET, uri=URI, observe=0))
    await request.response
    notifications = aiter(request.observation)
    for length in 10, 100, 1000:
        await put(body(length))
        told = await asyncio.wait_for(anext(notifications), 10)
        print(f"told of {length} bytes: {told.payload == body(length)}, {told.code.dotted}")
    await context.shutdown()


asyncio.run(main())
