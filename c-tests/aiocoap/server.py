"""aiocoap as server: server.py PORT [DIRECTORY]. Says "ready" when it listens, and ends with its standard input.

With a directory of certificates it serves TLS and secure WebSockets too, for clients that have one of ca.pem.
"""

import asyncio
import ssl
import sys

import aiocoap
from aiocoap import Message, resource
from aiocoap.numbers.codes import Code


class Value(resource.Resource):
    """What was put is what is got."""

    value = b"hello"

    async def render_get(self, request):
        return Message(payload=self.value, content_format=0)

    async def render_put(self, request):
        self.value = request.payload
        return Message(code=Code.CHANGED, payload=self.value)

    async def render_post(self, request):
        return Message(code=Code.CREATED, payload=b"/".join(o.encode() for o in request.opt.uri_query))

    async def render_delete(self, request):
        return Message(code=Code.DELETED)


class Shown(resource.ObservableResource):
    """A value whose changes are told to who observes it."""

    value = b"hello"

    async def render_get(self, request):
        return Message(payload=self.value, content_format=0)

    async def render_put(self, request):
        self.value = request.payload
        self.updated_state()
        return Message(code=Code.CHANGED)

    def update_observation_count(self, newcount):
        print(f"observers: {newcount}", flush=True)


class Slow(resource.Resource):
    """Answers late, so that an empty acknowledgement comes first and a separate response later."""

    async def render_get(self, request):
        await asyncio.sleep(0.5)
        return Message(payload=b"late")


def certificates(directory):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{directory}/ca.pem")
    context.load_cert_chain(f"{directory}/server.pem", f"{directory}/server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def main():
    site = resource.Site()
    site.add_resource([".well-known", "core"], resource.WKCResource(site.get_resources_as_linkheader, impl_info=None))
    site.add_resource(["value"], Value())
    site.add_resource(["shown"], Shown())
    site.add_resource(["slow"], Slow())
    secure = certificates(sys.argv[2]) if len(sys.argv) > 2 else None
    await aiocoap.Context.create_server_context(site, bind=("127.0.0.1", int(sys.argv[1])), _ssl_context=secure)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
