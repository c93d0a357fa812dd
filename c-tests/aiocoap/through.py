"""aiocoap on both sides of a proxy: through.py PROXY_PORT SERVER_PORT. Its server listens on SERVER_PORT, its client prints a
line for each answer that the proxy on PROXY_PORT brings."""

import asyncio
import sys

from aiocoap import Context, Message, error, resource
from aiocoap.numbers.codes import Code
from aiocoap.proxy.client import ProxyForwarder

LARGE = bytes(at * 7 % 251 for at in range(20_000))


class Value(resource.Resource):
    """What was put is what is got."""

    value = b"hello"

    async def render_get(self, request):
        return Message(payload=self.value, content_format=0)

    async def render_put(self, request):
        self.value = request.payload
        return Message(code=Code.CHANGED)


class Query(resource.Resource):
    async def render_get(self, request):
        return Message(payload="/".join(request.opt.uri_query).encode())


class Counter(resource.ObservableResource):
    count = 0

    async def render_get(self, request):
        return Message(payload=b"%d" % self.count)

    def step(self):
        self.count += 1
        self.updated_state()


async def ask(client, name, message):
    try:
        answer = await asyncio.wait_for(client.request(message).response, 10)
        content = "LARGE" if answer.payload == LARGE else repr(answer.payload)
        print(f"{name}: {answer.code.dotted} {content} {answer.opt.content_format}", flush=True)
    except (error.Error, asyncio.TimeoutError) as failure:
        print(f"{name}: {type(failure).__name__}", flush=True)


async def observe(client, counter, message):
    request = client.request(message)
    first = await asyncio.wait_for(request.response, 10)
    print(f"observe: {first.code.dotted} {first.payload!r}", flush=True)
    notifications = request.observation.__aiter__()
    for _ in range(3):
        counter.step()
        notification = await asyncio.wait_for(notifications.__anext__(), 10)
        print(f"notified: {notification.payload!r}", flush=True)
    request.observation.cancel()


async def main():
    proxy_port, server_port = sys.argv[1], sys.argv[2]
    counter, site = Counter(), resource.Site()
    for path, served in ("value", Value()), ("query", Query()), ("counter", counter):
        site.add_resource([path], served)
    server = await Context.create_server_context(site, bind=("127.0.0.1", int(server_port)))
    context = await Context.create_client_context()
    forward = ProxyForwarder(f"coap://127.0.0.1:{proxy_port}", context)
    for name, client, at in ("forward", forward, f"coap://127.0.0.1:{server_port}"), (
        "reverse",
        context,
        f"coap://127.0.0.1:{proxy_port}",
    ):
        print(f"-- {name}", flush=True)
        await ask(client, "GET", Message(code=Code.GET, uri=f"{at}/value"))
        await ask(client, "GET query", Message(code=Code.GET, uri=f"{at}/query?a=1&b"))
        await ask(client, "GET none", Message(code=Code.GET, uri=f"{at}/none"))
        await ask(client, "PUT large", Message(code=Code.PUT, payload=LARGE, uri=f"{at}/value"))
        await ask(client, "GET large", Message(code=Code.GET, uri=f"{at}/value"))
        await ask(client, "PUT", Message(code=Code.PUT, payload=b"hello", uri=f"{at}/value"))
        counter.count = 0
        await observe(client, counter, Message(code=Code.GET, observe=0, uri=f"{at}/counter"))
    await context.shutdown()
    await server.shutdown()


asyncio.run(main())
