"use strict";
// One 3D face per participant, made when it comes into view and taken away again: browsers allow few at a time.
(() => {
  const STEP_MM = 0.01;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
  const millimetres = (text) => Float32Array.from(new Int16Array(bytes(text)), (steps) => steps * STEP_MM);
  const column = (points, axis, stride) => {
    const picked = new Float32Array(points.length / stride);
    for (let row = 0; row < picked.length; row += 1) picked[row] = points[row * stride + axis];
    return picked;
  };
  const surface = read("triangles");
  const corners = surface.wide ? new Uint32Array(bytes(surface.data)) : new Uint16Array(bytes(surface.data));
  const [i, j, k] = [0, 1, 2].map((axis) => {
    const picked = new Uint32Array(corners.length / 3);
    for (let row = 0; row < picked.length; row += 1) picked[row] = corners[row * 3 + axis];
    return picked;
  });
  const people = read("faces3d");
  const targets = read("targets3d");

  const shown = (person, trial, shape) => {
    const neutral = millimetres(person.neutral);
    const mimic = millimetres(trial.moved);
    const target = millimetres(targets[trial.key]);
    const moved = shape === "rest" ? null : shape === "target" ? target : mimic;
    const points = moved ? neutral.map((value, index) => value + moved[index]) : neutral;
    const distance = new Float32Array(points.length / 3);
    for (let row = 0; row < distance.length; row += 1) {
      distance[row] = Math.hypot(...[0, 1, 2].map((axis) => mimic[3 * row + axis] - target[3 * row + axis]));
    }
    return { points, distance };
  };

  const draw = (viewer) => {
    const person = people[viewer.dataset.session];
    const stage = viewer.querySelector(".stage");
    const trial = person.trials[Number(viewer.querySelector(".choose-trial").value)];
    const { points, distance } = shown(person, trial, viewer.querySelector(".choose-shape").value);
    const [x, y, z] = [0, 1, 2].map((axis) => column(points, axis, 3));
    const face = {
      type: "mesh3d", x, y, z, i, j, k, intensity: distance, cmin: 0, cmax: surface.scale, colorscale: "Viridis",
      colorbar: { title: { text: "mm" }, thickness: 14, len: 0.8 }, hovertemplate: "%{intensity:.1f} mm<extra></extra>",
      lighting: { ambient: 0.45, diffuse: 0.7, specular: 0.1, roughness: 0.9 }, lightposition: { x: 0, y: 200, z: 2000 },
    };
    const hidden = { visible: false };
    const layout = {
      margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "#fafafa", uirevision: "keep",
      width: stage.clientWidth, height: stage.clientHeight,
      scene: {
        xaxis: hidden, yaxis: hidden, zaxis: hidden, aspectmode: "data", uirevision: "keep",
        camera: { eye: { x: 0, y: 0.1, z: 1.75 }, up: { x: 0, y: 1, z: 0 }, projection: { type: "perspective" } },
      },
    };
    if (!stage.dataset.drawn) stage.replaceChildren();
    stage.dataset.drawn = "yes";
    Plotly.react(stage, [face], layout, { displaylogo: false, displayModeBar: false });
  };

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const viewer = entry.target;
      const stage = viewer.querySelector(".stage");
      if (entry.isIntersecting) {
        draw(viewer);
      } else if (stage.dataset.drawn) {
        Plotly.purge(stage);
        delete stage.dataset.drawn;
      }
    }
  }, { rootMargin: "200px" });

  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) if (entry.target.dataset.drawn) draw(entry.target.closest(".viewer"));
  });

  for (const viewer of document.querySelectorAll(".viewer")) {
    for (const choice of viewer.querySelectorAll("select")) choice.addEventListener("change", () => draw(viewer));
    resized.observe(viewer.querySelector(".stage"));
    watcher.observe(viewer);
  }
})();
