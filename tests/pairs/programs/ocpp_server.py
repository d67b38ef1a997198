"""A central system of charging stations, OCPP 1.6: the package ocpp on websockets. It asks each station once, too."""

import asyncio
import sys
from datetime import UTC, datetime

import websockets
from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result


def now():
    return datetime.now(UTC).isoformat()


class Station(ChargePoint):
    @on("BootNotification")
    def booted(self, **_):
        return call_result.BootNotification(current_time=now(), interval=10, status="Accepted")

    @after("BootNotification")
    async def asked(self, **_):
        await self.call(call.GetConfiguration(key=["colour"]))

    @on("StartTransaction")
    def started(self, **_):
        number = 10_000 + datetime.now(UTC).microsecond
        return call_result.StartTransaction(transaction_id=number, id_tag_info={"status": "Accepted"})

    @on("MeterValues")
    def measured(self, **_):
        return call_result.MeterValues()

    @on("Heartbeat")
    def alive(self):
        return call_result.Heartbeat(current_time=now())

    @on("StopTransaction")
    def stopped(self, **_):
        return call_result.StopTransaction()


async def serve(socket):
    await Station(socket.request.path.rsplit("/", 1)[-1], socket).start()


async def main():
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), subprotocols=["ocpp1.6"]):
        await asyncio.Future()


asyncio.run(main())
