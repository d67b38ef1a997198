// Messages as they are shown. All text that comes from the service goes in as text, never as markup.

export function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// A picture of the service's own: by its path, so that it comes from where the page came from.
function pictureUrl(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

// One message of either side; `box` is to be put into the log.
export class Message {
  constructor(author) {
    this.box = element("article", { class: author, "aria-label": author === "human" ? "You" : "Answer" });
    this.body = element("div");
    this.box.append(this.body);
    this.parts = new Map();
    this.sources = null;
    this.suggestions = null;
  }

  // Adds to a part's text, or puts another text in its place.
  write(partId, text, { replaces = false } = {}) {
    const part = this.#part(partId, () => element("p", { class: "text" }));
    part.textContent = replaces ? text : part.textContent + text;
  }

  think(text) {
    const thought = this.#part("(reasoning)", () => {
      const details = element("details", { class: "reasoning", open: "" });
      details.append(element("summary", {}, "Reasoning"), element("p", { class: "text" }));
      return details;
    });
    thought.lastChild.textContent += text;
  }

  cite(title, url, publisher) {
    if (!this.sources) {
      this.sources = element("ol", { class: "sources", "aria-label": "Sources" });
      this.body.after(this.sources);
    }
    const item = element("li");
    item.append(link(title || url, url), publisher ? ` (${publisher})` : "");
    this.sources.append(item);
  }

  drawing(partId, prompt) {
    const figure = this.#figure(partId);
    figure.setAttribute("aria-busy", "true");
    figure.lastChild.textContent = prompt ? `Drawing: ${prompt}` : "Drawing";
    figure.dataset.prompt = prompt ?? "";
  }

  preview(partId, content) {
    this.#show(partId, `data:image/jpeg;base64,${content}`);
  }

  drawn(partId, url, caption) {
    const figure = this.#show(partId, pictureUrl(url));
    figure.removeAttribute("aria-busy");
    figure.lastChild.textContent = caption ?? figure.dataset.prompt ?? "";
    figure.querySelector("img").alt = figure.lastChild.textContent || "Picture";
  }

  failedToDraw(partId) {
    const figure = this.#figure(partId);
    figure.removeAttribute("aria-busy");
    figure.lastChild.textContent = "The picture could not be drawn";
  }

  // What a history holds of a message.
  fill(content) {
    for (const [number, part] of content.entries()) {
      const id = part.partId ?? `(${number})`;
      if (part.type === "text") this.write(id, part.text);
      else if (part.type === "citation") this.cite(part.title, part.url, part.publisher);
      else if (part.type === "image") this.drawn(id, part.url);
      else this.write(id, `[${part.type}]`);
    }
    return this;
  }

  // Buttons under the message; `choose` gets the chosen text.
  suggest(id, text, choose) {
    if (!this.suggestions) {
      this.suggestions = element("div", { class: "suggestions" });
      this.box.append(this.suggestions);
    }
    let button = this.parts.get(`suggestion ${id}`);
    if (!button) {
      button = element("button", { type: "button" });
      button.addEventListener("click", () => choose(button.textContent));
      this.parts.set(`suggestion ${id}`, button);
      this.suggestions.append(button);
    }
    button.textContent += text;
  }

  withdrawSuggestions() {
    this.suggestions?.remove();
  }

  #part(id, make) {
    if (!this.parts.has(id)) {
      const part = make();
      this.parts.set(id, part);
      this.body.append(part);
    }
    return this.parts.get(id);
  }

  #figure(partId) {
    return this.#part(`picture ${partId}`, () => {
      const figure = element("figure");
      figure.append(element("figcaption"));
      return figure;
    });
  }

  #show(partId, source) {
    const figure = this.#figure(partId);
    const image = figure.querySelector("img") ?? element("img", { alt: "Unfinished picture" });
    image.src = source;
    if (!image.isConnected) figure.prepend(image);
    return figure;
  }
}

// A link to another site; what is no web address is shown as text.
function link(text, url) {
  const isWeb = /^https?:\/\//i.test(url);
  return isWeb ? element("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, text) : element("span", {}, text);
}
