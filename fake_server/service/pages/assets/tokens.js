// The token that this browser holds: in localStorage as MSAL.js or Auth0 keep it, or in this tab alone.

const IN_TAB = "wiretape.token";
const SCOPE = "ChatAI";

// The token as {token, identity}, or null. One that has expired, or is for another service, is passed over.
export function findToken() {
  const entries = Object.entries(localStorage).map(([key, text]) => [key, parse(text)]);
  return fromMsal(entries) ?? fromAuth0(entries) ?? parse(sessionStorage.getItem(IN_TAB));
}

export function keepInTab(memory) {
  sessionStorage.setItem(IN_TAB, JSON.stringify(memory));
}

export function forgetTokens() {
  localStorage.clear();
  sessionStorage.clear();
}

function fromMsal(entries) {
  const fitting = entries
    .map(([, value]) => value)
    .filter((value) => value?.credentialType === "AccessToken" && String(value.target).includes(SCOPE))
    .filter((value) => Number(value.expiresOn) > now())
    .sort((one, other) => other.expiresOn - one.expiresOn);
  return fitting.length ? { token: fitting[0].secret, identity: "msa" } : null;
}

function fromAuth0(entries) {
  const found = entries.find(
    ([key, value]) => key.includes("offline_access") && value?.body?.access_token && value.expiresAt > now(),
  );
  return found ? { token: found[1].body.access_token, identity: "google" } : null;
}

function now() {
  return Date.now() / 1000;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
