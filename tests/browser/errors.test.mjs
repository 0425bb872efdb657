// Wrong input on each kind of question: the page reports it in the title, at the top with the focus, and beside the field.
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

/** Opens the page of one question, or of several. */
export async function go(page, url, lang, name) {
  await begin(page, url, lang);
  await press(page, "result");
  await page.locator('button[value^="go:"]').first().evaluate((button, to) => (button.value = to), `go:${name}`);
  await press(page, `go:${name}`);
  assert.equal(await here(page), name);
}

// Page, input, the field with the error, the expected messages.
const wrong = [
  ["@basics", { uscc: "123" }, "uscc", /18位/, /18 characters/],
  ["@basics", { uscc: "11010519491231002X" }, "uscc", /身份证/, /personal identity/],
  ["@basics", {}, "division", /至少填一项/, /at least one/],
  ["@basics", { industry: "F5292", "industry-unsure": true }, "industry", /只留一个/, /keep one/],
  ["@size", { employees: "很多" }, "employees", /^从业人员：没读懂/, /^Number of employees: This could not/],
  ["@size", { employees: "1.5" }, "employees", /整数/, /whole number/],
  ["@size", { employees: "-3" }, "employees", /之间/, /between/],
  ["@size", { revenue_wan: "99999999999" }, "revenue_wan", /之间/, /between/],
  ["@activities", {}, "list", /以上都没有/, /none of these/i],
  ["exports_goods", {}, "exports_goods", /不清楚/, /don't know/],
  ["customs_credit", {}, "customs_credit", /不清楚/, /don't know/],
  ["markets", { markets: "火星" }, "markets", /没有找到“火星”/, /was not found/],
  ["markets", { markets: "木星", "markets-none": true }, "markets", /只留一个/, /keep one/],
  ["hs", { hs: "87" }, "hs", /前六位/, /six digits/],
];

for (const scripted of [true, false]) {
  for (const lang of ["zh", "en"]) {
    test(`wrong answers, ${lang}, script ${scripted ? "on" : "off"}`, async () => {
      const { context, page, breaches } = await open(chrome, { javaScriptEnabled: scripted });
      for (const [name, typed, field, zh, en] of wrong) {
        await go(page, server.url, lang, name);
        for (const [id, value] of Object.entries(typed)) {
          if (value === true) await page.locator(`#${id}`).check();
          else {
            await page.locator(`#${id}`).fill(value);
            await page.locator(`#${id}`).press("Tab");
          }
        }
        const sent = page.waitForResponse((one) => one.url().includes("/form"));
        await press(page, "next");
        const what = `${name} ${JSON.stringify(typed)}`;
        assert.equal((await sent).status(), 422, what);
        assert.match(await page.title(), lang === "zh" ? /^有误：/ : /^Error: /, what);
        const summary = page.locator("#errors");
        assert.equal(await summary.evaluate((one) => document.activeElement === one), true, `${what}: focus`);
        const link = summary.locator("a").first();
        const message = await link.innerText();
        assert.match(message, lang === "zh" ? zh : en, what);
        assert.equal(await link.getAttribute("href"), `#${field}`, what);
        assert.equal(await page.locator(`#${field}`).count(), 1, what);
        // The same message is beside the field and associated with it; at the top it names the field.
        const beside = page.locator(`#${field}-error`);
        const said = (await beside.innerText()).replace(/^(有误：|Error:)\s*/, "");
        assert.ok(message.endsWith(said), what);
        const described = `[aria-describedby~="${field}-error"]`;
        assert.equal(await page.locator(described).count(), 1, what);
        // The page keeps all input, except what it must not keep.
        for (const [id, value] of Object.entries(typed)) {
          if (value === true) assert.equal(await page.locator(`#${id}`).isChecked(), true, what);
          else if (/19491231/.test(value)) assert.ok(!(await page.content()).includes("19491231"), what);
          else assert.equal(await page.locator(`#${id}`).inputValue(), value, what);
        }
      }
      assert.deepEqual(breaches, []);
      await context.close();
    });
  }
}

test("ticks that contradict each other", async () => {
  const { context, page } = await open(chrome, { javaScriptEnabled: false });
  await go(page, server.url, "zh", "@activities");
  await page.locator("#list").check();
  await page.locator("#list-none").check();
  await press(page, "next");
  assert.match(await page.locator("#list-error").innerText(), /只留一种/);
  await page.locator("#list-none").uncheck();
  await page.locator("details.unsure > summary").click();
  await page.locator("#unsure-1").check();
  await press(page, "next");
  assert.match(await page.locator("#list-error").innerText(), /既勾了“有”，又勾了“说不准”/);
  await context.close();
});

test("with a script, “none of these” and the other ticks undo each other", async () => {
  const { context, page } = await open(chrome);
  await go(page, server.url, "zh", "@activities");
  await page.locator("#list").check();
  await page.locator("#list-none").check();
  assert.equal(await page.locator("#list").isChecked(), false);
  await page.locator("#list").check();
  assert.equal(await page.locator("#list-none").isChecked(), false);
  await context.close();
});

test("a number outside the chosen range", async () => {
  const { context, page } = await open(chrome);
  await begin(page, server.url, "zh");
  await page.locator("#industry").fill("F51");
  await page.keyboard.press("Tab");
  await press(page, "next");
  await page.locator("#employees").fill("7");
  await page.locator('input[name=employees-range][value="20-200"]').check();
  await press(page, "next");
  assert.match(await page.locator("#employees-error").innerText(), /不在选的范围里/);
  await context.close();
});
