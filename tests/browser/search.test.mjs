// The search of page one and of the countries, with and without a script, in both languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, browser, here, open, press, serve } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Opens the page of the markets. */
async function markets(page, lang) {
  await begin(page, server.url, lang);
  await press(page, "result");
  await page.locator('button[value^="go:"]').first().evaluate((button) => (button.value = "go:markets"));
  await press(page, "go:markets");
  assert.equal(await here(page), "markets");
}

for (const lang of ["zh", "en"]) {
  test(`words and pinyin find the industry while one types, ${lang}`, async () => {
    const { context, page, breaches } = await open(chrome);
    await begin(page, server.url, lang);
    for (const [typed, code] of [["女装", "F5132"], ["nvzhuang", "C1819"], ["amazon seller", "F5292"], ["来料加工", "C181"]]) {
      await page.locator("#industry").fill("");
      await page.locator("#industry").pressSequentially(typed);
      const option = page.locator("#industry ~ [role=listbox] [role=option]").filter({ hasText: `（${code}）` });
      await option.first().waitFor();
      assert.ok((await option.first().boundingBox()).height >= 44, `${typed}: a target for a finger`);
      await option.first().click();
      assert.match(await page.locator("#industry").inputValue(), new RegExp(`（${code}）$`), typed);
    }
    await press(page, "next");
    assert.notEqual(await here(page), "@basics");
    assert.deepEqual(breaches, []);
    await context.close();
  });

  test(`nothing found is said while one types, and stops nobody, ${lang}`, async () => {
    const { context, page, breaches } = await open(chrome);
    await begin(page, server.url, lang);
    const field = page.locator("#industry");
    await field.pressSequentially("炼金术");
    const status = page.locator("#industry ~ [role=status]");
    await page.waitForFunction((one) => one.textContent !== "", await status.elementHandle());
    assert.match(await status.innerText(), lang === "zh" ? /写得更一般一些/ : /more general/);
    await press(page, "next");
    assert.notEqual(await here(page), "@basics");
    assert.match(await page.locator("main").innerText(), lang === "zh" ? /没有找到“炼金术”/ : /“炼金术” was not found/);
    assert.equal(await page.locator("#errors").count(), 0);
    assert.deepEqual(breaches, []);
    await context.close();
  });

  test(`without a script the page asks once, and goes on, ${lang}`, async () => {
    const { context, page } = await open(chrome, { javaScriptEnabled: false });
    await begin(page, server.url, lang);
    await page.locator("#industry").fill(lang === "zh" ? "女装" : "clothes");
    await press(page, "next");
    assert.equal(await here(page), "@basics");
    assert.equal(await page.locator("#errors").count(), 0);
    assert.doesNotMatch(await page.title(), /有误|Error/);
    assert.equal(await page.locator("[role=status][autofocus]").evaluate((one) => document.activeElement === one), true);
    await page.locator('input[name=industry-pick][value="F5132"]').check();
    await press(page, "next");
    assert.notEqual(await here(page), "@basics");
    await press(page, "back");
    assert.match(await page.locator("#industry").inputValue(), /F5132/);
    await page.locator("#industry").fill(lang === "zh" ? "女装" : "clothes");
    await press(page, "next");
    await press(page, "next");
    assert.notEqual(await here(page), "@basics");
    await context.close();
  });

  for (const scripted of [true, false]) {
    test(`a group of countries opens into ticks, ${lang}, script ${scripted ? "on" : "off"}`, async () => {
      const { context, page, breaches } = await open(chrome, { javaScriptEnabled: scripted });
      await markets(page, lang);
      const [group, member] = lang === "zh" ? ["欧盟", "德国"] : ["EU", "Germany"];
      const field = page.locator("#markets");
      if (scripted) {
        await field.pressSequentially(group);
        await page.locator("[role=option]").first().waitFor();
        await field.press("ArrowDown");
        await field.press("Enter");
        assert.equal(await field.inputValue(), "");
      } else {
        await field.fill(group);
        await press(page, "next");
        assert.equal(await here(page), "markets");
      }
      const ticks = page.locator("fieldset.chosen input:checked");
      assert.equal(await ticks.count(), 27);
      await page.getByLabel(member, { exact: true }).uncheck();
      await press(page, "next");
      assert.notEqual(await here(page), "markets");
      await page.locator('button[value^="go:"]').first().evaluate((button) => (button.value = "go:markets"));
      await press(page, "go:markets");
      assert.equal(await ticks.count(), 26);
      assert.equal(await page.locator('fieldset.chosen input[value="DE"]').count(), 0);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "no sideways scrolling");
      assert.deepEqual(breaches, []);
      await context.close();
    });
  }
}

test("a country that was chosen twice is one tick, and none is lost by typing", async () => {
  const { context, page } = await open(chrome);
  await markets(page, "zh");
  const field = page.locator("#markets");
  for (const text of ["美国", "mg", "东盟", "越南"]) {
    await field.pressSequentially(text);
    const wanted = { mg: "美国" }[text] ?? text;
    await page.locator("[role=option]").filter({ hasText: wanted }).first().click();
  }
  assert.equal(await page.locator("fieldset.chosen input:checked").count(), 12);
  await field.fill("日本");
  await page.keyboard.press("Tab");
  await press(page, "next");
  await page.locator('button[value^="go:"]').first().evaluate((button) => (button.value = "go:markets"));
  await press(page, "go:markets");
  assert.equal(await page.locator("fieldset.chosen input:checked").count(), 13);
  await context.close();
});
