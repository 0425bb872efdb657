// The adviser's desk: many firms by keyboard, the list of the day, a pasted row, sheet and share; with and without a
// script, in both languages, narrow and wide.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { answer, assess, browser, leave, listed, open, printed, serve } from "./support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = process.env.EXPORT_ADVISOR_SCREENSHOTS;
let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

/** Opens the desk, and records what it sends. */
async function desk(lang, options = {}) {
  const opened = await open(chrome, { viewport: { width: 1280, height: 900 }, ...options });
  const { page } = opened;
  const sent = [];
  page.on("request", (one) => sent.push(`${one.url()} ${one.postData() ?? ""}`));
  await page.goto(`${server.url}/adviser?lang=${lang}`);
  /** Waits until the page shows what was entered. */
  const settled = () => page.waitForFunction(() => document.getElementById("result").getAttribute("aria-busy") !== "true");
  return { ...opened, sent, settled };
}

const live = (page) => page.locator("#live").innerText();
const choose = (page, fact, value) => page.locator(`#${fact}`).selectOption(value);
/** The statuses beside the form: support → status. */
const statuses = async (page) =>
  Object.fromEntries(await page.locator("#result li[data-status]").evaluateAll((all) =>
    all.map((one) => [one.id.replace(/^s-/, ""), one.dataset.status])));

/** Presses an access key as a keyboard does: Playwright does not say which character the key would write. */
async function access(page, letter) {
  const session = await page.context().newCDPSession(page);
  const key = { key: letter, code: `Key${letter.toUpperCase()}`, windowsVirtualKeyCode: letter.toUpperCase().charCodeAt(0), modifiers: 1 };
  await session.send("Input.dispatchKeyEvent", { type: "keyDown", unmodifiedText: letter, ...key });
  await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  await session.detach();
}

async function faults(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const bad = found.violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) bad.push(`${what}: ${wide} px too wide`);
  const small = await page.locator("main button, main a.button, main select, main input[type=text], main summary, main .choice").evaluateAll((all) =>
    all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML.slice(0, 120)));
  return [...bad, ...small.map((one) => `${what}: too small: ${one}`)];
}

for (const lang of ["zh", "en"]) {
  for (const width of [320, 1280]) {
    test(`accessible in each state, ${lang}, ${width} px`, async () => {
      const { context, page, breaches, settled } = await desk(lang, { viewport: { width, height: 844 } });
      const shoot = async (what) => {
        if (screenshots) await page.screenshot({ path: join(screenshots, `adviser-${lang}-${width}-${what}.png`), fullPage: true });
      };
      const bad = await faults(page, "empty");
      await shoot("empty");
      await page.locator("#keys > summary").click();
      await page.locator("#name").fill("某某公司");
      await page.locator("#employees").fill("many");
      await choose(page, "exports_goods", "true");
      await settled();
      bad.push(...(await faults(page, "error")));
      await page.locator("#employees").fill("6");
      await page.locator('button[value="rest:trade"]').click();
      await settled();
      bad.push(...(await faults(page, "rest")));
      await shoot("rest");
      await page.locator("#all").check();
      await settled();
      bad.push(...(await faults(page, "all questions")));
      await page.locator("#next").click();
      await settled();
      await page.locator("#paste > summary").click();
      await page.locator("#row").fill("企业名称\t是否出口\t从业人数\t备注\n另一家\t是\t7\tx");
      await page.locator('button[value="paste"]').click();
      await settled();
      bad.push(...(await faults(page, "pasted, with a list")));
      await shoot("pasted");
      assert.deepEqual(bad, []);
      assert.deepEqual(breaches, []);
      await context.close();
    });
  }
}

test("only what can still change a status is in view and in the order of tabs", async () => {
  const { context, page, settled } = await desk("zh");
  assert.ok(await page.locator("#landed_processing").isVisible());
  for (const fact of ["exports_goods", "imports_goods", "exports_services", "plans_to_trade", "border_mutual_trade", "processing_trade"]) {
    if (await page.locator(`#${fact}`).isVisible()) await choose(page, fact, "false");
    await settled();
  }
  assert.ok(!(await page.locator("#markets").isVisible()), "nothing abroad, no markets");
  const open = await page.locator(".fact.asked-now").evaluateAll((all) => all.map((one) => one.id));
  const seen = await page.locator(".fact").evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.id));
  assert.deepEqual(open.filter((one) => !seen.includes(one)), [], "every question is in view");
  // Tab stops at no question that changes nothing.
  await page.locator("#name").focus();
  for (let count = 0; count < 200; count += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => ({
      fact: document.activeElement.closest(".fact")?.className ?? "",
      id: document.activeElement.id,
    }));
    assert.ok(!at.fact.includes("idle"), at.id);
    if (at.id === "all") break;
    assert.ok(count < 199, "the end of the form is reached");
  }
  await page.keyboard.press("Space");
  assert.ok(await page.locator("#markets").isVisible(), "shown on demand");
  await context.close();
});

// Three firms. `typed` is what an input method takes to write a name or an answer; lists hold what Space ticks.
const FIRMS = [
  {
    name: "好货", typed: "haohuo ",
    text: { division: ["yiwu", "ArrowDown", "Enter"], industry: ["F5292"], employees: ["6"], revenue_wan: ["680"], assets_wan: ["210"], markets: ["us,de,jp"] },
    select: { customs_credit: "3", goods_still_refundable: "y" },
    yes: ["exports_goods", "financing_need", "fx_or_rmb_need"],
    ticks: { cbec: ["retail_export"] },
    profile: {
      division: "330782", industry: "F5292", employees: 6, revenue_wan: 680, assets_wan: 210, markets: ["US", "DE", "JP"],
      customs_credit: "常规", goods_still_refundable: true, exports_goods: true, financing_need: true, fx_or_rmb_need: true,
      cbec: ["retail_export"],
    },
  },
  {
    name: "Wuxi Precision", typed: "Wuxi Precision",
    text: { division: ["wuxi"], industry: ["C3525"], employees: ["260"], revenue_wan: ["9000"], assets_wan: ["8000"], markets: ["us,mx"], import_sources: ["jp"] },
    select: { customs_credit: "2", goods_still_refundable: "y" },
    yes: ["exports_goods", "imports_goods", "dutiable_imports", "export_refund_filing", "hit_by_trade_restriction", "has_eci_policy"],
    ticks: {},
    profile: {
      division: "320200", industry: "C3525", employees: 260, revenue_wan: 9000, assets_wan: 8000, markets: ["US", "MX"],
      import_sources: ["JP"], customs_credit: "认证", goods_still_refundable: true, exports_goods: true, imports_goods: true,
      dutiable_imports: true, export_refund_filing: true, hit_by_trade_restriction: true, has_eci_policy: true,
    },
  },
  {
    name: "云软", typed: "yunruan ",
    text: { division: ["chengdu", "ArrowDown", "Enter"], industry: ["I6513"], employees: ["80"], revenue_wan: ["3000"], assets_wan: ["900"], markets: ["sg,ae"] },
    select: { customs_credit: "6" },
    yes: ["exports_services", "technology_trade", "staff_travel_abroad", "export_refund_filing"],
    ticks: {},
    profile: {
      division: "510100", industry: "I6513", employees: 80, revenue_wan: 3000, assets_wan: 900, markets: ["SG", "AE"],
      customs_credit: "未备案", exports_services: true, technology_trade: true, staff_travel_abroad: true, export_refund_filing: true,
    },
  },
];

/** Types a firm as an adviser does who reads the page, from the field of the name to “next firm”; returns the strokes. */
async function type(page, firm, settled) {
  let strokes = 0;
  const press = async (key) => {
    strokes += 1;
    await page.keyboard.press(key);
  };
  const write = async (text) => {
    strokes += text.length;
    await page.keyboard.type(text);
  };
  strokes += firm.typed.length;
  await page.keyboard.insertText(firm.name);
  await press("Enter");
  for (let count = 0; count < 60; count += 1) {
    const at = await page.evaluate(() => {
      const active = document.activeElement;
      const section = active.closest(".facts-group");
      const inView = section ? Array.from(section.querySelectorAll(".fact.asked-now")) : [];
      return {
        id: active.id,
        fact: active.closest(".fact")?.id.replace("fact-", "") ?? "",
        rest: section?.querySelector('.rest button[value^="rest:"]')?.accessKey === "r",
        mayBeNo: document.getElementById("shown").value.split(" ").includes(active.id),
        yesNo: active.matches("select") && active.querySelector("option[value=true]") !== null,
        section: inView.map((one) => one.id.replace("fact-", "")),
      };
    });
    if (at.id === "next") return strokes;
    assert.notEqual(at.fact, "", `focus on ${JSON.stringify(at)}`);
    const { fact } = at;
    const isLeft = (one) => !firm.done.has(one) && (firm.yes.includes(one) || one in firm.ticks);
    firm.done.add(fact);
    if (firm.text[fact]) {
      const [text, ...keys] = firm.text[fact];
      await write(text);
      if (keys.length > 0) await page.locator(`#${fact} ~ [role=listbox] [role=option]`).first().waitFor();
      for (const key of [...keys, "Enter"]) await press(key);
    } else if (firm.select[fact] || firm.yes.includes(fact)) {
      // It goes on by itself.
      await write(firm.select[fact] ?? "y");
    } else if (firm.ticks[fact]) {
      await press("Space");
      await press("Enter");
    } else if (!at.rest || at.section.some(isLeft)) {
      await press(at.mayBeNo ? "n" : "Enter");
    } else if (at.yesNo) {
      // What is left of the section is a “no”.
      await press("r");
    } else {
      strokes += 2;
      await access(page, "r");
    }
    await settled();
  }
  throw new Error("no end");
}

for (const lang of ["zh", "en"]) {
  test(`three firms by keyboard, at most 70 strokes each, ${lang}`, async () => {
    const { context, page, breaches, sent, settled } = await desk(lang);
    const facts = JSON.parse(await (await fetch(`${server.url}/api/v1/facts`)).text());
    const no = facts.filter((one) => one.type === "bool" && !one.derived && !one.decided_by_office).map((one) => [one.name, false]);
    await page.locator("#name").focus();
    const counted = [];
    for (const firm of FIRMS.map((one) => ({ ...one, done: new Set() }))) {
      let strokes = await type(page, firm, settled);
      // What was never asked is a “no” here: it changes nothing that can be had.
      const selects = await page.locator(".fact select").evaluateAll((all) => all.filter((one) => one.value === "false").map((one) => one.name));
      const lists = await page.locator('.by-rest input[name$="-none"]').evaluateAll((all) => all.map((one) => one.name.replace("-none", "")));
      const noes = [...selects.map((one) => [one, false]), ...lists.map((one) => [one, []])];
      const profile = { ...Object.fromEntries([...no, ...noes]), ...firm.profile };
      const supports = listed(answer(profile).supports).filter((one) => one.window === "open");
      const found = await statuses(page);
      const status = ({ id }) => [id, found[id]];
      assert.deepEqual(Object.fromEntries(supports.map(status)), Object.fromEntries(supports.map((one) => [one.id, one.status])), firm.name);
      strokes += 2;
      await access(page, "n");
      await settled();
      counted.push([firm.name, strokes]);
      assert.equal(await page.evaluate(() => document.activeElement.id), "name", "ready for the next firm");
      assert.equal(await page.locator("#name").inputValue(), "");
    }
    console.log("keystrokes:", JSON.stringify(counted));
    for (const [name, strokes] of counted) assert.ok(strokes <= 70, `${name}: ${strokes}`);
    const rows = await page.locator("#firms tr").evaluateAll((all) => all.map((one) => one.children[1].innerText));
    assert.deepEqual(rows, FIRMS.map(({ name }) => name));
    for (const { name } of FIRMS) {
      for (const one of sent) assert.ok(!one.includes(name) && !one.includes(encodeURIComponent(name)), `the name is sent: ${one}`);
    }
    assert.deepEqual(breaches, []);
    await context.close();
  });
}

test("the rest is no: how many is said and shown, and it is undone", async () => {
  const { context, page, settled } = await desk("zh");
  await choose(page, "exports_goods", "true");
  await settled();
  await page.locator("#exports_goods").focus();
  await access(page, "r");
  await settled();
  const filled = await page.locator(".fact.by-rest").count();
  assert.ok(filled >= 3);
  assert.ok((await live(page)).startsWith(`已把${filled}题填成“否”；适用`), await live(page));
  assert.equal(await page.locator("#imports_goods").inputValue(), "false");
  assert.equal(await page.locator("#fact-imports_goods .tag").innerText(), "一并填的");
  const at = await page.evaluate(() => document.activeElement.closest(".fact")?.id);
  assert.equal(at, "fact-markets", "on with the next open question");
  // Changed by hand, one is no longer among them.
  await choose(page, "imports_goods", "true");
  await settled();
  assert.equal(await page.locator(".fact.by-rest").count(), filled - 1);
  await page.locator('button[value="undo:trade"]').click();
  await settled();
  assert.equal(await page.locator(".fact.by-rest").count(), 0);
  assert.equal(await page.locator("#exports_services").inputValue(), "");
  assert.equal(await page.locator("#imports_goods").inputValue(), "true");
  await context.close();
});

test("the live line is short, and says what could not be read", async () => {
  const { context, page, settled } = await desk("en");
  assert.equal(await page.locator("main [role=status]:not(.nothing), main [aria-live]").count(), 1, "one live region");
  await choose(page, "exports_goods", "true");
  await settled();
  assert.match(await live(page), /^\d+ appl(y|ies), \d+ open, \d+ questions left$/);
  await page.locator("#employees").fill("many");
  await page.locator("#employees").press("Tab");
  await settled();
  assert.match(await live(page), /could not be read: number of employees$/);
  await page.locator("#revenue_wan").focus();
  assert.equal(await page.locator("#employees").getAttribute("aria-invalid"), "true");
  await context.close();
});

/** What a download holds. */
async function downloaded(page, action) {
  const [download] = await Promise.all([page.waitForEvent("download"), action()]);
  return { name: download.suggestedFilename(), file: await download.path(), text: readFileSync(await download.path(), "utf8") };
}

test("the list of the day: back into the page, out and in again, and a warning before it is lost", async () => {
  const { context, page, settled } = await desk("zh");
  const warnings = [];
  page.on("dialog", (dialog) => {
    warnings.push(dialog.type());
    dialog.dismiss();
  });
  const add = async (name, employees) => {
    await page.locator("#name").fill(name);
    await page.locator("#employees").fill(employees);
    await choose(page, "exports_goods", "true");
    await settled();
    const line = await live(page);
    await page.locator("#next").click();
    await settled();
    return line;
  };
  const line = (firm) => page.locator("#firms td:nth-child(2) button").filter({ hasText: firm });
  const evil = '=HYPERLINK("http://x","y")';
  const first = await add(evil, "6");
  await add("-5, \"乙\"", "300");
  assert.equal(await page.locator("#day-count").innerText(), "2");
  const row = await page.locator("#firms tr").first().locator("td").allInnerTexts();
  assert.match(row[0], /^\d\d:\d\d$/);
  assert.equal(first, `适用${row[2]}项，待定${row[3]}项，还有${row[4]}题`);
  // Nothing was entered: no line.
  await page.locator("#next").click();
  await settled();
  assert.equal(await page.locator("#firms tr").count(), 2);
  // Back into the page, with its answers; changed, it is the same line.
  await line(evil).click();
  await settled();
  assert.equal(await page.locator("#name").inputValue(), evil);
  assert.equal(await page.locator("#employees").inputValue(), "6");
  assert.equal(await page.locator("#exports_goods").inputValue(), "true");
  assert.equal(await live(page), first);
  await choose(page, "imports_goods", "true");
  await settled();
  const changed = await live(page);
  await page.locator("#next").click();
  await settled();
  assert.equal(await page.locator("#firms tr").count(), 2);
  const again = await page.locator("#firms tr").first().locator("td").allInnerTexts();
  assert.equal(changed, `适用${again[2]}项，待定${again[3]}项，还有${again[4]}题`);
  // Leaving is warned about while it is not exported.
  await page.evaluate(() => location.reload()).catch(() => {});
  await page.waitForTimeout(300);
  assert.deepEqual(warnings, ["beforeunload"]);
  assert.equal(await page.locator("#firms tr").count(), 2, "still there");
  const csv = await downloaded(page, () => page.locator("#export-csv").click());
  assert.ok(csv.text.startsWith("\ufeff") && csv.name.endsWith(".csv"));
  const lines = csv.text.trim().split("\r\n");
  assert.equal(lines[0], "时间,企业名称,适用,待定,还有几题");
  assert.match(lines[1], /^\d{4}-\d\d-\d\d \d\d:\d\d,"'=HYPERLINK\(""http:\/\/x"",""y""\)",\d+,\d+,\d+$/);
  assert.match(lines[2], /,"'-5, ""乙""",/);
  const json = await downloaded(page, () => page.locator("#export-json").click());
  assert.ok(json.name.endsWith(".json"));
  await page.reload();
  assert.deepEqual(warnings, ["beforeunload"], "exported, it can be left");
  assert.equal(await page.locator("#firms tr").count(), 0);
  // In again, once.
  for (const expected of ["2", "0"]) {
    await page.locator("#import").setInputFiles(json.file);
    await page.waitForFunction((text) => document.getElementById("live").textContent === text, `导入的企业数：${expected}`);
    assert.equal(await page.locator("#firms tr").count(), 2);
  }
  await line("乙").click();
  await settled();
  assert.equal(await page.locator("#employees").inputValue(), "300");
  // A line is removed, the one in the page with what the page shows, and comes back where it was.
  await choose(page, "imports_goods", "true");
  await settled();
  const shown = await live(page);
  await page.getByRole("button", { name: `移除 -5, "乙"` }).click();
  await settled();
  assert.equal(await page.locator("#employees").inputValue(), "", "its answers are gone from the page");
  assert.equal(await page.locator("#firms tr").count(), 1);
  assert.equal(await page.locator("#undo").innerText(), '恢复：-5, "乙"');
  assert.equal(await page.locator("#live").innerText(), '已移除：-5, "乙"');
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#firms tr").count(), 2);
  assert.equal(await page.locator("#undo").isVisible(), false);
  await page.keyboard.press("Enter");
  await settled();
  assert.equal(await live(page), shown);
  // What was not exported here changes nothing.
  for (const text of ["x", "{}", '{"format":"export-advisor-firms","version":1,"firms":[{"name":1}]}', '{"format":"export-advisor-firms","version":1,"firms":[null]}']) {
    writeFileSync(json.file, text);
    await page.locator("#import").setInputFiles(json.file);
    await page.waitForFunction(() => document.getElementById("live").textContent.startsWith("这个文件不是从这里导出的"));
    assert.equal(await page.locator("#firms tr").count(), 2, text);
    await page.evaluate(() => (document.getElementById("live").textContent = ""));
  }
  await context.close();
});

test("a pasted row fills the page; the row of another firm begins anew", async () => {
  const { context, page, settled } = await desk("zh");
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const paste = async (text) => {
    await page.evaluate((one) => navigator.clipboard.writeText(one), text);
    await page.locator("#row").focus();
    await page.keyboard.press("ControlOrMeta+V");
    await settled();
  };
  await access(page, "p");
  await page.waitForFunction(() => document.activeElement.id === "row");
  await paste("企业名称\t是否出口\t从业人数\t营业收入（元）\t出口国别\t备注\r\n甲公司\t是\t6\t6800000\t美国、日本\t老客户\r\n");
  assert.equal(await page.locator("#name").inputValue(), "甲公司");
  assert.equal(await page.locator("#exports_goods").inputValue(), "true");
  assert.equal(await page.locator("#revenue_wan").inputValue(), "680万元");
  assert.deepEqual(await page.locator('input[name="markets-chosen"]:checked').evaluateAll((all) => all.map((one) => one.value)), ["JP", "US"].sort());
  assert.equal(await page.locator("#row").inputValue(), "");
  const report = await page.locator("#paste-report").innerText();
  assert.ok(report.includes("读了5列") && report.includes("没有读：备注"), report);
  assert.match(await live(page), /^读了5列；适用\d+项/);
  assert.ok(await page.evaluate(() => document.activeElement.closest(".fact.asked-now") !== null), "on with what is open");
  await choose(page, "imports_goods", "true");
  await settled();
  // The next row, without its header.
  await paste("乙公司\t否\t300\t\t\t");
  assert.equal(await page.locator("#name").inputValue(), "乙公司");
  assert.equal(await page.locator("#imports_goods").inputValue(), "", "the answers of another firm are not carried over");
  assert.equal(await page.locator("#employees").inputValue(), "300");
  assert.deepEqual(await page.locator("#firms tr td:nth-child(2)").allInnerTexts(), ["甲公司"]);
  await page.locator("#firms td:nth-child(2) button").filter({ hasText: "甲公司" }).click();
  await settled();
  assert.equal(await page.locator("#imports_goods").inputValue(), "true");
  assert.deepEqual(await page.locator("#firms tr td:nth-child(2)").allInnerTexts(), ["甲公司", "乙公司"]);
  // The search of a field that came with an answer works.
  await page.locator("#markets").pressSequentially("德国");
  await page.locator("#markets ~ [role=listbox] [role=option]").first().waitFor();
  await context.close();
});

for (const lang of ["zh", "en"]) {
  test(`sheet and share of the present firm, ${lang}`, async () => {
    const { context, page, breaches, sent, settled } = await desk(lang);
    await page.evaluate(() => (window.print = () => (window.wasPrinted = true)));
    await page.locator("#name").fill("Secret 公司");
    await choose(page, "exports_goods", "true");
    await settled();
    await page.locator('#take button[formaction^="/sheet"]').click();
    await page.waitForFunction(() => window.wasPrinted);
    const pages = await printed(page);
    const first = pages[0];
    assert.ok(first.includes("Secret公司"), first.slice(0, 200));
    const [ask, beside] = lang === "zh" ? ["找谁", "顾问专用页"] : ["Bring:", "Onepageforadvisers"];
    assert.ok(!first.includes(beside), "the desk itself is not printed");
    assert.ok(pages.join("").includes(ask));
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    assert.ok(await page.locator("#form").isVisible());
    const [shared] = await Promise.all([context.waitForEvent("page"), page.locator('#take button[formaction^="/share"]').click()]);
    await shared.locator("#link").waitFor();
    assert.match(await shared.locator("#link").inputValue(), /\/s#[\w-]{43}$/);
    await shared.close();
    const [text] = await Promise.all([context.waitForEvent("page"), page.locator('#take button[formaction^="/copy"]').click()]);
    await text.locator("textarea").waitFor();
    assert.equal(await page.locator("#name").inputValue(), "Secret 公司", "the desk is still there");
    for (const one of sent) assert.ok(!one.includes("Secret"), one);
    assert.deepEqual(breaches, []);
    await context.close();
  });

  test(`without a script: fill, the rest no, undo, paste, next firm, ${lang}`, async () => {
    const { context, page } = await open(chrome, { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    await page.goto(`${server.url}/adviser?lang=${lang}`);
    assert.ok(!(await page.locator("#day").isVisible()) && !(await page.locator("#keys").isVisible()));
    await page.locator("#name").fill("某公司");
    await page.locator("#employees").fill("6");
    await choose(page, "exports_goods", "true");
    await page.locator("#employees").press("Enter");
    await page.locator("#result li[data-status=applies]").first().waitFor();
    assert.equal(await page.locator(".by-rest").count(), 0, "Enter shows the result");
    assert.equal(await page.locator("#name").inputValue(), "某公司");
    const { asOf, all } = { asOf: (await page.locator("main").innerText()).match(/(\d{4}-\d\d-\d\d) · sha256/)[1], all: await statuses(page) };
    const expected = assess({ employees: 6, exports_goods: true }, asOf);
    assert.deepEqual(all, Object.fromEntries(Object.keys(all).map((id) => [id, expected[id]])));
    await leave(page, page.locator('button[value="rest:trade"]'));
    const filled = await page.locator(".by-rest").count();
    assert.ok(filled >= 3);
    assert.ok((await page.locator("#section-trade .rest").innerText()).includes(String(filled)));
    await leave(page, page.locator('button[value="undo:trade"]'));
    assert.equal(await page.locator(".by-rest").count(), 0);
    await page.locator("#paste > summary").click();
    await page.locator("#row").fill("是否进口\t备注\n是\tx");
    await leave(page, page.locator('button[value="paste"]'));
    assert.equal(await page.locator("#imports_goods").inputValue(), "true");
    assert.equal(await page.locator("#exports_goods").inputValue(), "true", "other answers stay");
    assert.ok((await page.locator("#paste-report").innerText()).includes("备注"));
    await leave(page, page.locator("#next"));
    assert.equal(await page.locator("#exports_goods").inputValue(), "");
    await context.close();
  });
}
