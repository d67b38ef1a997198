// Whether the filters keep an event; a function of the event and the choices, without a document.
export function keeps(choice) {
  const words = choice.search.toLowerCase();
  return (event) =>
    (choice.beats || !event.beat) &&
    (!choice.errors || event.error) &&
    (!choice.direction || event.dir === choice.direction) &&
    (!choice.event || (event.name || event.kind) === choice.event) &&
    (choice.exchange === "" || event.x === Number(choice.exchange)) &&
    event.size >= choice.size &&
    event.at >= choice.from * 1e6 &&
    event.at <= choice.until * 1e6 &&
    (!words || holds(event, words));
}

function holds(event, words) {
  return (
    event.name.toLowerCase().includes(words) ||
    (event.text ?? "").toLowerCase().includes(words) ||
    (event.headers ?? []).some((pair) => pair.join(": ").toLowerCase().includes(words))
  );
}
