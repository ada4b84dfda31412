// The page Begin: the plan follows the entries; the live camera picture; the machine check; the confirmation.
import { announce, element, receive, send } from "/static/console.js";

const form = document.getElementById("begin");
const part = (name) => document.getElementById(name);
const entries = () => Object.fromEntries(new FormData(form));
const query = () => new URLSearchParams(new FormData(form)).toString();

// -- the plan

let newest = 0;
let waiting = 0;

async function showPlan() {
  const number = ++newest;
  const answer = await fetch(`/begin/plan?${query()}`);
  if (number !== newest || !answer.ok) return;
  const focused = document.activeElement && part("plan").contains(document.activeElement) && document.activeElement.name;
  part("plan").innerHTML = await answer.text();
  if (focused) part("plan").querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
}

function showCameraFile() {
  part("camera-file").hidden = part("camera_choice").value !== "other";
}
showCameraFile(); // a choice may be made before this script is loaded

form.addEventListener("input", (event) => {
  if (event.target.dataset.reload !== undefined) {
    window.location = `/begin?${query()}`;
    return;
  }
  showCameraFile();
  part("begin-session").disabled = true; // until the plan of these entries is shown
  clearTimeout(waiting);
  waiting = setTimeout(showPlan, event.target.tagName === "INPUT" ? 250 : 0);
});

// -- the confirmation

form.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  part("confirm-session").textContent = part("session-sentence").textContent;
  part("confirm").showModal();
});
part("begin-now").addEventListener("click", () => {
  part("begin-now").disabled = true;
  form.submit();
});
part("cancel").addEventListener("click", () => part("confirm").close());

// -- the camera

let stopView = () => {};

function showView(view) {
  const image = part("camera-picture");
  if (view.number > 0) image.src = `/begin/camera/picture?number=${view.number}`;
  image.parentElement.style.aspectRatio = String(view.aspect);
  part("camera-outline").replaceChildren(...view.outline.map(([x, y]) => dot(x, y, view.aspect)));
  const shown = part("camera-advice");
  const lines = view.sentences.map((one) => `${one.kind} ${one.text}`).join("\n");
  if (shown.dataset.lines === lines) return;
  shown.dataset.lines = lines;
  shown.replaceChildren(...view.sentences.map((one) => message(one.kind, one.text)));
}

function dot(x, y, aspect) {
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "ellipse");
  mark.setAttribute("cx", x);
  mark.setAttribute("cy", y);
  mark.setAttribute("rx", 0.006);
  mark.setAttribute("ry", 0.006 * aspect);
  return mark;
}

const message = (kind, text) => element("p", text, `message ${kind}`);

function cameraIsShown(isShown) {
  part("camera").hidden = part("hide-camera").hidden = !isShown;
  part("show-camera").hidden = isShown;
}

part("show-camera").addEventListener("click", async () => {
  part("camera-error").hidden = true;
  try {
    await send("/begin/camera", entries());
  } catch (error) {
    part("camera-error").textContent = error.message;
    part("camera-error").hidden = false;
    return;
  }
  part("camera-picture").removeAttribute("src");
  part("camera-advice").replaceChildren();
  cameraIsShown(true);
  part("hide-camera").focus();
  stopView = receive("/begin/camera/view", showView, () => cameraIsShown(false));
});

part("hide-camera").addEventListener("click", async () => {
  stopView();
  cameraIsShown(false);
  part("show-camera").focus();
  await send("/begin/camera/close");
});

// -- the machine check

const SIGNS = { ok: "good", warning: "warning", failed: "error" };

part("check-machine").addEventListener("click", async () => {
  const findings = part("findings");
  part("check-machine").disabled = true;
  stopView();
  cameraIsShown(false);
  const over = () => (part("check-machine").disabled = false);
  try {
    await send("/begin/check", entries());
  } catch (error) {
    findings.replaceChildren(message("error", error.message));
    over();
    return;
  }
  const stop = receive("/begin/check/findings", (check) => {
    if (check.is_running) {
      findings.replaceChildren(message("hint", findings.dataset.running));
      return;
    }
    stop();
    over();
    announce(findings.dataset.done);
    const shown = check.findings.map((one) =>
      message(SIGNS[one.mark], `${one.name}: ${one.found}${one.remedy ? ` → ${one.remedy}` : ""}`),
    );
    findings.replaceChildren(...(shown.length ? shown : [message("error", check.output)]));
  }, over);
});
