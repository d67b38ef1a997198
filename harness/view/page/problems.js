import { byId, element } from "./element.js";

// What a red test leaves on top: its problems, and the choice between the recorded session and the one that came.
// The choice stands in the URL's fragment, and the page begins again with it.
const ACTUAL = "#actual";
const PROBLEM = "#problem-";

export function chosenSession(data) {
  return location.hash === ACTUAL && data.actual ? data.actual : data;
}

function go(hash) {
  location.hash = hash;
  location.reload();
}

// Events that a problem may be about, in the order of time; the first is the place to show.
function placeOf(problem, events) {
  const own = events.filter((event) => event.x === problem.x);
  const sent = own.filter((event) => event.dir === ">" && (event.kind === "text" || event.kind === "binary"));
  return sent[problem.message - 1] ?? own[0];
}

export function showProblems(data, session, choose) {
  if (!data.problems) return;
  const isActual = session !== data;
  const open = (number) => {
    if (isActual) go(`${PROBLEM}${number}`);
    else choose(placeOf(data.problems[number], session.events));
  };
  byId("problems").hidden = false;
  byId("problems").replaceChildren(
    element("h2", {}, data.test),
    ...data.problems.map((problem, number) => shown(problem, () => open(number), data.exchanges)),
    ...(data.actual ? [sessions(isActual)] : []),
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

function sessions(isActual) {
  const choice = (text, hash, isPressed) => {
    const button = element("button", { type: "button" }, text);
    button.setAttribute("aria-pressed", String(isPressed));
    button.addEventListener("click", () => isPressed || go(hash));
    return button;
  };
  return element("p", {}, choice("recorded session", "#recorded", !isActual), " ", choice("what came", ACTUAL, isActual));
}
