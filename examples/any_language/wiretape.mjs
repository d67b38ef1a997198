// Recorded sessions in tests of any runner (vitest, node:test, jest), by `wiretape replay FOLDER --control -- COMMAND`.

async function ask(method, url, body) {
  const answer = await fetch(url, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`wiretape: ${json.wiretape.error}: ${json.wiretape.why}`);
  return json;
}

/** Begin a session; end it yourself. Options: mode, lifetime, speed, deadline, ignore, bind, match_on, strict_order. */
export async function begin(cassette, options = {}) {
  const control = process.env.WIRETAPE_CONTROL;
  if (!control) throw new Error("wiretape: WIRETAPE_CONTROL is not set: run the tests by wiretape replay --control");
  const session = await ask("POST", `${control}/tests`, { cassette, ...options });
  return {
    url: session.url,
    wsUrl: session.ws_url,
    upstreams: session.upstreams,
    report: () => ask("GET", session.test),
    end: (passed = true) => ask("DELETE", session.test, { passed }),
  };
}

/** Run a function with a session; throw its error, or else the report of what did not go as recorded. */
export async function withCassette(cassette, options, run) {
  const session = await begin(cassette, options);
  let result;
  try {
    result = await run(session);
  } catch (error) {
    await session.end(false);
    throw error;
  }
  const report = await session.end(true);
  if (!report.ok) throw new Error(`wiretape: ${report.text}`);
  return result;
}
