// The page Monitor: show what the session publishes, ask for pictures while the page is visible, send commands.
import { announce, element, receive, send } from "/static/console.js";
import { askReason } from "/static/exclusion_dialog.js";

const PICTURE_MS = 400;
const page = document.getElementById("monitor");
const ending = document.getElementById("ending");
const { values: first, texts } = JSON.parse(document.getElementById("values").textContent);
let values = first;

// -- values
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function setList(name, entries, make) {
  const list = page.querySelector(`[data-list="${name}"]`);
  const key = JSON.stringify(entries);
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(...entries.map(make));
}

function eventLine(event) {
  const line = element("li", `${event.time}  ${event.text}`);
  if (event.trial) line.append(" ", element("span", `(${event.trial})`, "quiet"));
  if (event.undo && !values.events.some((one) => one.trial === event.trial && one.time > event.time && !one.undo)) {
    const button = element("button", texts.undo);
    button.type = "button";
    button.addEventListener("click", () => give("include", { trial: event.undo }));
    line.append(" ", button);
  }
  return line;
}

function show(next) {
  values = next;
  const isSession = next.phase !== "none";
  const is = {
    none: !isSession,
    session: isSession,
    over: isSession && !next.is_running,
    starting: next.phase === "starting",
    running: isSession && next.phase !== "starting",
    controlled: Boolean(next.is_controlled),
    well: isSession && next.warnings.length === 0,
    events: isSession && next.events.length > 0,
  };
  for (const place of page.querySelectorAll("[data-when]")) place.hidden = !is[place.dataset.when];
  if (!isSession) return;
  for (const place of page.querySelectorAll("[data-text]")) {
    const text = next.texts[place.dataset.text] || "";
    setText(place, text);
    if ("optional" in place.dataset) place.hidden = text === "";
  }
  page.querySelector("[data-phase]").className = `state ${next.phase}`;
  setList("steps", next.steps, (text) => element("li", text));
  setList("warnings", next.warnings, (text) => element("p", text, "message warning"));
  setList("events", next.events, eventLine);
  const bar = page.querySelector("[data-bar]");
  [bar.max, bar.value] = [Math.max(1, next.trials), next.trial_number];
  for (const [kind, phase] of [["pause", "running"], ["continue", "paused"]])
    page.querySelector(`[data-command="${kind}"]`).hidden = next.phase !== phase;
  page.querySelector("[data-exclude]").disabled = !next.can_exclude;
}

// -- pictures, only while the page is looked at
const seen = { camera: "", screen: "" };

async function showPicture(name) {
  const image = page.querySelector(`[data-live="${name}"]`);
  const isThere = name === "camera" ? values.has_camera : values.has_screen;
  if (!isThere) {
    image.hidden = true;
    seen[name] = "";
  }
  if (!values.is_controlled) return;
  const answer = await fetch(`/monitor/${values.key}/picture/${name}?seen=${seen[name]}`);
  if (answer.status !== 200 || !isThere) return;
  seen[name] = answer.headers.get("X-Written");
  const before = image.src;
  image.src = URL.createObjectURL(await answer.blob());
  image.hidden = false;
  if (before) URL.revokeObjectURL(before);
}

async function showPictures() {
  if (document.visibilityState === "visible" && values.is_controlled) {
    try {
      await showPicture("camera");
      await showPicture("screen");
    } catch {
      // the console is gone; the event stream says so
    }
  }
  setTimeout(showPictures, PICTURE_MS);
}

// -- commands
async function give(kind, fields = {}) {
  try {
    announce((await send(`/monitor/${values.key}/command/${kind}`, fields)).sentence);
    return true;
  } catch (error) {
    announce(error.message);
    return false;
  }
}

for (const button of page.querySelectorAll("[data-command]"))
  button.addEventListener("click", () => give(button.dataset.command));
page.querySelector("[data-end]").addEventListener("click", () => ending.showModal());
ending.querySelector("[data-confirm]").addEventListener("click", () => {
  ending.close();
  give("end");
});
page.querySelector("[data-exclude]").addEventListener("click", () => {
  const trial = values.trial; // the next one may begin while the dialog is open
  askReason(texts.what.replace("{trial}", trial), (fields) => give("exclude", { ...fields, trial }));
});
ending.querySelector("[data-cancel]").addEventListener("click", () => ending.close());
page.querySelector("[data-note]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (await give("note", { text: form.elements.text.value })) form.reset();
});

show(first);
showPictures();
receive("/monitor/events", (next) => {
  page.querySelector("[data-lost]").hidden = true;
  show(next);
}, undefined, () => (page.querySelector("[data-lost]").hidden = false));
