// The dialog of the pages Monitor and Review that asks for the reason of an exclusion.

const dialog = document.getElementById("exclusion");
const form = dialog.querySelector("form");
const missing = dialog.querySelector("[data-missing]");
const button = form.querySelector('button[type="submit"]');
const usual = button.textContent;
let give = () => {};

/** Ask for a reason. `what`: what is left out; `onReason` receives the fields; `label`: text of the button. */
export function askReason(what, onReason, label = usual) {
  give = onReason;
  form.reset();
  missing.hidden = true;
  dialog.querySelector("[data-what]").textContent = what;
  button.textContent = label;
  dialog.showModal();
}

/** Whether the dialog is open. */
export const isAsking = () => dialog.open;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  missing.hidden = Boolean(fields.reason || fields.details.trim());
  if (!missing.hidden) return;
  dialog.close();
  give(fields);
});
dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
