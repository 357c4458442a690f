"""A client of rtmsg in Python's standard library, written from docs/PROTOCOL.md alone."""

import base64, hashlib, itertools, json, os, random, socket, ssl, struct, time, uuid
from urllib.parse import urlsplit

SILENCE = 60  # seconds; the server pings after 30 s of quiet, so nothing for this long is a dead connection


class RtmsgError(Exception):
    """What the broker refused. `code` is stable, `details` is all that it said of it."""

    def __init__(self, error):
        self.details = error.get("data", {}).get("rtmsg", {})
        self.code = self.details.get("code", "INTERNAL")
        super().__init__(f"{self.code}: {error.get('message')}")


class Connection:
    """One WebSocket on which tRPC messages travel as JSON. OSError means that it is gone."""

    def __init__(self, url, token=None):
        url = urlsplit(url)
        is_tls = url.scheme in ("https", "wss")
        port = url.port or (443 if is_tls else 80)
        self._socket = socket.create_connection((url.hostname, port), timeout=SILENCE)
        try:
            if is_tls:
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(self._socket, server_hostname=url.hostname)
            self._file = self._socket.makefile("rb")
            self._upgrade(f"{url.path.rstrip('/')}/trpc?connectionParams=1", url.netloc)
            self.send({"method": "connectionParams", "data": {"protocol": "1", **({"token": token} if token else {})}})
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def _upgrade(self, path, host):
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade"}
        headers.update({"Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"})
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        answer = list(iter(lambda: self._file.readline().strip(), b""))
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if not any(line.endswith(base64.b64encode(accept)) for line in answer):
            raise ConnectionError(f"no WebSocket: {answer[:1]}")

    def send(self, message):
        """Sends one message."""
        self._frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def _frame(self, opcode, data):
        size = len(data)
        long = struct.pack(">BH", 254, size) if size < 65536 else struct.pack(">BQ", 255, size)
        mask = os.urandom(4)  # a client masks what it sends
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._socket.sendall(bytes([128 | opcode]) + (bytes([128 | size]) if size < 126 else long) + mask + masked)

    def _read(self, count):
        data = self._file.read(count)
        if len(data) < count:
            raise ConnectionError("the connection ended")
        return data

    def messages(self):
        """Yields what comes, and answers pings."""
        text = b""
        while True:
            first, size = self._read(2)
            if size > 125:
                size = int.from_bytes(self._read(2 if size == 126 else 8), "big")
            opcode, data = first & 15, self._read(size)
            if opcode == 8:
                code, reason = int.from_bytes(data[:2], "big"), data[2:].decode()
                if code in (4401, 4403) or reason == "PROTOCOL_UNSUPPORTED":
                    raise RtmsgError({"message": f"closed with {code}", "data": {"rtmsg": {"code": reason}}})
                raise ConnectionError(f"closed with {code} {reason}")
            if opcode == 9:
                self._frame(10, data)
            elif opcode < 3:
                text += data
                if first & 128:
                    whole, text = text.decode(), b""
                    if whole == "PING":
                        self.send("PONG")
                    elif whole != "PONG":
                        message = json.loads(whole)
                        yield from message if isinstance(message, list) else [message]

    def request(self, id, method, path, data):
        """Sends a request, and yields its results until it has ended."""
        self.send({"id": id, "method": method, "params": {"path": path, "input": {"json": data}}})
        for message in self.messages():
            if message.get("method") == "reconnect":
                raise ConnectionError("the server asks to connect again")
            if "error" in message and message["id"] in (id, None):
                raise RtmsgError(message["error"]["json"])
            if message.get("id") == id and message["result"]["type"] == "stopped":
                return
            if message.get("id") == id and message["result"]["type"] == "data":
                yield message["result"]


class Client:
    """Produces over one connection, and subscribes over one for each subscription. Not for several threads at once."""

    def __init__(self, url, token=None):
        self._connect = lambda: Connection(url, token)
        self._kept = None
        self._calls = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._drop()

    def _drop(self):
        if self._kept:
            self._kept.__exit__()
        self._kept = None

    def produce(self, topic, data, id=None, patience=60, **options):
        """Stores an event and returns its receipt. It has an id, so that sending it again is not a second event."""
        event = {"topic": topic, "data": data, "id": id or str(uuid.uuid4()), **options}
        deadline = time.monotonic() + patience  # below `dedupe.reachMs`, two minutes unless the server says less
        for attempt in itertools.count():
            try:
                self._kept = self._kept or self._connect()
                self._calls += 1
                return next(self._kept.request(self._calls, "mutation", "produce", event))["data"]["json"]
            except (OSError, RtmsgError) as error:
                self._drop()
                if time.monotonic() > deadline or not _may_retry(error):
                    raise
                _pause(attempt, error)

    def subscribe(self, topic, start="latest", **options):
        """Yields each event once, in order, from `start`: over broken connections too, where it resumes by cursor."""
        attempt = 0
        while True:
            try:
                with self._connect() as connection:
                    asked = {"topic": topic, "from": start, "marks": True, **options}
                    for result in connection.request("s1", "subscription", "subscribe", asked):
                        start, attempt = {"cursor": result["id"]}, 0
                        item = result["data"]["json"]["data"]
                        if options.get("marks") or item.get("type") in (None, "gap"):
                            yield item
                return
            except (OSError, RtmsgError) as error:
                if not _may_retry(error):
                    raise
                _pause(attempt, error)
                attempt += 1


def _may_retry(error):
    return isinstance(error, OSError) or error.code in ("UNAVAILABLE", "SHUTTING_DOWN", "RATE_LIMITED")


def _pause(attempt, error):
    """Waits before the next attempt: at random, so that clients do not come back all at once."""
    asked = getattr(error, "details", {}).get("retryAfterMs", 0) / 1000
    time.sleep(asked + random.random() * min(10, 0.1 * 2 ** min(attempt, 10)))
