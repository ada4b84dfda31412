// The page Rate: pictures of a trial, and keys for the answers.
const rating = document.getElementById("rating");
const form = rating.querySelector("form");
const picture = rating.querySelector("[data-picture]");
const slider = rating.querySelector("[data-slider]");

function show(position) {
  slider.value = position;
  const text = rating.dataset.text.replace("{position}", Number(slider.value) + 1).replace("{pictures}", Number(slider.max) + 1);
  picture.src = `${rating.dataset.address}/${slider.value}`;
  picture.alt = text;
  rating.querySelector("[data-caption]").textContent = text;
}

function choose(name, value) {
  const choice = [...form.elements[name]].find((one) => one.value === value);
  choice.checked = true;
  choice.focus();
}

const expressions = [...form.querySelectorAll('[name="expression"]')];
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches('input:not([type="radio"]):not([type="range"]), summary, button, a');
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping) return;
  const key = event.key.toLowerCase();
  if (key === "y" || key === "n") choose("usable", key === "y" ? "yes" : "no");
  else if (/^[1-9]$/.test(key) && expressions[key - 1]) choose("expression", expressions[key - 1].value);
  else if (slider && (key === "j" || key === "k")) show(Number(slider.value) + (key === "k" ? 1 : -1));
  else if (key === "enter") form.requestSubmit();
  else return;
  event.preventDefault();
});
if (slider) slider.addEventListener("input", () => show(slider.value));
