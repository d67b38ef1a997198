import { element } from "./element.js";
import { detailOf } from "./detail.js";

// Two sessions as one: the other one's exchanges follow, and each row has an event of both, or of one.
export function bothSessions(data) {
  const { other } = data;
  const shift = data.exchanges.length;
  const ofSide = (session, side, from) => session.events.map((event) => ({ ...event, side, number: event.x, x: event.x + from }));
  const events = [ofSide(data, "A", 0), ofSide(other, "B", shift)];
  const exchanges = [data, other].flatMap((session, at) =>
    session.exchanges.map((exchange, number) => ({ ...exchange, side: "AB"[at], number })),
  );
  const pairs = data.rows.map(([one, next, state, changes]) => ({ one: events[0][one], other: events[1][next], state, changes }));
  return { title: `${data.title} (A) and ${other.title} (B)`, about: data.about, exchanges, events: events.flat(), pairs };
}

export const differs = (pair) => pair.state !== "same" && pair.state !== "part";

export function keepsPair(keeps, onlyDifferences) {
  return (pair) => (!onlyDifferences || pair.state !== "same") && [pair.one, pair.other].some((event) => event && keeps(event));
}

// The number of the next difference in a direction (1 or -1); -1 if there is none.
export function nextDifference(pairs, from, step) {
  for (let at = from + step; at >= 0 && at < pairs.length; at += step) if (differs(pairs[at])) return at;
  return -1;
}

export function pairDetail(pair, session, goTo) {
  const column = (event) => {
    const part = element("section", {}, element("p", { className: "side" }, event.side), ...detailOf(event, session, goTo));
    part.setAttribute("aria-label", event.side);
    return part;
  };
  const columns = [pair.one, pair.other].filter((event) => event).map(column);
  return [...changesOf(pair), element("div", { className: "columns" }, ...columns)];
}

const SENTENCES = { removed: "Only A has this.", added: "Only B has this." };

function changesOf(pair) {
  if (pair.state in SENTENCES) return [element("p", { className: "difference" }, SENTENCES[pair.state])];
  return pair.changes.map(([what, field, one, other]) => {
    const [before, after] = middles(one, other);
    return element(
      "div",
      { className: "difference" },
      element("strong", {}, `${what} ${field}`.trim()),
      element("pre", { className: "removed" }, "A ", ...before),
      element("pre", { className: "added" }, "B ", ...after),
    );
  });
}

// Both texts, with what lies between their common beginning and end marked.
function middles(one, other) {
  const [first, second] = [[...one], [...other]];
  const shorter = Math.min(first.length, second.length);
  let begin = 0;
  while (begin < shorter && first[begin] === second[begin]) begin += 1;
  let end = 0;
  while (end < shorter - begin && first.at(-1 - end) === second.at(-1 - end)) end += 1;
  const parts = (letters, name) => [
    letters.slice(0, begin).join(""),
    element(name, {}, letters.slice(begin, letters.length - end).join("")),
    letters.slice(letters.length - end).join(""),
  ];
  return [parts(first, "del"), parts(second, "ins")];
}
