// The log of the chat page: messages, and notices between them.

import { element } from "./answer.js";

const NEAR = 120; // pixels from the end: whoever is there follows what comes
const log = document.getElementById("log");

let isFollowed = true;

log.addEventListener("scroll", () => {
  isFollowed = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
});
log.addEventListener("load", follow, true); // a picture has got its height

function follow() {
  if (isFollowed) log.scrollTop = log.scrollHeight;
}

// Puts a box at the end, or tells that one has grown.
export function show(box) {
  if (!box.isConnected) log.append(box);
  follow();
}

export function clear() {
  log.querySelectorAll("article, .notice").forEach((each) => each.remove());
  isFollowed = true;
}

// Something to be seen and read out at once; the actions are buttons by their names.
export function notice(text, actions = {}) {
  const box = element("div", { class: "notice", role: "alert" });
  box.append(element("p", {}, text));
  for (const [name, action] of Object.entries(actions)) {
    const button = element("button", { type: "button" }, name);
    button.addEventListener("click", () => {
      box.remove();
      action();
    });
    box.append(button);
  }
  show(box);
}

// Tells of an error; of a refused token with a way out.
export function complain(error) {
  if (error.status !== 401) {
    notice(error.message);
    return;
  }
  notice(`${error.message}: the service does not take the token.`, {
    "Sign in again": () => location.assign("/.wiretape/sign-in"),
  });
}
