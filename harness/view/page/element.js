// Makes elements. Recorded content goes in as text only: no function here takes markup.
export const byId = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return made;
}

export const seconds = (microseconds) => (microseconds / 1e6).toFixed(3);
export const SENDERS = { ">": "client", "<": "server", "!": "recorder" };
