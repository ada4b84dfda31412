// The page Review: commands of the analysis with their progress.
import { announce, receive, send } from "/static/console.js";

const panel = document.getElementById("jobs");
if (panel) {
  const part = (name) => panel.querySelector(`[data-${name}]`);
  const bar = panel.querySelector("progress");
  const starters = [...panel.querySelectorAll("[data-job]")];

  function show(job) {
    if (!job) return;
    const isRunning = job.state === "running";
    part("progress").hidden = false;
    part("sentence").textContent = job.sentence;
    part("output").textContent = job.output;
    part("stop").hidden = !isRunning;
    bar.hidden = !isRunning;
    if (job.total) [bar.max, bar.value] = [job.total, job.done];
    else bar.removeAttribute("value");
    for (const button of starters) button.disabled = isRunning;
  }

  function follow() {
    let last = null;
    receive(
      "/review/jobs/events",
      (job) => show((last = job)),
      () => last && last.state === "done" && location.reload(),
    );
  }

  for (const button of starters)
    button.addEventListener("click", () =>
      send(`/review/jobs/start/${button.dataset.job}`).then((job) => (show(job), follow()), (error) => announce(error.message)),
    );
  part("stop").addEventListener("click", () => send("/review/jobs/stop"));
  if (panel.dataset.running) follow();
}
