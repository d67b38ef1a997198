import { byId, seconds } from "./element.js";

// Seconds: pieces that came closer together were read at once, and their times tell no rate.
const SHORTEST_ANSWER = 0.01;

// The answer that grows at a time, and how fast it came.

// Each piece is of one turn: what follows one message of the client in one exchange.
export function turnsOf(events) {
  const open = new Map();
  const turns = [];
  for (const event of events) {
    if (event.dir === ">" && !event.beat) {
      open.set(event.x, { asked: event.at, pieces: [] });
    } else if (event.piece !== undefined) {
      const turn = open.get(event.x) ?? { asked: event.at, pieces: [] };
      open.set(event.x, turn);
      if (!turn.pieces.length) turns.push(turn);
      turn.pieces.push(event);
    }
  }
  return turns;
}

export function showClock(turns, exchange, now, from, isCompared) {
  const ofSide = (side) => turns.filter(({ pieces: [first] }) => first.side === side && (exchange === "" || String(first.x) === exchange));
  const paces = [showAnswer("answer", ofSide(isCompared ? "A" : undefined), now, from)];
  if (isCompared) paces.push(showAnswer("answer-other", ofSide("B"), now, from));
  byId("answer-other").hidden = !isCompared;
  byId("clock").textContent = `${seconds(now)} s${isCompared ? paces.map((text, at) => text && `; ${"AB"[at]}${text}`).join("") : paces[0]}`;
}

// Shows the last turn that has begun to be answered by then, from a time on; returns how fast it came.
function showAnswer(id, turns, now, from) {
  const turn = turns.findLast((each) => each.pieces[0].at <= now && each.pieces.at(-1).at >= from);
  const seen = turn?.pieces.filter((event) => event.at >= from && event.at <= now) ?? [];
  byId(id).textContent = seen.map((event) => event.piece).join("");
  return turn ? pace(turn) : "";
}

function pace({ asked, pieces }) {
  const took = (pieces.at(-1).at - pieces[0].at) / 1e6;
  const rate = took >= SHORTEST_ANSWER ? `, ${((pieces.length - 1) / took).toFixed(1)} pieces a second` : "";
  return ` (first piece after ${seconds(pieces[0].at - asked)} s${rate})`;
}
