"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const press = (name, value) => all(`button[data-${name}]`).forEach((b) => b.setAttribute("aria-pressed", String(b.dataset[name] === value)));

  const speak = (lang) => {
    root.dataset.lang = lang;
    root.lang = lang;
    all("article").forEach((article) => { article.hidden = article.lang !== lang; });
    all("[data-placeholder-en]").forEach((input) => {
      input.placeholder = lang === "zh" ? input.dataset.placeholderZh : input.dataset.placeholderEn;
      input.setAttribute("aria-label", input.placeholder);
    });
    press("say", lang);
  };
  all("button[data-say]").forEach((b) => b.addEventListener("click", () => speak(b.dataset.say)));

  all("button[data-shade]").forEach((b) => b.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }));

  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.v;
    return number === undefined || number === "" ? cell.textContent.trim() : Number(number);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return 1;
    if (typeof b === "number") return -1;
    return a.localeCompare(b, root.lang, { numeric: true });
  };
  all("table.data").forEach((table) => {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => (down ? -1 : 1) * compare(value(a, column), value(b, column)));
        table.tBodies[0].append(...rows);
      });
    });
  });

  const filter = (table, text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const hay = row.textContent.toLowerCase() + " " + (row.dataset.find || "");
      row.hidden = !words.every((word) => hay.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const count = document.getElementById(table.id + "-count");
    if (count) count.textContent = String(shown);
  };
  all("input.filter").forEach((input) => {
    const table = document.getElementById(input.dataset.table);
    input.hidden = false;
    input.addEventListener("input", () => filter(table, input.value));
  });

  all("a[data-drill]").forEach((link) => link.addEventListener("click", () => {
    const input = document.querySelector('input[data-table="messages"]');
    if (!input) return;
    input.value = link.dataset.drill;
    filter(document.getElementById("messages"), input.value);
    document.getElementById("messages-section").open = true;
  }));

  all(".tools").forEach((tools) => { tools.hidden = false; });
  speak(root.dataset.lang);
})();
