import assert from "node:assert/strict";
import { test } from "node:test"; // with vitest: import { expect, test } from "vitest";
import { withCassette } from "./wiretape.mjs";

test("lists items", () =>
  withCassette("items", { ignore: ["query.t"] }, async ({ url }) => {
    const answer = await fetch(`${url}/items?t=${Date.now()}`);
    assert.deepEqual(await answer.json(), [{ id: 1 }]);
  }));

test("streams an answer", () =>
  withCassette("chat", {}, async ({ url }) => {
    const answer = await fetch(`${url}/chat`, { method: "POST", body: '{"stream":true}' });
    assert.match(await answer.text(), /data: \[DONE\]/);
  }));
