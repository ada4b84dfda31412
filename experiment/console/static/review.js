// The page Review of one session: go through trials and pictures, exclude, take back.
import { announce, send } from "/static/console.js";
import { askReason, isAsking } from "/static/exclusion_dialog.js";

const viewer = document.getElementById("viewer");
const { trials, texts } = JSON.parse(document.getElementById("trials").textContent);
const address = location.pathname;
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
let chosen = 0;
let position = 0;
let isFilm = false;

// -- pictures
const part = (name) => viewer.querySelector(`[data-${name}]`);
const slider = viewer && part("slider").querySelector("input");
const count = () => (isFilm ? trials[chosen].film : trials[chosen].pictures.length);

function showPicture() {
  const trial = trials[chosen];
  part("stage").hidden = count() === 0;
  part("slider").hidden = count() < 2;
  if (count() === 0) return;
  const values = { number: chosen + 1, position: position + 1, pictures: count() };
  slider.max = count() - 1;
  slider.value = position;
  part("picture").src = `${address}/trial/${chosen}/${isFilm ? "film" : "frames"}/${position}`;
  part("picture").alt = fill(texts.picture, values);
  part("caption").textContent = `${position + 1} / ${count()} · ${isFilm ? texts.film : trial.pictures[position]}`;
}

function showTrial(number, { focus = false } = {}) {
  chosen = Math.max(0, Math.min(trials.length - 1, number));
  const trial = trials[chosen];
  isFilm = false;
  position = trial.best;
  part("heading").textContent = `${fill(texts.heading, { number: chosen + 1 })}${trial.attempt ? ` (${trial.attempt})` : ""}`;
  for (const place of viewer.querySelectorAll("[data-fact]"))
    place.textContent = place.dataset.fact === "target_text" ? `${trial.target} (${trial.expression})` : trial[place.dataset.fact];
  for (const place of viewer.querySelectorAll("[data-optional]")) place.hidden = !trial[place.dataset.optional];
  part("target").src = `${address}/trial/${chosen}/target`;
  part("target").alt = fill(texts.target, { target: trial.target });
  part("film").hidden = trial.film === 0;
  part("exclude-trial").hidden = trial.exclusion !== "";
  part("include-trial").hidden = trial.exclusion === "";
  for (const button of viewer.querySelectorAll("[data-trial]")) {
    const isChosen = Number(button.dataset.trial) === chosen;
    if (isChosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    if (isChosen && focus) button.scrollIntoView({ block: "nearest" });
  }
  setFilm(false);
}

function setFilm(on) {
  isFilm = on && trials[chosen].film > 0;
  position = isFilm ? Math.floor(trials[chosen].film / 2) : trials[chosen].best;
  part("film").setAttribute("aria-pressed", String(isFilm));
  showPicture();
}

function step(by) {
  position = Math.max(0, Math.min(count() - 1, position + by));
  showPicture();
}

// -- exclusions
function excludeTrial() {
  const { id, exclusion } = trials[chosen];
  if (exclusion) return;
  askReason(fill(texts.heading, { number: chosen + 1 }), (fields) => change("exclude", { ...fields, trial: id }));
}

function excludeSession() {
  askReason("", (fields) => change("exclude", { ...fields, trial: "" }), texts.excludeSession);
}

async function change(action, fields) {
  try {
    const answer = await send(`${address}/${action}`, fields);
    if (fields.trial === "") return location.reload();
    answer.trials.forEach((trial, number) => {
      trials[number] = trial;
      const state = viewer.querySelector(`[data-trial="${number}"] [data-verdict]`);
      state.className = `state ${trial.verdict}`;
      state.textContent = trial.verdict_text;
    });
    showTrial(chosen);
    announce(answer.sentence);
  } catch (error) {
    announce(error.message);
  }
}

for (const button of document.querySelectorAll("[data-exclude]")) button.addEventListener("click", excludeSession);
for (const button of document.querySelectorAll("[data-include]"))
  button.addEventListener("click", () => change("include", { trial: "" }));

const include = () => trials[chosen].exclusion && change("include", { trial: trials[chosen].id });
const KEYS = {
  ArrowLeft: () => showTrial(chosen - 1, { focus: true }),
  ArrowRight: () => showTrial(chosen + 1, { focus: true }),
  j: () => step(-1),
  k: () => step(1),
  x: excludeTrial,
  u: include,
  f: () => setFilm(!isFilm),
};

if (viewer) {
  for (const button of viewer.querySelectorAll("[data-trial]"))
    button.addEventListener("click", () => showTrial(Number(button.dataset.trial)));
  for (const button of viewer.querySelectorAll("[data-step]"))
    button.addEventListener("click", () => showTrial(chosen + Number(button.dataset.step)));
  slider.addEventListener("input", () => ((position = Number(slider.value)), showPicture()));
  part("film").addEventListener("click", () => setFilm(!isFilm));
  part("exclude-trial").addEventListener("click", excludeTrial);
  part("include-trial").addEventListener("click", include);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea, select, summary");
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || isTyping || isAsking() || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    action();
  });
  showTrial(0);
}
