import { byId, element } from "./element.js";
import { go } from "./views.js";

// What a red test leaves on top: its problems. A click on one shows the message or exchange that it names.
const PROBLEM = "#problem-";

// Events that a problem may be about, in the order of time; the first is the place to show.
function placeOf(problem, events) {
  const own = events.filter((event) => event.x === problem.x);
  const sent = own.filter((event) => event.dir === ">" && (event.kind === "text" || event.kind === "binary"));
  return sent[problem.message - 1] ?? own[0];
}

export function showProblems(data, session, choose) {
  if (!data.problems) return;
  const open = (number) => {
    if (session === data.other) go(`${PROBLEM}${number}`);
    else choose(placeOf(data.problems[number], session.events));
  };
  byId("problems").hidden = false;
  byId("problems").replaceChildren(
    element("h2", {}, data.test),
    ...data.problems.map((problem, number) => shown(problem, () => open(number), data.exchanges)),
  );
  const number = location.hash.startsWith(PROBLEM) ? Number(location.hash.slice(PROBLEM.length)) : -1;
  if (data.problems[number]) open(number);
}

function shown(problem, open, exchanges) {
  let title = element("strong", {}, problem.title);
  if (exchanges?.[problem.x]) {
    title = element("button", { type: "button", className: "place" }, problem.title);
    title.addEventListener("click", open);
  }
  return element("div", { className: "problem" }, title, element("pre", {}, problem.lines.join("\n")));
}
