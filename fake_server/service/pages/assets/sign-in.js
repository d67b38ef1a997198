// Signs in: the service says what a browser would hold afterwards, and this page writes it where MSAL.js would.

import { keepSignIn } from "./renewal.js";
import { forgetTokens } from "./tokens.js";

const SIGN_IN = "/.wiretape/sign-in";
const settings = JSON.parse(document.getElementById("settings").textContent);
const form = document.getElementById("form");
const asked = new URLSearchParams(location.search);

function say(text) {
  document.getElementById("state").textContent = text;
}

async function call(method, path) {
  const answer = await fetch(path, { method, signal: AbortSignal.timeout(30000) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message ?? `the service answered ${answer.status}`);
  return body;
}

async function signIn(event) {
  event?.preventDefault();
  say("Signing in");
  const wishes = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  try {
    const signed = await call("POST", `${SIGN_IN}?${wishes}`);
    forgetTokens();
    say(signed.after ? `Signed in; the token comes in ${signed.after} s` : "Signed in");
    setTimeout(() => {
      keepSignIn(signed, wishes);
      location.assign("/");
    }, signed.after * 1000);
  } catch (error) {
    say(`Not signed in: ${error.message}`);
  }
}

async function signOut() {
  forgetTokens();
  await attempt(() => call("DELETE", SIGN_IN), () => "Signed out");
}

async function expire() {
  await attempt(
    () => call("POST", "/.wiretape/expire"),
    (ended) => `Tokens that have expired: ${ended.expired}`,
  );
}

async function attempt(action, told) {
  try {
    say(told(await action()));
  } catch (error) {
    say(`That did not work: ${error.message}`);
  }
}

for (const shape of settings.shapes) {
  form.shape.add(new Option(`${shape.name}: ${shape.about}`, shape.name));
}
form.account.value = asked.get("account") ?? settings.account;
form.after.value = asked.get("after") ?? "";
const wanted = asked.get("shape") ?? settings.shapes[0].name;
const isKnown = settings.shapes.some((shape) => shape.name === wanted);
if (isKnown) form.shape.value = wanted;
form.addEventListener("submit", signIn);
document.getElementById("sign-out").addEventListener("click", signOut);
document.getElementById("expire").addEventListener("click", expire);
if (!isKnown) say("There is no such way to keep a token");
else if (asked.has("auto")) signIn();
