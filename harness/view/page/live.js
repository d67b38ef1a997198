import { byId } from "./element.js";

// A session that goes on: the page asks its server for what it lacks, and rests as long as the answer took. The server
// does not read the session for each question.
const SHORTEST_REST = 400;
const MOST_FAILURES = 3;

export async function follow(session, onNews) {
  let [epoch, state, failures] = [0, -1, 0];
  let isOver = false;
  byId("live").hidden = false;
  tell("live: nothing has passed yet");
  while (!isOver && failures < MOST_FAILURES) {
    const begun = performance.now();
    try {
      const answer = await fetch(`${location.pathname}/session?epoch=${epoch}&known=${session.events.length}&state=${state}`);
      if (answer.status === 200) {
        const news = await answer.json();
        ({ epoch, state, isOver } = news);
        take(session, news);
        onNews();
        tell(session.events.length ? "live" : "live: nothing has passed yet");
      }
      failures = answer.ok ? 0 : failures + 1;
    } catch {
      failures += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(SHORTEST_REST, performance.now() - begun)));
  }
  tell(isOver ? "the session is over; this page keeps it until you close it" : "the server is gone; this page keeps what it has");
}

// The session with its news. Events of an earlier epoch go: one of them may hold what is known as a secret now.
function take(session, news) {
  session.events = [...session.events.slice(0, news.from), ...news.events];
  session.exchanges = news.exchanges;
  session.about = news.about;
}

function tell(text) {
  byId("live").textContent = text;
}
