"""A client of SessionApi as swagger-codegen writes them: a pool of connections, models that are checked, JSON by hand.

sdk.py URL TOKEN DESTINATION [echo]: opens, lists and closes listeners of a node, by no relay, and says whether all is
well. With `echo`, data is sent through them, too, to the destination's service 0, which sends it back.
"""

import json
import multiprocessing
import socket
import sys
import threading
import urllib.parse

import urllib3


class ApiException(Exception):
    """An answer that is not 2xx. The body is not looked into."""

    def __init__(self, response):
        super().__init__(response.status, response.data)
        self.status, self.body = response.status, response.data


class SessionClientResponse:
    """Every field is needed; others are passed over."""

    def __init__(self, data):
        for name, kind in (("target", str), ("protocol", str), ("ip", str), ("path", dict), ("port", int)):
            if data.get(name) is None:
                raise ValueError(f"Invalid value for `{name}`, must not be `None`")
            setattr(self, name, data[name] if kind is dict else kind(data[name]))


class ApiClient:
    """Sends requests: what is not set is left out, everything else is as it was recorded from the SDK."""

    def __init__(self, url, token):
        self.url, self.token = url, token
        self.pool = urllib3.PoolManager(num_pools=4, maxsize=multiprocessing.cpu_count() * 5)

    def call(self, method, path, parts=None, body=None, headers=None, timeout=None, bare=False):
        for name, value in (parts or {}).items():
            path = path.replace("{%s}" % name, urllib.parse.quote(str(value), safe=""))
        sent = {"User-Agent": "Swagger-Codegen/2.2.0-rc.1/python"}
        if not bare:
            sent |= {"Accept": "application/json", "Content-Type": "application/json", "X-Auth-Token": self.token}
        data = None
        if method in ("POST", "DELETE"):
            data = json.dumps({} if body is None else body)
        sent |= headers or {}
        limit = urllib3.Timeout(total=timeout) if timeout else None
        response = self.pool.request(method, self.url + path, body=data, headers=sent, timeout=limit)
        if not 200 <= response.status <= 299:
            raise ApiException(response)
        return response


class SessionApi:
    """The three methods, and what is called around them."""

    PATH = "/api/v3/session/{protocol}"

    def __init__(self, client):
        self.client = client

    def create_client(self, protocol, **fields):
        names = {"listen_host": "listenHost"}
        body = {names.get(name, name): value for name, value in fields.items() if value is not None}
        response = self.client.call("POST", self.PATH, {"protocol": protocol}, body)
        return SessionClientResponse(json.loads(response.data))

    def list_clients(self, protocol):
        response = self.client.call("GET", self.PATH, {"protocol": protocol})
        listed = json.loads(response.data)
        assert isinstance(listed, list)
        return [SessionClientResponse(one) for one in listed]

    def close_client(self, protocol, ip, port):
        path = self.PATH + "/{ip}/{port}"
        return self.client.call("DELETE", path, {"protocol": protocol, "ip": ip, "port": port}).status


def refused(status, said, call, /, *args, **fields):
    """The call is refused with this status, and a body in which this stands."""
    try:
        call(*args, **fields)
    except ApiException as error:
        assert error.status == status and said in error.body, (error.status, error.body)
    else:
        raise AssertionError(f"not refused with {status}")


def life(api, destination, protocol, listen):
    """A listener is opened, listed, refused a second time, and closed."""
    made = api.create_client(
        protocol, destination=destination, path={"Hops": 0}, target={"Service": 0}, listen_host=listen,
        capabilities=["Segmentation", "Retransmission"],
    )
    assert (made.target, made.protocol, made.path) == ("#0", protocol, {"Hops": 0}), vars(made)
    assert 0 < made.port < 65536
    places = [(one.ip, one.port) for one in api.list_clients(protocol)]
    assert (made.ip, made.port) in places, places
    text = f"[{made.ip}]:{made.port}" if ":" in made.ip else f"{made.ip}:{made.port}"
    again = {"destination": destination, "path": {"Hops": 0}, "target": {"Service": 0}, "listen_host": text}
    refused(409, b"LISTEN_HOST_ALREADY_USED", api.create_client, protocol, **again)
    assert api.close_client(protocol, made.ip, made.port) == 204
    refused(404, b"INVALID_INPUT", api.close_client, protocol, made.ip, made.port)


def echo(api, destination):
    """What is sent to a listener comes back."""
    data = bytes(range(256)) * 1024
    made = api.create_client("tcp", destination=destination, path={"Hops": 0}, target={"Service": 0})
    with socket.create_connection((made.ip, made.port), timeout=20) as stream:
        sender = threading.Thread(target=lambda: (stream.sendall(data), stream.shutdown(socket.SHUT_WR)))
        sender.start()
        received = b"".join(iter(lambda: stream.recv(65536), b""))
        sender.join()
    assert received == data, len(received)
    assert api.close_client("tcp", made.ip, made.port) == 204
    made = api.create_client("udp", destination=destination, path={"Hops": 0}, target={"Service": 0})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(20)
        for datagram in (b"one", b"", b"x" * 462):
            datagrams.sendto(datagram, (made.ip, made.port))
            assert datagrams.recv(65536) == datagram
    assert api.close_client("udp", made.ip, made.port) == 204


def mistakes(api, destination):
    """What is refused, and how."""
    good = {"destination": destination, "path": {"Hops": 0}, "target": {"Plain": "localhost:8080"}}
    refused(400, b"unknown variant `sctp`", api.create_client, "sctp", **good)
    refused(400, b"unknown variant", api.list_clients, "{}")
    refused(400, b"INVALID_INPUT", api.close_client, "tcp", "localhost", 80)
    refused(400, b"Invalid URL", api.close_client, "tcp", "127.0.0.1", 65536)
    refused(422, b"Failed to deserialize", api.create_client, "tcp", **good | {"path": {}})
    refused(422, b"UNKNOWN_FAILURE", api.create_client, "tcp", **good | {"path": {"Hops": 4}})
    refused(422, b"missing port delimiter", api.create_client, "tcp", **good | {"target": {"Plain": "localhost"}})
    call = api.client.call
    refused(406, b"", call, "GET", "/api/v3/session/tcp", headers={"Accept": "text/html"})
    refused(415, b"application/json", call, "POST", "/api/v3/session/tcp", headers={"Content-Type": "text/plain"})
    refused(413, b"length limit exceeded", call, "POST", "/api/v3/session/tcp", body="x" * 2**21)
    stranger = SessionApi(ApiClient(api.client.url, "not the token"))
    refused(401, b"UNAUTHORIZED", stranger.list_clients, "sctp")


def at_once(api, destination):
    """Threads share the pool, and with it connections."""
    failed = []

    def run():
        try:
            for _ in range(10):
                life(api, destination, "tcp", "127.0.0.1:0")
        except BaseException as error:  # a thread would swallow it
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


def main(url, token, destination, *options):
    client = ApiClient(url, token)
    for path in ("/startedz", "/readyz", "/healthyz", "/eligiblez"):
        assert client.call("GET", path, bare=True).data == b"", path
    version = json.loads(client.call("GET", "/api/v3/node/version").data)
    assert version["apiVersion"].startswith("3."), version
    api = SessionApi(client)
    for protocol in ("tcp", "udp"):
        for listen in (None, "127.0.0.1", "127.0.0.1:0", "[::1]:0"):
            life(api, destination, protocol, listen)
    for _ in range(3):
        api.create_client("tcp", destination=destination, path={"Hops": 0}, target={"Service": 0})
    assert len(api.list_clients("tcp")) == 3
    assert api.close_client("tcp", "127.0.0.1", 0) == 204
    assert api.list_clients("tcp") == []
    if "echo" in options:
        echo(api, destination)
    mistakes(api, destination)
    at_once(api, destination)
    assert api.list_clients("tcp") == []
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.call("GET", "/api/v3/session/tcp", bare=True, headers=bearer).status == 200
    print("all is well")


if __name__ == "__main__":
    main(*sys.argv[1:])
