/**
 * Keeps a page of the console right: each element with `data-stale="type type:id"` is fetched anew when a frame names
 * one of its tags. A burst of frames costs one fetch per element and REST_MS, and the last frame is never the one
 * that is left out.
 */
import { EventsClient } from "../events/client.js";

const REST_MS = 400;
const RETRY_MS = 2_000;
const FORBIDDEN = 403;

const badge = document.getElementById("connection");
const parts = [...document.querySelectorAll("[data-stale]")].map((element) => ({ element, refresh: refresher(element) }));
const position = document.body.dataset.position || undefined;
let knows = position !== undefined; // Whether what the page shows is known to be told of.

const events = new EventsClient("/api/ws/events", {
  position,
  onState(state) {
    badge.textContent = badge.dataset.state = state;
    if (state === "connected" && !knows) {
      knows = true;
      for (const { refresh } of parts) refresh();
    }
  },
  onRefused: (refusal) => (refusal?.status_code === FORBIDDEN ? (badge.textContent = "not allowed") : location.reload()),
});
for (const { element, refresh } of parts) {
  for (const tag of element.dataset.stale.split(" ")) events.on(...tag.split(":"), refresh);
}

/** Return a function that has the element fetched now, or as soon as it has rested from the last time. */
function refresher(element) {
  let isResting = false, isStale = false;
  return function refresh() {
    if (isResting) return void (isStale = true);
    isResting = true;
    htmx.trigger(element, "stale");
    setTimeout(() => {
      isResting = false;
      if (isStale) (isStale = false), refresh();
    }, REST_MS);
  };
}

/** What could not be fetched stays stale, so it is fetched again; what is refused says so as a page of its own. */
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(failure, ({ detail: { elt, xhr } }) => {
    if (xhr.status >= 400 && xhr.status < 500) return location.reload();
    elt.dataset.isOld = "";
    setTimeout(() => parts.find(({ element }) => element === elt)?.refresh(), RETRY_MS);
  });
}
document.body.addEventListener("htmx:afterSwap", ({ detail: { elt } }) => {
  delete elt.dataset.isOld;
  localize(elt);
});

/** Write times as the reader's own clock shows them. */
function localize(root) {
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.title = time.dateTime;
    time.textContent = isToday
      ? at.toLocaleTimeString()
      : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}
localize(document);
