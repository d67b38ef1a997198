import { byId, element } from "./element.js";
import { bothSessions } from "./compare.js";

// Of two sessions the page shows both side by side, or one. The choice stands in the URL's fragment, and the page
// begins again with it.
const ONE = "#one";
const OTHER = "#other";

export function chosenSession(data) {
  if (!data.other || location.hash === ONE) return data;
  return location.hash === OTHER ? data.other : bothSessions(data);
}

export function go(hash) {
  location.hash = hash;
  location.reload();
}

export function showViews(data, session) {
  if (!data.other) return;
  const choice = (text, hash, isPressed) => {
    const button = element("button", { type: "button" }, text);
    button.setAttribute("aria-pressed", String(isPressed));
    button.addEventListener("click", () => isPressed || go(hash));
    return button;
  };
  byId("views").hidden = false;
  byId("views").replaceChildren(
    choice("side by side", "#both", Boolean(session.pairs)),
    choice(data.title, ONE, session === data),
    choice(data.other.title, OTHER, session === data.other),
  );
}
