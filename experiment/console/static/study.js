// The page Study shows the states again when a session begins, changes or ends.
import { receive } from "/static/console.js";

let known = null;

receive("/study/changes", async (sessions) => {
  const now = JSON.stringify(sessions);
  const isFirst = known === null;
  if (now === known) return;
  known = now;
  if (isFirst || document.getElementById("study").contains(document.activeElement)) return;
  const answer = await fetch("/study/table");
  if (answer.ok) document.getElementById("study").innerHTML = await answer.text();
});
