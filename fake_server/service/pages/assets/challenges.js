// Answers to the challenges that a program can answer (docs/protocol.md §4.7). A person's check is a button here.

const MOST_TRIES = 1 << 20;

// The command that answers, or null: then a person has to.
export async function answerTo(challenge, settings) {
  const solve = { hashcash: () => hashcash(challenge.parameter, settings.hashcashDigits), copilot: () => copilot(challenge.parameter) };
  const known = solve[challenge.method];
  const token = known ? await known() : null;
  return token === null ? null : response(challenge, challenge.method, token);
}

// What a page sends once a person has passed the check. The fake takes any token.
export function personsAnswer(challenge) {
  return response(challenge, "cloudflare", "a-person-has-pressed-the-button");
}

function response(challenge, method, token) {
  return { event: "challengeResponse", token, method, id: challenge.id };
}

function copilot(parameter) {
  const a = Number(parameter);
  return String(Math.floor((((a * a * a) / 100 + 25 * a) % 22) + 0.5));
}

async function hashcash(parameter, countsDigits) {
  if (!crypto.subtle) return null; // not on pages that come by http from another machine
  const colon = parameter.lastIndexOf(":");
  const bits = Number(parameter.slice(colon + 1)) * (countsDigits ? 4 : 1);
  const lead = countsDigits ? `${parameter}:` : parameter.slice(0, colon);
  for (let number = 0; number < MOST_TRIES; number += 1) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lead + number));
    if (zeroBits(new Uint8Array(digest)) >= bits) return String(number);
  }
  return null;
}

function zeroBits(digest) {
  const first = digest.findIndex((byte) => byte !== 0);
  return first < 0 ? 256 : 8 * first + Math.clz32(digest[first]) - 24;
}
