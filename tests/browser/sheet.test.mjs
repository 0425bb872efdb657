// Results to take away: the printed sheet of the firm with the most supports, the text for a chat, WeChat.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { begin, browser, clipboard, firms, leave, open, press, serve, walk } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

const bare = (text) => text.replace(/\s+/g, "");
const run = (program, ...args) => {
  const done = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(done.status, 0, `${program}: ${done.stderr}`);
  return done.stdout;
};
/** The firm to which the most supports apply. */
const densest = () => firms().find(({ id }) => id === "P02");

for (const lang of ["zh", "en"]) {
  test(`the sheet of the densest firm as a PDF, ${lang}`, async () => {
    const { context, page } = await open(chrome);
    await begin(page, server.url, lang);
    await walk(page, densest(), { scripted: true, ranges: false });
    const applies = await page.locator("article[data-status=applies]").count();
    assert.ok(applies >= 15, `${applies} apply`);
    await page.locator('button[formaction^="/sheet"]').first().click();
    assert.equal(await page.locator("[data-print]").isVisible(), true);
    const rows = await page.locator("main li, main blockquote, main .recap > div, main .ask").evaluateAll((all) =>
      all.filter((one) => one.querySelector("li") === null).map((one) => one.textContent.replace(/\s+/g, "")),
    );
    const quotes = await page.locator("blockquote").evaluateAll((all) => all.map((one) => one.textContent.match(/“([^]*)”/)[1]));
    assert.ok(quotes.length >= 15);
    const folder = mkdtempSync(join(tmpdir(), "sheet-"));
    const file = join(folder, "sheet.pdf");
    writeFileSync(file, await page.pdf({ format: "A4", preferCSSPageSize: true }));
    const pages = run("pdftotext", "-raw", "-enc", "UTF-8", file, "-").split("\f").map(bare);
    for (const quote of quotes) assert.ok(pages.some((one) => one.includes(bare(quote))), quote);
    // A row that a page break splits is complete on no page.
    for (const row of rows) assert.ok(pages.some((one) => one.includes(row)), `split: ${row}`);
    const text = pages.join("");
    for (const part of [/sha256:[0-9a-f]{64}/, /\d{4}-\d\d-\d\d/, lang === "zh" ? /不是承诺，也不是申请/ : /neitherapromisenoranapplication/]) assert.match(text, part);
    const fonts = run("pdffonts", file).trim().split("\n").slice(2);
    assert.ok(fonts.length > 0);
    for (const font of fonts) assert.match(font, /\s(yes|no)\s+(yes|no)\s+(yes|no)\s+\d+\s+\d+$/);
    for (const font of fonts) assert.equal(font.trim().split(/\s+/).at(-5), "yes", font);
    rmSync(folder, { recursive: true });
    await context.close();
  });
}

test("the text for a chat is copied, without name and code", async () => {
  const { context, page } = await open(chrome);
  await context.grantPermissions(["clipboard-write"], { origin: server.url });
  const firm = densest();
  await begin(page, server.url, "zh");
  await walk(page, firm, { scripted: true, ranges: false });
  await page.getByRole("button", { name: "复制成文字" }).click();
  const text = await page.locator("#text").inputValue();
  assert.match(text, /之后还有\d+份相关文件；.*\n\n【先去这几处】\n1\. /);
  assert.match(text, /【现在可以去问、去办】\n1\. /);
  assert.match(text, /找谁：/);
  assert.ok(!text.includes(firm.profile.uscc));
  await leave(page, page.getByRole("button", { name: "只复制要点" }));
  const brief = await page.locator("#text").inputValue();
  assert.ok(brief.length <= 800 && text.length > 3000, `${brief.length} of ${text.length}`);
  assert.match(brief, /\n1\. /);
  assert.ok(!brief.includes(firm.profile.uscc));
  await page.getByRole("button", { name: "复制全部" }).click();
  await page.getByRole("button", { name: "复制", exact: true }).click();
  await page.locator("#copied").getByText("已复制").waitFor();
  assert.equal(await clipboard(context), text);
  await context.close();
});

test("in WeChat no button prints, and the page explains how to open a browser", async () => {
  const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50";
  const { context, page } = await open(chrome, { userAgent });
  await page.goto(server.url);
  assert.match(await page.locator("main").innerText(), /在浏览器打开/);
  await begin(page, server.url, "zh");
  await press(page, "result");
  await page.locator('button[formaction^="/sheet"]').first().click();
  assert.equal(await page.locator("[data-print]").count(), 0);
  assert.match(await page.locator("main").innerText(), /微信里不能打印/);
  const fixed = await page.locator("*").evaluateAll((all) => all.filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position)).length);
  assert.equal(fixed, 0, "nothing sticks under the keyboard");
  await context.close();
});
