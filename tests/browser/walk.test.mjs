// All example firms walk the guided form and get exactly the statuses of the command line.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assess, begin, browser, firms, open, serve, statuses, walk } from "./support.mjs";

let server, chrome;
before(async () => {
  server = await serve();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.stop();
});

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];
const sorted = (statusesOf) => Object.fromEntries(Object.entries(statusesOf).sort());

for (const lang of ["zh", "en"]) {
  for (const scripted of [true, false]) {
    test(`every example firm, ${lang}, script ${scripted ? "on" : "off"}`, async () => {
      const lengths = {};
      for (const [at, firm] of firms().entries()) {
        const { context, page, breaches } = await open(chrome, { javaScriptEnabled: scripted });
        await begin(page, server.url, lang);
        const pages = await walk(page, firm, { scripted, ranges: at % 2 === 1 });
        const { all, asOf } = await statuses(page);
        assert.deepEqual(sorted(all), sorted(assess(firm.profile, asOf)), firm.id);
        assert.deepEqual(breaches, [], firm.id);
        assert.ok(!page.url().includes("uscc") && !page.url().includes(firm.profile.uscc), page.url());
        // At the end, only facts that the firm does not know remain.
        assert.match(await page.locator(".progress").first().innerText(), /没有别的问题|能问的都问了|No further answer|Everything has been asked/);
        lengths[firm.id] = pages.length;
        await context.close();
      }
      console.log(lang, scripted ? "script" : "no script", JSON.stringify(lengths));
      assert.ok(median(Object.values(lengths)) <= 12, JSON.stringify(lengths));
      // P10 and P16 sell at home only.
      assert.ok(lengths.P10 <= 6 && lengths.P16 <= 6, JSON.stringify(lengths));
    });
  }
}

test("a firm that only imports has its result in six pages", async () => {
  // What only an office can say the form does not ask.
  const off = Object.fromEntries(
    ["exports_goods", "exports_services", "market_procurement", "processing_trade", "bonded_maintenance",
      "border_mutual_trade", "border_small_scale_trade", "auto_business", "shipping_line", "complete_plant_project",
      "advanced_equipment_import", "digital_solution_supplier", "own_digital_platform", "fx_or_rmb_need",
      "has_eci_policy", "staff_travel_abroad", "foreign_buyers_visit", "wants_overseas_fair", "hit_by_trade_restriction",
      "labour_shortage", "export_refund_filing", "goods_still_refundable",
      "technology_trade", "offshore_trade", "overseas_warehouse", "integrated_trade_service", "supplies_exporters",
      "organises_overseas_fairs",
    ].map((fact) => [fact, false]),
  );
  const profile = {
    ...off, division: "310115", industry: "F5191", employees: 30, revenue_wan: 3000, imports_goods: true, cbec: [], target_markets: [],
    dutiable_imports: true, financing_need: true, import_sources: ["US"], customs_credit: "常规",
  };
  const { context, page } = await open(chrome, { javaScriptEnabled: false });
  await begin(page, server.url, "zh");
  const pages = await walk(page, { profile, location: "310115" }, { scripted: false, ranges: true });
  assert.ok(pages.length <= 6, pages.join(" "));
  const { all, asOf } = await statuses(page);
  assert.deepEqual(sorted(all), sorted(assess(profile, asOf)));
  await context.close();
});
