// Show the steps of a session that starts; open the page Monitor when it has begun.
import { announce, element, receive } from "/static/console.js";

const panel = document.getElementById("starting");
const part = (name) => document.getElementById(name);

const stop = receive(panel.dataset.steps, (progress) => {
  const shown = part("steps").children.length;
  part("steps").append(...progress.steps.slice(shown).map((text) => element("li", text)));
  part("output").textContent = progress.output;
  part("printed").hidden = !progress.output;
  if (progress.phase === "begun") {
    stop();
    announce(panel.dataset.begun);
    window.location.replace("/monitor");
  } else if (progress.phase === "failed") {
    stop();
    part("outcome").textContent = panel.dataset.failed;
    part("outcome").hidden = false;
    part("printed").open = true;
  }
});
