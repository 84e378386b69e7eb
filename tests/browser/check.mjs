// Opens a report in Chromium in both languages, both shades and at phone width, and prints what it found as JSON.
// node check.mjs CHROMIUM MODULES PAGE.html [SCREENSHOT_DIR]
// node check.mjs CHROMIUM MODULES PAGE.html --hostile FLAG: whether anything of the logs came to life
import { createRequire } from "node:module";
import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [executablePath, modules, page_file, screens] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const { chromium } = require("playwright-core");
const axe_source = readFileSync(require.resolve("axe-core"), "utf8");
const url = pathToFileURL(page_file).href;

const found = { errors: [], requests: [], violations: [], small_text: [], sorted: null, filtered: null, drilled: null, wide: [], opened_ms: null, without_scripts: null };
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const views = [
  { name: "en-light", colorScheme: "light", viewport: { width: 1280, height: 900 }, lang: "en" },
  { name: "zh-light", colorScheme: "light", viewport: { width: 1280, height: 900 }, lang: "zh" },
  { name: "en-dark", colorScheme: "dark", viewport: { width: 1280, height: 900 }, lang: "en" },
  { name: "zh-phone", colorScheme: "dark", viewport: { width: 390, height: 844 }, lang: "zh" },
  { name: "en-phone", colorScheme: "light", viewport: { width: 390, height: 844 }, lang: "en" },
];

if (screens === "--hostile") {
  console.log(JSON.stringify(await hostile(process.argv[6])));
  await browser.close();
  process.exit(0);
}

// The page as it is, and once more without its policy: its escapes have to hold by themselves.
async function hostile(flag) {
  const found = { dialogs: [], errors: [], requests: [], alive: [], flags: [], policy: null, texts: 0 };
  const text = readFileSync(page_file, "utf8");
  const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(text);
  found.policy = policy && policy[1].replaceAll("&#39;", "'");
  const bare = `${page_file}.bare.html`;
  writeFileSync(bare, text.replace(policy?.[0] ?? "", ""));
  for (const at of [url, pathToFileURL(bare).href]) {
    const page = await (await browser.newContext()).newPage();
    page.on("dialog", (dialog) => { found.dialogs.push(dialog.message()); dialog.dismiss(); });
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) found.errors.push(message.text()); });
    page.on("pageerror", (error) => found.errors.push(String(error)));
    page.on("request", (request) => { if (request.url() !== at) found.requests.push(request.url()); });
    await page.goto(at, { waitUntil: "load" });
    for (const lang of ["en", "zh"]) {
      await page.click(`button[data-say="${lang}"]`);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
        for (const one of document.querySelectorAll("main a, main th button, main td")) {
          if (!one.checkVisibility()) continue;
          for (const type of ["mouseover", "focus", "click"]) one.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
        }
        const input = document.querySelector('input[data-table="messages"]');
        if (!input) return;
        input.value = "<script>";
        input.dispatchEvent(new Event("input"));
      });
      await page.waitForTimeout(200);
    }
    const seen = await page.evaluate((flag) => {
      const known = new Set(["HTML", "HEAD", "META", "TITLE", "STYLE", "BODY", "HEADER", "DIV", "BUTTON", "SPAN", "NOSCRIPT", "P", "A", "MAIN", "ARTICLE", "H1", "H2", "H3", "NAV", "UL", "LI", "SECTION", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "BLOCKQUOTE", "CODE", "BR", "FOOTER", "SCRIPT", "DETAILS", "SUMMARY", "INPUT", "FIGURE", "FIGCAPTION", "svg", "title", "desc", "line", "text", "rect", "circle", "polyline"]);
      const alive = [];
      for (const element of document.querySelectorAll("*")) {
        const of = element.outerHTML.slice(0, 120);
        if (!known.has(element.tagName)) alive.push(`element: ${of}`);
        for (const { name, value } of element.attributes) {
          if (name.startsWith("on") || name === "style" || name === "src" || name === "action") alive.push(`${name}: ${of}`);
          if (name === "href" && !value.startsWith("#")) alive.push(`href ${value}: ${of}`);
        }
      }
      for (const [tag, most] of [["script", 1], ["style", 1], ["title", 1], ["base", 0], ["meta", 4]]) {
        const n = document.querySelectorAll(`head ${tag}, body > * ${tag}:not(svg ${tag}), body > ${tag}`).length;
        if (n > most) alive.push(`${n} of ${tag}`);
      }
      return { alive, set: flag in window, text: document.body.textContent };
    }, flag);
    found.alive.push(...seen.alive);
    if (seen.set) found.flags.push(at);
    // The texts are there, as texts.
    for (const text of ["<script>", "javascript:", "onerror=", "</style>"]) found.texts += seen.text.includes(text) ? 1 : 0;
  }
  return found;
}

for (const view of views) {
  const context = await browser.newContext({ colorScheme: view.colorScheme, viewport: view.viewport });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) found.errors.push(`${view.name}: ${message.text()}`); });
  page.on("pageerror", (error) => found.errors.push(`${view.name}: ${error}`));
  page.on("request", (request) => { if (request.url() !== url) found.requests.push(request.url()); });
  const start = Date.now();
  await page.goto(url, { waitUntil: "load" });
  found.opened_ms = Math.max(found.opened_ms ?? 0, Date.now() - start);
  await page.click(`button[data-say="${view.lang}"]`);
  const shown = await page.evaluate(() => [...document.querySelectorAll("article")].filter((a) => !a.hidden).map((a) => a.lang).join());
  if (shown !== view.lang) found.errors.push(`${view.name}: shows ${shown}`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (width > 0) found.wide.push(`${view.name}: ${width} px wider than the window`);
  const small = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const sizes = new Set();
    while (walker.nextNode()) {
      const of = walker.currentNode.parentElement;
      if (walker.currentNode.textContent.trim() && of.checkVisibility()) {
        const scale = of.ownerSVGElement ? of.ownerSVGElement.getBoundingClientRect().width / of.ownerSVGElement.viewBox.baseVal.width : 1;
        const size = parseFloat(getComputedStyle(of).fontSize) * scale;
        if (size < 11.9) sizes.add(`${size.toFixed(1)} px in ${of.tagName}`);
      }
    }
    return [...sizes];
  });
  found.small_text.push(...small.map((s) => `${view.name}: ${s}`));
  await page.evaluate(axe_source);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const violation of result.violations.filter((v) => ["serious", "critical"].includes(v.impact))) {
    found.violations.push(`${view.name}: ${violation.id} (${violation.nodes.length}): ${violation.nodes[0].html.slice(0, 160)} ${violation.nodes[0].failureSummary.slice(0, 200)}`);
  }
  if (screens) {
    mkdirSync(screens, { recursive: true });
    await page.screenshot({ path: join(screens, `${view.name}.png`), clip: { x: 0, y: 0, width: view.viewport.width, height: view.name.endsWith("phone") ? 1600 : 1800 }, fullPage: true });
  }
  if (view.name === "en-light") {
    Object.assign(found, await page.evaluate(() => {
      const article = document.querySelector("article[lang=en]");
      const table = [...article.querySelectorAll("table.data")].find((t) => t.tBodies[0].rows.length >= 5 && t.querySelector("td.n[data-v]"));
      const column = [...table.tBodies[0].rows[0].cells].findIndex((c) => c.dataset.v !== undefined);
      const values = () => [...table.tBodies[0].rows].map((r) => Number(r.cells[column].dataset.v ?? "-1"));
      const button = table.tHead.rows[0].cells[column].querySelector("button");
      button.click();
      const down = values();
      button.click();
      const up = values();
      const is_sorted = (list, sign) => list.every((v, i) => i === 0 || sign * (v - list[i - 1]) >= 0);
      const messages = document.getElementById("messages");
      const input = document.querySelector('input[data-table="messages"]');
      const shown = () => [...messages.tBodies[0].rows].filter((r) => !r.hidden).length;
      const all = shown();
      input.value = "no such words anywhere";
      input.dispatchEvent(new Event("input"));
      const none = shown();
      const link = [...article.querySelectorAll("a[data-drill]")].find((a) => /^[a-z_]+\.[a-z_]+$/.test(a.dataset.drill));
      link.click();
      const drilled = shown();
      const cause = link.dataset.drill;
      const right = [...messages.tBodies[0].rows].every((r) => r.hidden || r.dataset.find === cause);
      return {
        sorted: is_sorted(down, -1) && is_sorted(up, 1) && down.length > 1,
        filtered: none === 0 && all > 0,
        drilled: drilled > 0 && drilled < all && right && document.getElementById("messages-section").open,
      };
    }));
  }
  await context.close();
}

const context = await browser.newContext({ javaScriptEnabled: false });
const page = await context.newPage();
await page.goto(url);
found.without_scripts = (await page.locator("article[lang=en] h2").count()) > 5 && (await page.locator("article[lang=en]").isVisible()) && !(await page.locator(".tools").first().isVisible());
await browser.close();
console.log(JSON.stringify(found));
