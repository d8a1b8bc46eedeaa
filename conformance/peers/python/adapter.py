"""An adapter over aioquic: connections, calls and push events (conformance/adapter/README.md)."""

import asyncio
import itertools
from contextlib import suppress

import frames
import level0
from protocol import Refused, class_of_end, give, serve, take

try:
    from aioquic.asyncio import QuicConnectionProtocol
    from aioquic.quic.configuration import QuicConfiguration
    from aioquic.quic.connection import QuicConnection
    from aioquic.quic.events import ConnectionTerminated, StopSendingReceived, StreamReset

    import pins  # noqa: F401
    from messages import check_push, check_response
except ImportError:  # where nothing is installed there is level 0
    raise SystemExit(serve(level0.OPERATIONS)) from None

WINDOWS = {"max_data": 2 * frames.LIMIT, "max_stream_data": 2 * frames.LIMIT}
connections, request_ids = {}, itertools.count(1)


class Connection(QuicConnectionProtocol):
    def __init__(self, quic):
        # The reader of a stream keeps the task alive.
        super().__init__(quic, lambda *stream: asyncio.create_task(self.push(*stream)))
        self.end = None  # an error class, once the connection is over
        self.stopped, self.events = set(), asyncio.Queue()

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            self.end = class_of_end(event.error_code)
            for reader in self._stream_readers.values():
                reader.set_exception(Refused("conn.closed"))
            self._transport.close()
        elif isinstance(event, StreamReset) and event.stream_id in self._stream_readers:
            self._stream_readers[event.stream_id].set_exception(Refused("stream.reset"))
        elif isinstance(event, StopSendingReceived):
            self.stopped.add(event.stream_id)  # an answer may still come
        else:
            super().quic_event_received(event)

    async def read(self, kind, reader, writer):
        stream = writer.get_extra_info("stream_id")
        try:
            return await frames.read(kind, reader)
        except BaseException as error:  # a refusal or a deadline: the rest is not wanted
            with suppress(ValueError):  # the stream is over
                self._quic.stop_stream(stream, 0)
                self._quic.reset_stream(stream, 0)
            self.transmit()
            is_late = isinstance(error, asyncio.CancelledError)
            raise Refused("stream.reset") if is_late and stream in self.stopped else error

    async def push(self, reader, writer):
        with suppress(Refused):
            event, payload = await self.read("push", reader, writer)
            check_push(event, payload)
            self.events.put_nowait({"event": event, "body": give(payload)})


async def connect(conn, host, port, server_name, ca_pem, alpn):
    close(conn)
    asked = {"alpn_protocols": [alpn], "server_name": server_name, "cadata": ca_pem.encode()}
    quic = QuicConnection(configuration=QuicConfiguration(**asked, **WINDOWS))
    endpoint = asyncio.get_running_loop().create_datagram_endpoint
    transport, connection = await endpoint(lambda: Connection(quic), remote_addr=(host, port))
    try:
        connection.connect(transport.get_extra_info("peername"))
        await connection.wait_connected()
    except BaseException:  # refused, or late
        connection.close()
        raise Refused(connection.end or "deadline") from None
    connections[conn] = connection


async def call(conn, method, body):
    connection, request_id = living(conn), next(request_ids)
    next_stream = connection._quic.get_next_available_stream_id
    while living(conn) and next_stream() // 4 >= connection._quic._remote_max_streams_bidi:
        await asyncio.sleep(0.01)  # no event tells of new credit
    reader, writer = await connection.create_stream()
    writer.write(frames.encode("request", method, request_id, payload=take(body)))
    writer.write_eof()
    status, answered_id, payload = await connection.read("response", reader, writer)
    if answered_id != request_id:
        raise Refused("frame.req_id")
    check_response(method, status, payload)
    return {"status": status, "treat_as": frames.treat_as(status), "body": give(payload)}


async def events(conn, want, timeout_ms):
    queue, found = living(conn).events, []
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_ms / 1000):
            while len(found) < want:
                found.append(await queue.get())
    return {"events": found}


def state(conn):
    return {"open": conn in connections and not connections[conn].end}


def living(conn):
    if not state(conn)["open"]:
        raise Refused("conn.closed")
    return connections[conn]


def close(conn):
    if conn in connections:
        connections.pop(conn).close()


operations = {"open": connect, "call": call, "events": events, "state": state, "close": close}
serve({**level0.OPERATIONS, **operations, "hello": lambda: level0.hello("call", "cancel")})
