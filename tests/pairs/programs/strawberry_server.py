"""A GraphQL service: strawberry on uvicorn. ``counted`` counts by itself."""

import asyncio
import sys
from collections.abc import AsyncGenerator

import strawberry
import uvicorn
from strawberry.asgi import GraphQL


@strawberry.type
class Query:
    @strawberry.field
    def greeting(self, name: str) -> str:
        return f"Hello, {name}"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def counted(self, name: str, upto: int) -> AsyncGenerator[str, None]:
        for number in range(upto):
            yield f"{name} {number}"
            await asyncio.sleep(0.02)


app = GraphQL(strawberry.Schema(Query, subscription=Subscription))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
