// The report of a screened list: on a screen of 1280 pixels, and as a PDF.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { browser, firms, open, root } from "./support.mjs";

const program = process.env.EXPORT_ADVISOR_PROGRAM ?? join(root, "target/debug/export-advisor");
const run = (name, args, codes = [0]) => {
  const done = spawnSync(name, args, { encoding: "utf8" });
  assert.ok(codes.includes(done.status), `${name}: ${done.stderr}`);
  return done.stdout;
};
const bare = (text) => text.replace(/\s+/g, "");

let folder, chrome;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "report-"));
  // The example firms and one whose number of employees cannot be read.
  const lines = firms().map(({ id, profile }) => JSON.stringify({ 企业名称: `义乌${id}进出口有限公司`, ...profile }));
  lines.push(JSON.stringify({ 企业名称: "甲", employees: "约300" }));
  writeFileSync(join(folder, "客户名单.ndjson"), lines.join("\n"));
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const [lang, title, fault] of [["zh", "名单筛查报告", "约300"], ["en", "Screening report", "约300"]]) {
  test(`the report is legible on a screen and on paper, ${lang}`, async () => {
    const report = join(folder, `report-${lang}.html`);
    const args = ["screen", join(folder, "客户名单.ndjson"), "-o", join(folder, `out-${lang}.csv`)];
    // A cell cannot be read, so the exit status is 4.
    run(program, [...args, "--report", report, "--lang", lang, "--as-of", "2026-11-25", "--quiet"], [4]);
    const { context, page, breaches } = await open(chrome, { viewport: { width: 1280, height: 900 } });
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(report).href);
    assert.equal(requests.length, 1, `only the page itself is requested: ${requests}`);
    assert.deepEqual(breaches, []);
    const text = await page.locator("body").innerText();
    for (const shown of [title, fault, "客户名单.ndjson"]) assert.ok(text.includes(shown), shown);
    // Nothing is truncated or wider than the screen, and no text is tiny.
    const seen = await page.evaluate(() => {
      const small = [];
      for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (own && parseFloat(getComputedStyle(element).fontSize) < 11) small.push(element.outerHTML.slice(0, 80));
      }
      const cells = [...document.querySelectorAll("th, td")];
      const truncated = cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.innerText);
      return { wide: document.documentElement.scrollWidth, small, truncated };
    });
    assert.ok(seen.wide <= 1280, `${seen.wide} pixels wide`);
    assert.deepEqual(seen.small, []);
    assert.deepEqual(seen.truncated, []);
    if (process.env.REPORT_PICTURES) {
      await page.screenshot({ path: join(process.env.REPORT_PICTURES, `report-${lang}.png`), fullPage: true });
    }
    const pdf = join(folder, "report.pdf");
    writeFileSync(pdf, await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: true }));
    if (process.env.REPORT_PICTURES) copyFileSync(pdf, join(process.env.REPORT_PICTURES, `report-${lang}.pdf`));
    const printed = bare(run("pdftotext", ["-raw", "-enc", "UTF-8", pdf, "-"]));
    for (const line of [title, fault, "客户名单.ndjson", await page.locator("h2").first().innerText()]) {
      assert.ok(printed.includes(bare(line)), line);
    }
    assert.ok(!/[\uFFFD\uE000-\uF8FF]/.test(printed), "no character is lost");
    // The PDF has every title of a support in the tables, complete.
    for (const name of await page.locator("td code, th code").allInnerTexts()) {
      assert.ok(printed.includes(bare(name)), name);
    }
    await context.close();
  });
}
