/**
 * Keeps a page of the console right: each element with `data-stale="type type:id"` is fetched anew when a frame names
 * one of its tags. A burst of frames costs one fetch per element and REST_MS, and the last frame is never the one
 * that is left out. What a person types, and what has the focus, stays.
 */
import { EventsClient } from "../events/client.js";

const REST_MS = 400;
const RETRY_MS = 2_000;
const UNAUTHORIZED = 401, FORBIDDEN = 403;

const badge = document.getElementById("connection"), signIn = document.getElementById("sign-in");
const parts = [...document.querySelectorAll("[data-stale]")].map((element) => ({ element, refresh: refresher(element) }));
connect(document.body.dataset.position || undefined);

/** Hear what becomes stale; without a position it is unknown what the page shows, so all of it is fetched once. */
function connect(position) {
  let knows = position !== undefined;
  const events = new EventsClient("/api/ws/events", {
    position,
    onState(state) {
      badge.textContent = badge.dataset.state = state;
      if (state === "connected" && !knows) {
        knows = true;
        for (const { refresh } of parts) refresh();
      }
    },
    onRefused: (refusal) => (refusal?.status_code === FORBIDDEN ? tell(FORBIDDEN) : leave(UNAUTHORIZED)),
  });
  for (const { element, refresh } of parts) {
    for (const tag of element.dataset.stale.split(" ")) events.on(...tag.split(":"), refresh);
  }
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
    if (xhr.status >= 400 && xhr.status < 500) return leave(xhr.status);
    elt.dataset.isOld = "";
    refreshLater(elt, RETRY_MS);
  });
}

function refreshLater(element, afterMs) {
  setTimeout(() => parts.find((part) => part.element === element).refresh(), afterMs);
}

/** Load the page anew, which leads to the login or says why it is refused; one that is typed into only tells. */
function leave(status) {
  if (document.querySelector("[data-is-dirty]")) tell(status);
  else location.reload();
}

function tell(status) {
  badge.textContent = status === UNAUTHORIZED ? "signed out" : "not allowed";
  badge.dataset.state = "offline";
  signIn.hidden = status !== UNAUTHORIZED;
}

/** Whoever has signed in anew in another tab goes on here: what is typed is sent by the new session. */
addEventListener("focus", async () => {
  if (signIn.hidden) return;
  const answer = await fetch(location.pathname);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector("footer [name=csrfmiddlewaretoken]")?.value;
  if (token === undefined || signIn.hidden) return;
  for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
  signIn.hidden = true;
  connect();
});
document.addEventListener("input", ({ target }) => target.form?.setAttribute("data-is-dirty", ""));

/** A second click sends nothing, unless the reader has come back to the form, or nothing came of the first for long. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("aria-busy")) return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  setTimeout(() => form.removeAttribute("aria-busy"), htmx.config.timeout);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) form.removeAttribute("aria-busy");
});

/** What is pressed is not replaced, or the browser would not take what is let go for the same: a click, lost. */
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.elt.querySelector(":active")) return;
  detail.shouldSwap = false;
  refreshLater(detail.elt, REST_MS);
});

/** htmx finds what has the focus by its id; this is for what stays, which not every browser can move with its focus. */
let focused;
document.body.addEventListener("htmx:beforeSwap", () => {
  const element = document.activeElement;
  focused = { element, selection: [element.selectionStart, element.selectionEnd] };
});
document.body.addEventListener("htmx:afterSwap", ({ detail: { elt } }) => {
  delete elt.dataset.isOld;
  localize(elt);
  const { element, selection } = focused;
  if (!element.isConnected || element === document.activeElement) return;
  element.focus({ preventScroll: true });
  if (selection[0] != null) element.setSelectionRange(...selection);
});

/** Whoever closes a question is back at the button that asked it, which may be another one by now. */
document.addEventListener("toggle", ({ target, newState }) => {
  const isElsewhere = document.activeElement !== document.body && !target.contains(document.activeElement);
  if (newState !== "closed" || isElsewhere) return;
  document.querySelector(`[popovertarget="${target.id}"]`)?.focus({ preventScroll: true });
}, true);

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
