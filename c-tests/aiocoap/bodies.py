"""aiocoap as client of bodies.c: bodies.py PORT. Prints what it puts, gets and is told, as lengths and digests."""

import asyncio
import hashlib
import sys

from aiocoap import Context, Message, Reliable, Unreliable
from aiocoap.numbers.codes import Code


def body(length, seed):
    """Bytes that no block repeats."""
    return b"".join(hashlib.sha256(b"%d %d" % (seed, at)).digest() for at in range(length // 32 + 1))[:length]


class Store:
    """What is to be said to the server's one resource."""

    def __init__(self, context):
        self.context = context
        self.uri = f"coap://127.0.0.1:{sys.argv[1]}/store"

    async def put(self, payload, exponent=6, tuning=Reliable):
        message = Message(code=Code.PUT, uri=self.uri, payload=payload, transport_tuning=tuning)
        await self.context.find_remote_and_interface(message)
        message.remote.maximum_block_size_exp = exponent
        return (await self.context.request(message).response).code.dotted

    async def get(self, exponent=None, tuning=Reliable):
        message = Message(code=Code.GET, uri=self.uri, transport_tuning=tuning)
        if exponent is not None:
            message.opt.block2 = (0, False, exponent)
        answer = await self.context.request(message).response
        return answer.payload

    def observe(self):
        return self.context.request(Message(code=Code.GET, uri=self.uri, observe=0))


async def transfers(store):
    for tuning, kind in (Reliable, "CON"), (Unreliable, "NON"):
        for exponent in range(7):
            sent = body(100_000 if exponent > 3 else 5000, exponent)
            code = await store.put(sent, exponent, tuning)
            got = await store.get(exponent, tuning)
            print(f"{kind}, blocks of {16 << exponent}: put {code}, got the same: {got == sent}")


async def observation(store):
    await store.put(body(5000, 0))
    request = store.observe()
    first = await request.response
    notifications = aiter(request.observation)
    print(f"registered: {first.payload == body(5000, 0)}")
    for length in 5000, 100, 40_000, 0, 5000:
        sent = body(length, length)
        await store.put(sent)
        told = await asyncio.wait_for(anext(notifications), 10)
        print(f"told of {length} bytes: {told.payload == sent}, {told.code.dotted}")
    request.observation.cancel()
    # One notification in six is confirmable: the first of those that aiocoap rejects ends it at the server.
    for seed in range(8):
        await store.put(body(3000, seed))
        await asyncio.sleep(0.05)


async def main():
    context = await Context.create_client_context()
    store = Store(context)
    await transfers(store)
    await observation(store)
    await context.shutdown()


asyncio.run(main())
