"""python-socketio on uvicorn: echoes, answers, and says good day by itself."""

import sys

import socketio
import uvicorn

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@server.event
async def connect(sid, environ, auth):
    await server.emit("welcome", {"known": bool(auth and auth.get("token"))}, to=sid)


@server.event
async def ask(sid, text):
    await server.emit("told", {"text": f"about {text}"}, to=sid)
    return f"heard {text}"


@server.event
async def leave(sid):
    await server.disconnect(sid)


app = socketio.ASGIApp(server)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
