// What a sign-in leaves in this browser, and a new token by it: the service's page gets one without asking anybody.

import { keepInTab } from "./tokens.js";

const NOTE = "wiretape.sign-in";
const PATIENCE = 30000;

// Write what the service says that a browser holds, and how it was asked for.
export function keepSignIn(signed, wishes) {
  signed.entries.forEach(write);
  if (signed.memory) keepInTab(signed.memory);
  if (signed.entries.length) localStorage.setItem(NOTE, String(wishes));
}

// Whether this browser has signed in and not out, and now has a new token.
export async function renew() {
  const note = localStorage.getItem(NOTE);
  if (note === null) return false;
  const wishes = new URLSearchParams(note);
  wishes.set("again", "");
  const path = `/.wiretape/sign-in?${wishes}`;
  const answer = await fetch(path, { method: "POST", signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) return false;
  const signed = await answer.json();
  await new Promise((resolve) => setTimeout(resolve, signed.after * 1000));
  keepSignIn(signed, note);
  return true;
}

function write(entry) {
  const times = Object.entries(entry.seconds).map(([name, seconds]) => {
    const moment = Math.floor(Date.now() / 1000) + seconds;
    return [name, entry.asText ? String(moment) : moment];
  });
  const text = typeof entry.value === "string" ? entry.value : JSON.stringify({ ...entry.value, ...Object.fromEntries(times) });
  localStorage.setItem(entry.key, text);
}
