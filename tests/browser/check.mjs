// Checks a page in the browser: axe, html-validate, its size, no line wider than the window, touch targets.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { HtmlValidate } from "html-validate";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // Titles hold the question.
    "long-title": "off",
    // Style sheet and script have the same origin as the page.
    "require-sri": ["error", { target: "crossorigin" }],
    // Checkboxes of one list share a name.
    "form-dup-name": ["error", { shared: ["radio", "checkbox", "submit"] }],
  },
});

/** The heaviest page so far, compressed. */
export let heaviest = ["", 0];

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The faults that axe finds. On a page without scripts it would wait without end for its own timers. */
async function accessibility(page) {
  if (!(await page.evaluate(() => matchMedia("(scripting: enabled)").matches))) return [];
  await page.evaluate(axe);
  const found = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), rules);
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`);
}

/** The faults of a page that a response has brought, each with what it is about. */
export async function check(page, response, what) {
  const html = await response.text();
  const report = await validator.validateString(html);
  const faults = report.results.flatMap((one) => one.messages).map((one) => `${one.ruleId} ${one.line}: ${one.message}`);
  const bad = faults.map((fault) => `${what}: ${fault}`);
  const size = gzipSync(html).length;
  if (size >= 60 * 1024) bad.push(`${what}: ${size} bytes`);
  if (size > heaviest[1]) heaviest = [what, size];
  bad.push(...(await accessibility(page)).map((fault) => `${what}: ${fault}`));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) bad.push(`${what}: ${wide} px too wide`);
  const small = await page.locator("main button, main select, main input[type=text], main summary, main .choice, footer button, footer a, header a").evaluateAll((all) =>
    all.filter((one) => one.offsetParent !== null && one.getBoundingClientRect().height < 44)
      .map((one) => `${one.outerHTML.slice(0, 120)} ${one.getBoundingClientRect().height}`),
  );
  bad.push(...small.map((one) => `${what}: too small: ${one}`));
  return bad;
}

/** Goes to a page that something on this one leads to, and checks it. */
export async function followed(page, what, action) {
  const [response] = await Promise.all([page.waitForResponse((one) => one.request().isNavigationRequest()), action()]);
  await page.waitForLoadState();
  return check(page, response, what);
}
