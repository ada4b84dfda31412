// Shared by all pages: send a form's fields, receive events, make elements, announce a sentence to screen readers.

/** Send fields to an address of the console; return the answer. Throws an Error with the console's sentence. */
export async function send(address, fields = {}) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
  if (!answer.ok) throw new Error((await answer.text()).trim() || String(answer.status));
  const type = answer.headers.get("Content-Type") || "";
  return type.startsWith("application/json") ? answer.json() : answer.text();
}

/** Receive the values of an event stream; returns a function that stops it. `onLost`: the console does not answer. */
export function receive(address, onValue, onEnd = () => {}, onLost = () => {}) {
  const source = new EventSource(address);
  source.onerror = onLost;
  source.onmessage = (event) => onValue(JSON.parse(event.data));
  source.addEventListener("end", () => {
    source.close();
    onEnd();
  });
  return () => source.close();
}

/** Return a new element with a text and, if given, a class. */
export function element(tag, text, name = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

/** Show a sentence in the status line, where screen readers announce it. */
export function announce(sentence) {
  document.getElementById("announcements").textContent = sentence;
}
