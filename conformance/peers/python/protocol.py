"""The lines of the adapter protocol: requests in, replies out (conformance/adapter/README.md)."""

import asyncio
import hashlib
import inspect
import json
import os
import sys

LONGEST_LINE = 32 * 1024 * 1024


class Refused(Exception):
    """Refused carries a class of the protocol, and the stage where there is one."""

    def __init__(self, error_class, stage=None):
        super().__init__(error_class)
        self.fields = {"class": error_class, **({"stage": stage} if stage else {})}


def take(value):
    if "parts" in value:
        return b"".join(map(take, value["parts"]))
    return (
        bytes.fromhex(value["hex"]) if "hex" in value else bytes([value["byte"]]) * value["fill"]
    )


def give(data):
    return (
        {"hex": data.hex()}
        if len(data) <= 65_536
        else {"sha256": sha256(data).hex(), "len": len(data)}
    )


def sha256(data):
    return hashlib.sha256(data).digest()


def class_of_end(code):
    """class_of_end names the error code of a connection: a TLS alert (RFC 9001, 4.8) or not."""
    alert = code - 0x100  # RFC 8446, 6
    if alert == 120:
        return "conn.alpn"
    return "conn.cert" if alert in (42, 43, 44, 45, 46, 48) else "conn.closed"


def serve(operations):
    """serve answers requests, many at once; `cancel` and `timeout_ms` cut a coroutine short."""
    asyncio.run(_serve(operations))


async def _serve(operations):
    reader, write = await _lines()
    under_way = {}

    async def answer(id, op, **arguments):
        try:
            reply = {"ok": await _run(operations[op], arguments) or {}}
        except asyncio.CancelledError:
            reply = {"err": {"class": "cancelled"}}
        except Refused as refused:
            reply = {"err": refused.fields}
        except Exception as error:
            reply = {"crash": repr(error)}
        write(json.dumps({"id": id, **reply}).encode() + b"\n")
        under_way.pop(id)

    def cancel(call):
        if call in under_way:
            under_way[call].cancel()
        return {}

    operations = {"cancel": cancel, **operations}
    async for line in reader:
        request = json.loads(line)
        if request["op"] in operations:
            under_way[request["id"]] = asyncio.create_task(answer(**request))
        else:
            write(json.dumps({"id": request["id"], "unsupported": request["op"]}).encode() + b"\n")
        if request["op"] == "bye":
            await under_way[request["id"]]
            return


async def _run(operation, arguments):
    result = operation(**_known(operation, arguments))
    if not inspect.isawaitable(result):
        return result
    # An operation that takes timeout_ms knows by itself what to do when it is over.
    own = "timeout_ms" in inspect.signature(operation).parameters
    try:
        async with asyncio.timeout(None if own else arguments["timeout_ms"] / 1000):
            return await result
    except TimeoutError:
        raise Refused("deadline") from None


def _known(operation, arguments):
    return {
        name: arguments[name]
        for name in inspect.signature(operation).parameters
        if name in arguments
    }


async def _lines():
    loop = asyncio.get_running_loop()
    if "QPC_RUNNER" in os.environ:
        host, port = os.environ["QPC_RUNNER"].rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_LINE)
        return reader, writer.write
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader, _print


def _print(line):
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
