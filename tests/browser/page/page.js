// What a page does with the client, recorded for the test.
import { EventsClient } from "/static/events/client.js";

const record = { states: [], calls: [], refusals: [], violations: [] };

/** Make the page's client; the tokens are what its token function returns in turn. */
function connect({ tokens, ...options }, listeners) {
  window.client = new EventsClient("/api/ws/events", {
    ...options,
    ...(tokens && { token: async () => tokens.shift() }),
    onState: (state) => record.states.push(state),
    onRefused: (refusal) => record.refusals.push(refusal ?? null),
  });
  for (const [name, tag] of Object.entries(listeners)) listen(name, tag);
}

/** Note each call under that name, and then throw if the handler is to be a bad one. */
function listen(name, tag, fault) {
  const handler = ({ type, ...id }) => {
    record.calls.push([name, type, ...Object.values(id)]);
    if (fault) throw new Error(fault);
  };
  window.stop[name] = window.client.on(...tag, handler);
}

document.addEventListener("securitypolicyviolation", (event) => record.violations.push(event.violatedDirective));
Object.assign(window, { record, connect, listen, stop: {} });
