"use strict";
// Filters, sorted columns, folding, and the list of trials of the first page.
(() => {
  const AT_ONCE = 100;

  const chosen = (form) => [...new FormData(form)].filter(([, value]) => value.trim());
  const fits = (data, wanted) => wanted.every(([name, value]) => {
    const own = data(name) ?? "";
    return name === "participant" ? own.toLowerCase().includes(value.trim().toLowerCase()) : own === value;
  });
  const listen = (form, apply) => {
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    apply();
  };

  // Elements that are in the page: lines of a table, cards of trials.
  const filterElements = (form, parent) => {
    const items = [...(parent.tBodies?.[0] ?? parent).children];
    listen(form, () => {
      const wanted = chosen(form);
      let shown = 0;
      for (const item of items) {
        item.hidden = !fits((name) => item.getAttribute(`data-${name}`), wanted);
        shown += Number(!item.hidden);
      }
      form.querySelector("output").textContent = `${shown} of ${items.length} shown`;
    });
  };

  // The list of trials, whose lines are made when they are shown.
  const filterTrials = (form, table) => {
    const data = JSON.parse(document.getElementById("trials-data").textContent);
    const body = table.tBodies[0], more = document.querySelector(".more");
    const words = { used: "with a score", weak: "below the noise floor" };
    const columns = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const trials = data.trials.map(([session, target, anchor, score, rank, status, ...levels]) => {
      const [participant, label, group, page] = data.sessions[session];
      const values = { participant, session: label, group, target: data.targets[target], status: status in words ? status : "excluded" };
      levels.forEach((level, factor) => { values[`factor-${factor}`] = data.levels[factor][level] ?? ""; });
      const texts = [participant];
      if (columns.includes("Session")) texts.push(label);
      if (columns.includes("Group")) texts.push(group);
      texts.push(anchor.replace(/-attempt-\d+$/, ""), values.target, ...levels.map((_, factor) => values[`factor-${factor}`]));
      texts.push(score === null ? "–" : score.toFixed(data.decimals).replace("-", "−"), rank === null ? "–" : String(rank));
      texts.push(words[status] ?? `excluded: ${status}`);
      return { values, texts, address: `${page}#${data.labels[session]}-${anchor}` };
    });
    let found = [], shown = 0;
    const grow = () => {
      for (const trial of found.slice(shown, shown + AT_ONCE)) {
        const row = body.insertRow();
        trial.texts.forEach((text, column) => {
          const cell = column ? row.insertCell() : row.appendChild(document.createElement("th"));
          if (column) { cell.textContent = text; return; }
          cell.scope = "row";
          const link = cell.appendChild(document.createElement("a"));
          link.href = trial.address;
          link.textContent = text;
        });
      }
      shown = Math.min(shown + AT_ONCE, found.length);
      more.hidden = shown === found.length;
      form.querySelector("output").textContent = `${found.length} of ${trials.length} trials${shown < found.length ? `, the first ${shown} are shown` : ""}`;
    };
    more.addEventListener("click", grow);
    listen(form, () => {
      const wanted = chosen(form);
      found = trials.filter((trial) => fits((name) => trial.values[name], wanted));
      shown = 0;
      body.replaceChildren();
      grow();
    });
  };

  for (const form of document.querySelectorAll("form.filters")) {
    const parent = document.getElementById(form.dataset.for);
    (parent.id === "trial-list" ? filterTrials : filterElements)(form, parent);
  }

  // A button in each heading of a table sorts its lines.
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const order = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", order);
        const text = (row) => row.cells[column].textContent.replace("−", "-");
        const rows = [...table.tBodies[0].rows].sort((a, b) => text(a).localeCompare(text(b), "en", { numeric: true }));
        // Numbers with a sign are compared as numbers.
        if (rows.every((row) => !Number.isNaN(parseFloat(text(row))))) rows.sort((a, b) => parseFloat(text(a)) - parseFloat(text(b)));
        table.tBodies[0].append(...(order === "ascending" ? rows : rows.reverse()));
      });
    });
  }

  for (const button of document.querySelectorAll("[data-fold]")) {
    button.addEventListener("click", () => {
      for (const person of document.querySelectorAll("details.person")) person.open = button.dataset.fold === "open";
    });
  }

  // A link to something that is folded unfolds it; a link to a session or a trial shows it although a filter hides it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      at.hidden = false;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // Everything is printed but the 3D views and the long lists of hashes.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open]):not(.viewer):not(.provenance)")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of folded) details.open = false; });
})();
