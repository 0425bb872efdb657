// Shared by the tests: the server, the browser, the example firms, and a walk through the form that reads each page as
// a person does.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const program = process.env.EXPORT_ADVISOR_PROGRAM ?? join(root, "target/debug/export-advisor");

/** The environment without settings of the server. */
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("EXPORT_ADVISOR_")));

/** Starts the server on a free port, with its own data folder unless one is given. */
export async function serve({ data, rules, embed, texts } = {}) {
  const folder = data ?? mkdtempSync(join(tmpdir(), "form-"));
  const more = [...(rules ? ["--rules", rules] : []), ...(embed ? ["--embed", embed] : []), ...(texts ? ["--operator-texts", texts] : [])];
  const child = spawn(program, ["serve", "--bind", "127.0.0.1:0", "--log", "off", "--data", folder, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
    env: clean,
  });
  const line = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text);
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return {
    url: line.trim().split(" ").pop().replace(/\/$/, ""),
    data: folder,
    pid: child.pid,
    async stop({ keep = false } = {}) {
      child.removeAllListeners("exit");
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a command with the data folder of a running server. */
export function command(server, args) {
  const ran = spawnSync(program, [...args, "--data", server.data], { encoding: "utf8", env: clean });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

export function browser() {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A new page, which records every violation of its content security policy. */
export async function open(chrome, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", ...options });
  const page = await context.newPage();
  const breaches = [];
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) breaches.push(message.text());
  });
  page.on("pageerror", (error) => breaches.push(String(error)));
  return { context, page, breaches };
}

/** The text of the clipboard, pasted into a separate page: the service's pages may not read it. */
export async function clipboard(context) {
  const page = await context.newPage();
  await page.setContent("<textarea autofocus></textarea>");
  await page.locator("textarea").focus();
  await page.keyboard.press("ControlOrMeta+V");
  const text = await page.locator("textarea").inputValue();
  await page.close();
  return text;
}

/** The example firms, without the keys that are not facts. */
export function firms() {
  const { personas } = JSON.parse(readFileSync(join(root, "tests/data/personas.json"), "utf8"));
  return personas.map(({ id, profile }) => {
    const { uscc_synthetic: uscc, uscc_division: _, division_name: location, ...facts } = profile;
    return { id, location, profile: uscc ? { uscc, ...facts } : facts };
  });
}

/** The whole answer that the command line gives for a profile, as of today unless a day is given. */
export function answer(profile, asOf) {
  const day = asOf ? ["--as-of", asOf] : [];
  const run = spawnSync(program, ["assess", "-", ...day], { input: JSON.stringify(profile), encoding: "utf8", env: clean });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

/** The supports of an answer that pages list: those of other places' documents are a number. */
export function listed(supports) {
  return supports.filter(({ excluded_by }) => excluded_by !== "out_of_area");
}

/** The statuses that the command line gives for a profile, as far as pages list them: support → status. */
export function assess(profile, asOf) {
  return Object.fromEntries(listed(answer(profile, asOf).supports).map(({ id, status }) => [id, status]));
}

/** The name of an industry, from the table. */
export function industryName(code) {
  const table = readFileSync(join(root, "rules/tables/industries.tsv"), "utf8");
  const row = table.split("\n").map((line) => line.split("\t")).find(([known]) => known === code);
  return row[1];
}

/** Goes to the first page of the guided form. */
export async function begin(page, url, lang) {
  await page.goto(`${url}/?lang=${lang}`);
  await page.locator("button[value=start]").click();
}

export const here = (page) => page.locator("input[name=page]").getAttribute("value");
/** Clicks a button that leads to another page. */
export async function press(page, action) {
  const button = `main button[name=do][value="${action}"]`;
  await unfold(page, button);
  await leave(page, page.locator(button).first());
}

/** Clicks what leads to another page, and waits until that is there: a click returns before. */
export async function leave(page, link) {
  await page.locator("main").evaluate((main) => main.setAttribute("data-left", ""));
  await link.click();
  await page.locator("main:not([data-left])").waitFor({ state: "attached" });
}

const box = (page, name, value) => page.locator(`input[name="${name}"][value="${value}"]`);

async function tick(page, name, value) {
  const one = box(page, name, value);
  if (!(await one.isVisible())) await page.locator("details.unsure > summary").click();
  await one.check();
}

async function list(page, profile) {
  let ticked = 0;
  const values = await page.locator("input[name=tick]").evaluateAll((boxes) => boxes.map((one) => one.value));
  for (const value of values.filter((one) => one !== "@none")) {
    const [fact, enumValue] = value.split("=");
    const given = profile[fact];
    if (enumValue ? Array.isArray(given) && given.includes(enumValue) : given === true) {
      await tick(page, "tick", value);
      ticked += 1;
    }
  }
  const unsure = await page.locator("input[name=unsure]").evaluateAll((boxes) => boxes.map((one) => one.value));
  for (const fact of unsure) {
    if (profile[fact] == null) {
      await tick(page, "unsure", fact);
      ticked += 1;
    }
  }
  if (ticked === 0) await tick(page, "tick", "@none");
}

/** Types into a search field, and selects the suggestion with this code if the script shows suggestions. */
async function search(page, fact, text, code, scripted) {
  const input = page.locator(`#${fact}`);
  await input.fill("");
  if (!scripted) {
    await input.fill(text);
    // If the page has a script nevertheless, leaving the field closes its suggestions.
    return input.press("Tab");
  }
  await input.pressSequentially(text);
  const option = page.locator("[role=option]").filter({ hasText: `（${code}）` });
  await option.first().waitFor();
  while ((await option.first().getAttribute("aria-selected")) !== "true") await input.press("ArrowDown");
  return input.press("Enter");
}

/** Answers the fields of a page from a profile. */
export async function fill(page, firm, { scripted, ranges }) {
  const { profile } = firm;
  if ((await page.locator("input[name=tick]").count()) > 0) await list(page, profile);
  const fields = await page.locator("main form .field").evaluateAll((all) =>
    all.map((field) => {
      const input = field.querySelector("input[type=text], input[type=radio], input[type=checkbox]");
      return { fact: input.name, kind: input.type, searched: input.dataset.search ?? "" };
    }),
  );
  for (const { fact, kind, searched } of fields) {
    const given = profile[fact];
    if (fact === "name") continue;
    if (given == null) {
      if (kind === "radio") await box(page, fact, "unknown").check();
      else if ((await page.locator(`#${fact}-unsure`).count()) > 0) await page.locator(`#${fact}-unsure`).check();
    } else if (kind === "radio") {
      await box(page, fact, String(given)).check();
    } else if (Array.isArray(given) && given.length === 0) {
      await page.locator(`#${fact}-none`).check();
    } else if (searched === "place" && fact === "division") {
      await search(page, fact, firm.location ?? given, given, scripted);
    } else if (searched === "industry") {
      await search(page, fact, industryName(given), given, scripted);
    } else if (typeof given === "number" && ranges && (await page.locator(`input[name=${fact}-range]`).count()) > 0) {
      const all = await page.locator(`input[name=${fact}-range]`).evaluateAll((radios) => radios.map((one) => one.value));
      const fits = all.find((range) => {
        const [from, below] = range.split("-");
        return given >= Number(from) && (below === "" || given < Number(below));
      });
      await box(page, `${fact}-range`, fits).check();
    } else {
      await page.locator(`#${fact}`).fill(Array.isArray(given) ? given.join("、") : String(given));
      await page.locator(`#${fact}`).press("Tab");
    }
  }
}

/** Walks from the first page to the result; returns the names of the pages shown, including the result. */
export async function walk(page, firm, { scripted, ranges, each }) {
  const pages = [];
  for (let count = 0; count < 60; count += 1) {
    const name = await here(page);
    pages.push(name);
    await each?.(name);
    if (name === "@result") return pages;
    const finds = page.locator("fieldset.finds");
    if ((await finds.count()) > 0) {
      const fact = (await finds.locator("input[type=radio]").first().getAttribute("name")).replace("-pick", "");
      await box(page, `${fact}-pick`, firm.profile[fact]).check();
    } else {
      await fill(page, firm, { scripted, ranges });
    }
    await press(page, "next");
  }
  throw new Error(`no end: ${pages.join(" ")}`);
}

/** Unfolds what stands around an element, as a person does. */
export async function unfold(page, selector) {
  const around = page.locator(selector).first().locator("xpath=ancestor::details[not(@open)]");
  for (let left = await around.count(); left > 0; left = await around.count()) await around.first().locator("> summary").click();
}

/** How many pages a PDF of the page has, and their texts without spaces. */
export async function printed(page) {
  const folder = mkdtempSync(join(tmpdir(), "printed-"));
  const file = join(folder, "page.pdf");
  writeFileSync(file, await page.pdf({ format: "A4", preferCSSPageSize: true }));
  const done = spawnSync("pdftotext", ["-raw", "-enc", "UTF-8", file, "-"], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout.split("\f").map((text) => text.replace(/\s+/g, "")).filter((text) => text !== "");
}

/** The statuses on the result page: support → status, and its as-of date. */
export async function statuses(page) {
  const all = await page.locator("article[data-status]").evaluateAll((found) =>
    found.map((one) => [one.id.replace(/^s-/, ""), one.dataset.status]),
  );
  const text = await page.locator("main").innerText();
  return { all: Object.fromEntries(all), asOf: text.match(/(\d{4}-\d\d-\d\d) · sha256/)[1] };
}
