"use strict";
// One 3D face a session, drawn with WebGL when its part of the page is unfolded, and released when it is folded.
(() => {
  const element = document.getElementById("surface");
  if (!element) return;
  const surface = JSON.parse(element.textContent);
  const VERTEX = `
    attribute vec3 position, normal, colour; attribute float eye;
    uniform mat3 turn; uniform vec2 size; uniform vec3 middle;
    varying vec3 vNormal, vColour, vModel; varying float vEye;
    void main() {
      vec3 at = turn * (position - middle);
      vNormal = turn * normal; vColour = colour; vModel = normal; vEye = eye;
      float away = 1.0 - at.z / 900.0;
      gl_Position = vec4(at.xy * size, -at.z / 400.0 * away, away);
    }`;
  const FRAGMENT = `
    precision mediump float;
    varying vec3 vNormal, vColour, vModel; varying float vEye;
    void main() {
      vec3 normal = normalize(vNormal), base = vColour;
      if (vEye > 0.5) {
        vec3 outwards = normalize(vModel);
        float off = outwards.z > 0.0 ? length(outwards.xy) : 1.0;
        base = mix(vec3(0.30, 0.37, 0.44), vec3(0.92), smoothstep(0.41, 0.47, off));
        base = mix(vec3(0.04), base, smoothstep(0.15, 0.19, off));
      }
      float light = 0.42 + 0.58 * max(dot(normal, normalize(vec3(-0.25, 0.35, 1.0))), 0.0);
      gl_FragColor = vec4(base * light, 1.0);
    }`;
  const RANGE = { pitch: 1.2, near: 4, far: 0.5 };
  const STEP = Math.PI / 18;

  const unpack = async (text, Type) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Type(await new Response(stream).arrayBuffer());
  };
  // Arrays are stored axis by axis; the result has x, y and z of one vertex after the other.
  const points = (stored, step) => {
    const count = stored.length / 3, found = new Float32Array(stored.length);
    for (let vertex = 0; vertex < count; vertex += 1) {
      for (let axis = 0; axis < 3; axis += 1) found[3 * vertex + axis] = stored[axis * count + vertex] * step;
    }
    return found;
  };
  const movement = async ([step, steps]) => points(await unpack(steps, Int8Array), step);

  let shared;
  const shape = () => {
    shared ??= Promise.all([unpack(surface.triangles, surface.wide ? Uint32Array : Uint16Array), unpack(surface.materials, Uint8Array)]);
    return shared;
  };

  const normalsOf = (at, triangles) => {
    const normals = new Float32Array(at.length);
    for (let corner = 0; corner < triangles.length; corner += 3) {
      const [a, b, c] = [3 * triangles[corner], 3 * triangles[corner + 1], 3 * triangles[corner + 2]];
      const ux = at[b] - at[a], uy = at[b + 1] - at[a + 1], uz = at[b + 2] - at[a + 2];
      const vx = at[c] - at[a], vy = at[c + 1] - at[a + 1], vz = at[c + 2] - at[a + 2];
      const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
      for (const vertex of [a, b, c]) { normals[vertex] += nx; normals[vertex + 1] += ny; normals[vertex + 2] += nz; }
    }
    for (let vertex = 0; vertex < at.length; vertex += 3) {
      const length = Math.hypot(normals[vertex], normals[vertex + 1], normals[vertex + 2]) || 1;
      for (let axis = 0; axis < 3; axis += 1) normals[vertex + axis] /= length;
    }
    return normals;
  };

  const OTHER = { teeth: [226, 220, 206], mouth: [110, 52, 52], eyeball: [235, 235, 235] };
  const coloursOf = (mimic, target, materials) => {
    const colours = new Float32Array(mimic.length), anchors = surface.colours;
    for (let vertex = 0; vertex < mimic.length / 3; vertex += 1) {
      const at = 3 * vertex;
      const distance = Math.hypot(mimic[at] - target[at], mimic[at + 1] - target[at + 1], mimic[at + 2] - target[at + 2]);
      const place = Math.min(distance / surface.largest, 1) * (anchors.length - 1), low = Math.min(Math.floor(place), anchors.length - 2);
      const own = OTHER[surface.names[materials[vertex]]];
      for (let channel = 0; channel < 3; channel += 1) {
        const value = own ? own[channel] : anchors[low][channel] + (anchors[low + 1][channel] - anchors[low][channel]) * (place - low);
        colours[at + channel] = value / 255;
      }
    }
    return colours;
  };

  const compile = (gl, kind, text) => {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    return shader;
  };

  class Viewer {
    constructor(details) {
      this.details = details;
      this.canvas = details.querySelector(".stage");
      this.person = JSON.parse(document.querySelector(`.faces3d[data-session="${CSS.escape(details.dataset.session)}"]`).textContent);
      this.reset();
    }

    reset() { this.yaw = 0; this.pitch = 0; this.zoom = 1; }

    async open() {
      const gl = this.canvas.getContext("webgl", { antialias: true, alpha: true, preserveDrawingBuffer: true });
      if (!gl || (surface.wide && !gl.getExtension("OES_element_index_uint"))) { this.fail(); return; }
      this.gl = gl;
      this.program = gl.createProgram();
      gl.attachShader(this.program, compile(gl, gl.VERTEX_SHADER, VERTEX));
      gl.attachShader(this.program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
      gl.linkProgram(this.program);
      gl.useProgram(this.program);
      gl.enable(gl.DEPTH_TEST);
      [this.triangles, this.materials] = await shape();
      this.neutral ??= points(await unpack(this.person.neutral, Int16Array), surface.step);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.triangles, gl.STATIC_DRAW);
      this.buffers = Object.fromEntries(["position", "normal", "colour", "eye"].map((name) => [name, gl.createBuffer()]));
      this.fill("eye", Float32Array.from(this.materials, (material) => Number(surface.names[material] === "eyeball")), 1);
      await this.choose();
    }

    fail() {
      this.canvas.hidden = true;
      this.details.querySelector(".failure").hidden = false;
    }

    fill(name, values, size) {
      const gl = this.gl, place = gl.getAttribLocation(this.program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
    }

    async choose() {
      const trial = this.person.trials[Number(this.details.querySelector(".choose-trial").value)];
      const which = this.details.querySelector(".choose-shape").value;
      const [mimic, target] = await Promise.all([movement(trial.moved), movement(this.person.targets[trial.target])]);
      if (!this.gl) return;
      const moved = which === "rest" ? null : which === "target" ? target : mimic;
      const at = moved ? this.neutral.map((value, index) => value + moved[index]) : this.neutral;
      this.low ??= [0, 1, 2].map((axis) => this.neutral.reduce((least, value, index) => (index % 3 === axis ? Math.min(least, value) : least), Infinity));
      this.high ??= [0, 1, 2].map((axis) => this.neutral.reduce((most, value, index) => (index % 3 === axis ? Math.max(most, value) : most), -Infinity));
      this.fill("position", at, 3);
      this.fill("normal", normalsOf(at, this.triangles), 3);
      this.fill("colour", coloursOf(mimic, target, this.materials), 3);
      this.draw();
    }

    draw() {
      const gl = this.gl, canvas = this.canvas, ratio = Math.min(window.devicePixelRatio || 1, 2);
      if (!gl || !this.buffers || !canvas.clientWidth) return;
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(canvas.clientHeight * ratio);
      gl.viewport(0, 0, canvas.width, canvas.height);
      const [cy, sy, cp, sp] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
      const turn = [cy, sp * sy, -cp * sy, 0, cp, sp, sy, -sp * cy, cp * cy]; // column by column
      const half = 0.56 * Math.max(this.high[1] - this.low[1], (this.high[0] - this.low[0]) * (canvas.height / canvas.width)) / this.zoom;
      const place = (name) => gl.getUniformLocation(this.program, name);
      gl.uniformMatrix3fv(place("turn"), false, turn);
      gl.uniform2f(place("size"), canvas.height / canvas.width / half, 1 / half);
      gl.uniform3f(place("middle"), ...[0, 1, 2].map((axis) => (this.low[axis] + this.high[axis]) / 2));
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.drawElements(gl.TRIANGLES, this.triangles.length, surface.wide ? gl.UNSIGNED_INT : gl.UNSIGNED_SHORT, 0);
      canvas.dataset.drawn = `${this.yaw.toFixed(2)} ${this.pitch.toFixed(2)} ${this.zoom.toFixed(2)}`;
    }

    move(what) {
      const moves = {
        left: () => { this.yaw -= STEP; }, right: () => { this.yaw += STEP; }, up: () => { this.pitch -= STEP; }, down: () => { this.pitch += STEP; },
        nearer: () => { this.zoom *= 1.2; }, farther: () => { this.zoom /= 1.2; }, reset: () => this.reset(),
      };
      moves[what]();
      this.limit();
      this.draw();
    }

    limit() {
      this.pitch = Math.min(Math.max(this.pitch, -RANGE.pitch), RANGE.pitch);
      this.zoom = Math.min(Math.max(this.zoom, RANGE.far), RANGE.near);
    }

    close() {
      this.gl?.getExtension("WEBGL_lose_context")?.loseContext();
      this.gl = this.buffers = undefined;
      const fresh = this.canvas.cloneNode(); // a canvas whose context was released cannot get another one
      delete fresh.dataset.drawn;
      this.canvas.replaceWith(fresh);
      this.canvas = fresh;
      this.listen();
    }

    listen() {
      const keys = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "nearer", "=": "nearer", "-": "farther", Home: "reset", "0": "reset" };
      this.canvas.addEventListener("keydown", (event) => {
        if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.move(keys[event.key]);
      });
      let from;
      this.canvas.addEventListener("pointerdown", (event) => { from = event; this.canvas.setPointerCapture(event.pointerId); });
      this.canvas.addEventListener("pointermove", (event) => {
        if (!from) return;
        this.yaw += (event.clientX - from.clientX) / 120;
        if (event.pointerType === "mouse") this.pitch += (event.clientY - from.clientY) / 120; // a finger scrolls the page up and down
        from = event;
        this.limit();
        this.draw();
      });
      for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => { from = undefined; });
    }
  }

  for (const details of document.querySelectorAll("details.viewer")) {
    const viewer = new Viewer(details);
    viewer.listen();
    details.addEventListener("toggle", () => { if (details.open) viewer.open(); else viewer.close(); });
    for (const choice of details.querySelectorAll("select")) choice.addEventListener("change", () => viewer.choose());
    for (const button of details.querySelectorAll("[data-move]")) button.addEventListener("click", () => viewer.move(button.dataset.move));
    new ResizeObserver(() => viewer.draw()).observe(details);
  }
})();
