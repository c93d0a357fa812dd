"""aiocoap as client: client.py PORT. Prints a line for each answer of c-tests/wire/server.c."""

import asyncio
import sys

from aiocoap import Context, Message, Reliable, Unreliable, error
from aiocoap.numbers.codes import Code


async def ask(context, code, path, payload=b"", kind="CON", **options):
    tuning = Reliable if kind == "CON" else Unreliable
    uri = f"coap://127.0.0.1:{sys.argv[1]}/{path}"
    message = Message(code=code, transport_tuning=tuning, payload=payload, uri=uri)
    for name, value in options.items():
        setattr(message.opt, name, value)
    name = f"{kind} {code.name} /{path}"
    try:
        answer = await asyncio.wait_for(context.request(message).response, 5)
        print(f"{name}: {answer.code.dotted} {answer.payload!r} {answer.opt.content_format}")
    except (error.Error, asyncio.TimeoutError) as failure:
        print(f"{name}: {type(failure).__name__}")


async def main():
    context = await Context.create_client_context()
    await ask(context, Code.GET, ".well-known/core")
    await ask(context, Code.GET, ".well-known/core?rt=light")
    for kind in "CON", "NON":
        await ask(context, Code.GET, "a", kind=kind)
        await ask(context, Code.PUT, "a", b"put", kind=kind)
        await ask(context, Code.POST, "a", b"post", kind=kind)
        await ask(context, Code.DELETE, "a", kind=kind)
        await ask(context, Code.FETCH, "a", b"fetch", kind=kind, content_format=0)
        await ask(context, Code.PATCH, "a", b"patch", kind=kind)
        await ask(context, Code.iPATCH, "a", b"ipatch", kind=kind)
        await ask(context, Code.GET, "nothing", kind=kind)
        await ask(context, Code.GET, "bare", kind=kind)
        await ask(context, Code.GET, "q?x=1&y", kind=kind)
        await ask(context, Code.POST, "code", b"\x80", kind=kind)
    await ask(context, Code.PUT, "a", b"x" * 900)  # just below what aiocoap would send in blocks
    together = [ask(context, Code.GET, "count") for _ in range(20)]
    await asyncio.gather(*together)
    await context.shutdown()


asyncio.run(main())
