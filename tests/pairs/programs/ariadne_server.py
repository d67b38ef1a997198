"""ariadne: GraphQL of which only the newer subprotocol for subscriptions is served."""

import asyncio
import sys

import uvicorn
from ariadne import QueryType, SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler

TYPES = "type Query { tree: String } type Subscription { counted(name: String!, upto: Int!): String }"
subscription = SubscriptionType()


@subscription.source("counted")
async def count(_root, _info, name, upto):
    for number in range(upto):
        await asyncio.sleep(0.01)
        yield f"{name} {number}"


@subscription.field("counted")
def counted(value, _info, **_):
    return value


schema = make_executable_schema(TYPES, QueryType(), subscription)
app = GraphQL(schema, websocket_handler=GraphQLTransportWSHandler())
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[-1]), log_level="warning")
