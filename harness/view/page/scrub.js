import { byId, seconds } from "./element.js";

// The answer up to a time, and how fast it came.
export function showAnswer(pieces, events, now) {
  const seen = pieces.filter((event) => event.at <= now);
  byId("clock").textContent = `${seconds(now)} s${pace(pieces, events)}`;
  byId("answer").textContent = seen.map((event) => event.piece).join("");
}

function pace(pieces, events) {
  if (!pieces.length) return "";
  const [first, last] = [pieces[0], pieces.at(-1)];
  const asked = events.findLast((event) => event.x === first.x && event.dir === ">" && !event.beat && event.at <= first.at);
  const took = (last.at - first.at) / 1e6;
  const rate = took > 0 ? `, ${(pieces.length / took).toFixed(1)} pieces a second` : "";
  return ` (first piece after ${seconds(first.at - (asked?.at ?? 0))} s${rate})`;
}
