"use strict";
// A slider through the film and the courses of a trial. The slider is an ordinary range input, so the keyboard moves it.
(() => {
  const parts = [...document.querySelectorAll(".courses-data")].map((part) => JSON.parse(part.textContent));
  const data = { ...parts[0], sessions: Object.assign({}, ...parts.map((part) => part.sessions)), targets: Object.assign({}, ...parts.map((part) => part.targets)) };
  const SVG = "http://www.w3.org/2000/svg";
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];
  const DASHES = ["", "8 3", "2 3", "9 3 2 3"];
  const LEFT = 46, RIGHT = 632, PANELS = [{ top: 22, bottom: 112, name: "Target" }, { top: 150, bottom: 268, name: "Participant" }];
  const FACE = data.facePx, ROW = data.row;

  const element = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // Values of the target in the bins of a trial: at rest before its onset, afterwards the last value of a still picture.
  const targetValues = (trial) => (data.targets[trial.target]?.values ?? []).map((values) => values && trial.values[0].map((_, bin) => {
    const at = bin + trial.first;
    if (at < 0 || at * data.step > trial.duration) return null;
    return values[Math.min(at, values.length - 1)];
  }));

  const draw = (viewer, trial) => {
    const svg = viewer.querySelector("svg");
    svg.replaceChildren();
    const hatch = element("pattern", { id: `hatch-${viewer.dataset.session}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    hatch.append(element("line", { x1: 0, x2: 0, y1: 0, y2: 6, stroke: "#8a8a8a", "stroke-width": 1.5 }));
    svg.append(hatch);
    const bins = trial.values[0].length;
    const x = (bin) => LEFT + (RIGHT - LEFT) * (bins > 1 ? bin / (bins - 1) : 0);
    const binOf = (seconds) => seconds / data.step - trial.first - 0.5;
    const series = [targetValues(trial), trial.values];
    PANELS.forEach((panel, which) => {
      const known = series[which].flatMap((values) => values ?? []).filter((value) => value !== null);
      const high = Math.max(10, ...known), low = Math.min(0, ...known);
      const y = (value) => panel.bottom - (panel.bottom - panel.top) * (value - low) / (high - low);
      if (which === 1) svg.append(element("rect", { x: LEFT, y: panel.top, width: Math.max(0, x(binOf(0)) - LEFT), height: panel.bottom - panel.top, fill: "#e8e8e8" }));
      svg.append(element("text", { x: LEFT, y: panel.top - 7, class: "name" }, which ? "Participant, change from baseline" : "Target, strength"));
      for (const value of [low, high]) svg.append(element("text", { x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" }, (value / data.scale).toFixed(2)));
      svg.append(element("line", { x1: LEFT, x2: RIGHT, y1: y(0), y2: y(0), stroke: "#777" }));
      for (const seconds of [0, trial.duration]) svg.append(element("line", { x1: x(binOf(seconds)), x2: x(binOf(seconds)), y1: panel.top, y2: panel.bottom, stroke: "#777", "stroke-dasharray": "3 3" }));
      if (which === 1) trial.values[0].forEach((_, bin) => {
        if (trial.values.some((values) => values[bin] !== null)) return;
        svg.append(element("rect", { class: "excluded", x: x(bin - 0.5), y: panel.top, width: x(bin + 0.5) - x(bin - 0.5), height: panel.bottom - panel.top, fill: `url(#${hatch.id})` }));
      });
      if (!known.length) svg.append(element("text", { x: (LEFT + RIGHT) / 2, y: (panel.top + panel.bottom) / 2, "text-anchor": "middle" }, "not known"));
      series[which].forEach((values, number) => {
        let path = "", pen = false;
        (values ?? []).forEach((value, bin) => {
          if (value === null) { pen = false; return; }
          path += `${pen ? "L" : "M"}${x(bin).toFixed(1)} ${y(value).toFixed(1)}`;
          pen = true;
        });
        svg.append(element("path", { d: path, fill: "none", stroke: COLOURS[number % 4], "stroke-width": 2, "stroke-dasharray": DASHES[number % 4] }));
      });
      if (which === 1) trial.onsets.forEach((onset, number) => {
        if (onset === null) return;
        const at = x(binOf(onset)), base = panel.bottom - 1;
        svg.append(element("path", { d: `M${at} ${base - 9}L${at - 5} ${base}L${at + 5} ${base}Z`, fill: COLOURS[number % 4] }));
      });
    });
    const foot = PANELS[1].bottom, end = (bins + trial.first) * data.step;
    const every = [0.5, 1, 2, 5, 10, 30, 60].find((seconds) => end / seconds <= 12) ?? 120;
    for (let seconds = Math.ceil((trial.first * data.step) / every) * every; seconds <= end; seconds += every) {
      svg.append(element("line", { x1: x(binOf(seconds)), x2: x(binOf(seconds)), y1: foot, y2: foot + 5, stroke: "#777" }));
      svg.append(element("text", { class: "tick", x: x(binOf(seconds)), y: foot + 18, "text-anchor": "middle" }, String(seconds)));
    }
    svg.append(element("text", { x: RIGHT, y: foot + 36, "text-anchor": "end" }, "time from onset of the target, s"));
    data.measures.forEach((name, number) => {
      const left = LEFT + 150 * number;
      svg.append(element("line", { x1: left, x2: left + 26, y1: 320, y2: 320, stroke: COLOURS[number % 4], "stroke-width": 2, "stroke-dasharray": DASHES[number % 4] }));
      svg.append(element("text", { x: left + 32, y: 324 }, name));
    });
    const key = LEFT + 150 * data.measures.length;
    if (svg.querySelector(".excluded") && key < RIGHT - 100) {
      svg.append(element("rect", { x: key, y: 314, width: 26, height: 12, fill: `url(#${hatch.id})` }));
      svg.append(element("text", { x: key + 32, y: 324 }, "excluded"));
    }
    const cursor = element("line", { class: "cursor", y1: PANELS[0].top, y2: PANELS[1].bottom, stroke: "#111", "stroke-width": 1.5 });
    svg.append(cursor);
    viewer.place = (bin) => { cursor.setAttribute("x1", x(bin)); cursor.setAttribute("x2", x(bin)); };
  };

  const addFaces = (viewer, trial) => {
    const box = viewer.querySelector(".film-faces");
    box.replaceChildren();
    const films = [["Target", data.targets[trial.target]?.film], ["Participant", trial.film]].filter(([, film]) => film);
    viewer.films = films.map(([name, film]) => {
      const figure = document.createElement("figure"), picture = document.createElement("div"), caption = document.createElement("figcaption");
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", `${name} at the chosen time`);
      Object.assign(picture.style, { width: `${FACE[0]}px`, height: `${FACE[1]}px`, backgroundImage: `url("${film.source}")` });
      caption.textContent = name;
      figure.append(picture, caption);
      box.append(figure);
      return { film, picture };
    });
    box.hidden = !films.length;
  };

  const show = (viewer) => {
    const slider = viewer.querySelector(".film-time"), bin = Number(slider.value), trial = viewer.trial;
    const seconds = (bin + trial.first + 0.5) * data.step;
    viewer.place(bin);
    for (const { film, picture } of viewer.films) {
      const number = Math.min(Math.max(Math.round((seconds - film.first_s) * data.rate), 0), film.count - 1);
      picture.style.backgroundPosition = `${-(number % ROW) * FACE[0]}px ${-Math.floor(number / ROW) * FACE[1]}px`;
    }
    const values = data.measures.map((name, number) => {
      const value = trial.values[number][bin];
      return `${name} ${value === null ? "excluded" : (value / data.scale).toFixed(2)}`;
    });
    const text = `${seconds.toFixed(2)} s: ${values.join(", ")}`;
    slider.setAttribute("aria-valuetext", text);
    viewer.querySelector(".film-values").textContent = text;
  };

  const stop = (viewer) => {
    clearInterval(viewer.timer);
    viewer.timer = undefined;
    const button = viewer.querySelector(".film-play");
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
  };

  const choose = (viewer) => {
    stop(viewer);
    const trial = data.sessions[viewer.dataset.session].trials[Number(viewer.querySelector(".film-trial").value)];
    viewer.trial = trial;
    const slider = viewer.querySelector(".film-time");
    slider.max = Math.max(trial.values[0].length - 1, 0);
    slider.value = Math.min(Math.max(-trial.first, 0), Number(slider.max));
    draw(viewer, trial);
    addFaces(viewer, trial);
    show(viewer);
  };

  const play = (viewer) => {
    if (viewer.timer !== undefined) { stop(viewer); return; }
    const slider = viewer.querySelector(".film-time"), button = viewer.querySelector(".film-play");
    if (slider.value === slider.max) slider.value = 0;
    button.textContent = "Stop";
    button.setAttribute("aria-pressed", "true");
    viewer.timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show(viewer);
      if (slider.value === slider.max) stop(viewer);
    }, 1000 * data.step);
  };

  for (const viewer of document.querySelectorAll(".film-viewer")) {
    viewer.querySelector(".film-trial").addEventListener("change", () => choose(viewer));
    viewer.querySelector(".film-time").addEventListener("input", () => show(viewer));
    viewer.querySelector(".film-play").addEventListener("click", () => play(viewer));
    choose(viewer);
    viewer.dataset.ready = "yes";
  }
})();
