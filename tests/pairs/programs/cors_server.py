"""A service that lets pages of any origin in: starlette and its CORS middleware, on uvicorn."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute


async def tree(request):
    asked = await request.json()
    return JSONResponse({"tree": asked["name"], "said": request.headers["x-asked-by"]})


async def talk(socket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"heard {text}")


middleware = [Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])]
routes = [Route("/tree", tree, methods=["POST"]), WebSocketRoute("/talk", talk)]
app = Starlette(routes=routes, middleware=middleware)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
