// Checks every page and state in both languages: axe, html-validate, size, narrow screens, touch targets.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { check, followed, heaviest } from "./check.mjs";
import { begin, browser, firms, open, press, serve, unfold, walk } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

test("pages on contact, privacy and accessibility, with and without the operator's texts", async () => {
  const texts = mkdtempSync(join(tmpdir(), "texts-"));
  const operator = `某某市贸促会\n电话 000-00000000，网站 https://${"long".repeat(20)}.example/\n\n信箱 mailto:a@b.example`;
  for (const topic of ["contact", "privacy", "accessibility"]) writeFileSync(join(texts, `${topic}.zh.txt`), operator);
  const other = await serve({ texts });
  const { context, page, breaches } = await open(chrome, { viewport: { width: 320, height: 640 } });
  const bad = [];
  for (const url of [server.url, other.url]) {
    for (const topic of ["contact", "privacy", "accessibility"]) {
      for (const lang of ["zh", "en"]) {
        const response = await page.goto(`${url}/${topic}?lang=${lang}`);
        bad.push(...(await check(page, response, `/${topic} ${lang} ${url === other.url ? "with a text" : ""}`)));
      }
    }
  }
  await other.stop();
  rmSync(texts, { recursive: true });
  assert.deepEqual(bad, []);
  assert.deepEqual(breaches, []);
  await context.close();
});

for (const lang of ["zh", "en"]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every page, ${lang}, ${colorScheme}`, async () => {
      const { context, page, breaches } = await open(chrome, { colorScheme, viewport: { width: 320, height: 640 } });
      const bad = [];
      for (const path of ["/", "/form", "/text", "/adviser", "/result", "/adviser/", "/sheet"]) {
        const response = await page.goto(`${server.url}${path}?lang=${lang}`);
        bad.push(...(await check(page, response, `${path} ${lang}`)));
      }
      await page.goto(`${server.url}/adviser?lang=${lang}`);
      await page.locator("#employees").fill("x");
      // As it is sent without a script.
      const send = () => page.locator("#form").evaluate((form) => form.submit());
      bad.push(...(await followed(page, "adviser, error", send)));
      await page.locator("#employees").fill("12");
      await page.locator("#exports_goods").selectOption("true");
      bad.push(...(await followed(page, "adviser, result", send)));
      // Firms with many pages, with many supports, and with no answers.
      // The dark scheme has the same pages, so one firm suffices.
      const walkers = colorScheme === "light" ? ["P02", "P05", "P06", "P24"] : ["P02"];
      for (const firm of firms().filter(({ id }) => walkers.includes(id))) {
        await begin(page, server.url, lang);
        let last;
        page.on("response", (one) => {
          if (one.request().isNavigationRequest()) last = one;
        });
        await walk(page, firm, {
          scripted: true,
          ranges: false,
          each: async (name) => {
            if (last) bad.push(...(await check(page, last, `${firm.id} ${name} ${lang}`)));
          },
        });
        for (const folded of await page.locator("main details:not([open]) > summary").all()) {
          if (await folded.isVisible()) await folded.click();
        }
        bad.push(...(await check(page, last, `${firm.id} result, unfolded`)));
        bad.push(...(await followed(page, "sheet", () => page.locator('button[formaction^="/sheet"]').first().click())));
        bad.push(...(await followed(page, "result again", () => press(page, "result"))));
        bad.push(...(await followed(page, "copy", () => page.locator('button[formaction^="/copy"]').first().click())));
        page.removeAllListeners("response");
        if (firm.id !== "P02") continue;
        await press(page, "result");
        await unfold(page, "#days");
        bad.push(...(await followed(page, "share created", () => page.locator('button[formaction^="/share"]').click())));
        const secret = await page.locator("input[name=secret]").getAttribute("value");
        const response = await page.goto(`${server.url}/s?lang=${lang}`);
        bad.push(...(await check(page, response, "share, form")));
        bad.push(...(await followed(page, "share, error", () => page.locator("main button.main").click())));
        await page.locator("#secret").fill(secret);
        bad.push(...(await followed(page, "share", () => page.locator("main button.main").click())));
        await page.locator("form#share summary").click();
        bad.push(...(await followed(page, "share deleted", () => page.locator("form#share button").click())));
      }
      // An error on each kind of page, and a refused state.
      await page.goto(`${server.url}/form?lang=${lang}`);
      await page.locator("#division").fill("鼓楼区");
      await page.locator("#industry").fill("炼金");
      await page.keyboard.press("Tab");
      bad.push(...(await followed(page, "basics, choice", () => press(page, "next"))));
      await page.locator("#uscc").fill("123");
      bad.push(...(await followed(page, "basics, error", () => press(page, "next"))));
      await page.goto(`${server.url}/form?lang=${lang}`);
      await press(page, "result");
      await page.locator('button[value^="go:"]').first().evaluate((button) => (button.value = "go:markets"));
      bad.push(...(await followed(page, "markets", () => press(page, "go:markets"))));
      await page.locator("#markets").fill(lang === "zh" ? "非洲" : "Africa");
      await page.keyboard.press("Tab");
      bad.push(...(await followed(page, "markets, group opened", () => press(page, "next"))));
      await page.goto(`${server.url}/form?lang=${lang}`);
      await press(page, "skip");
      await page.locator("#employees").fill("x");
      bad.push(...(await followed(page, "size, error", () => press(page, "next"))));
      await press(page, "skip");
      bad.push(...(await followed(page, "activities, error", () => press(page, "next"))));
      await page.locator("input[name=state]").evaluate((field) => (field.value = "x"));
      bad.push(...(await followed(page, "refused", () => press(page, "next"))));
      for (const one of new Set(bad)) console.log(one);
      assert.equal(bad.length, 0);
      assert.deepEqual(breaches, []);
      console.log(lang, colorScheme, "heaviest page, compressed:", ...heaviest);
      await context.close();
    });
  }
}

test("keyboard only: skip link first, visible focus, no trap", async () => {
  const { context, page } = await open(chrome, { viewport: { width: 1280, height: 800 } });
  await page.goto(`${server.url}/adviser?lang=zh`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const seen = new Set();
  for (let count = 0; count < 250; count += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (one === document.body) return "end";
      if (getComputedStyle(one).outlineStyle === "none") return `no outline: ${one.outerHTML}`;
      return one.id || one.textContent;
    });
    assert.ok(!at.startsWith("no outline"), at);
    if (at === "end") break;
    seen.add(at);
  }
  assert.ok(seen.has("exports_goods") && seen.has("key_green_sector"), "every field is reached");
  // The result updates without a click.
  await page.locator("#exports_goods").selectOption("true");
  await page.locator("#result li[data-status=applies]").first().waitFor();
  await context.close();
});
