// Assesses a firm and screens a list with openapi-fetch and the types of openapi-typescript.
import createClient from "openapi-fetch";
import type { components, paths } from "./description";

const [baseUrl, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: baseUrl!, headers: { Authorization: `Bearer ${key}` } });

const fail = (what: string, why: unknown): never => {
  console.error(what, JSON.stringify(why));
  process.exit(1);
};

async function main() {
  const size: components["schemas"]["SizeValue"] = "micro";
  const body = { exports_goods: true, size, financing_need: true };
  const { data, error } = await client.POST("/api/v1/assessments", { body, params: { query: { as_of: "2026-11-25" } } });
  if (data?.detail !== "full") throw fail("no full assessment", error ?? data?.detail);
  const guarantee = data.supports.find((support) => support.id === "guarantee-small-micro");
  if (guarantee?.status !== "applies") fail("another status", guarantee);
  const changes = data.supports.flatMap((support) => support.would_change).flat();
  const numbers = changes.flatMap(({ needs }) => (needs.kind === "number" && needs.min ? [needs.min.value] : []));
  const choices = changes.flatMap(({ needs }) => (needs.kind === "one_of" ? needs.one_of : []));
  if (choices.length === 0 || numbers.some((bound) => Number.isNaN(Number(bound)))) fail("what would change", changes.length);

  const list = "企业名称,是否出口,从业人数\n甲,是,6\n";
  const screened = await client.POST("/api/v1/screenings", {
    body: list,
    bodySerializer: (text) => text,
    params: { query: { as_of: "2026-11-25", supports: "domestic-fairs" } },
    headers: { "Content-Type": "text/csv", Accept: "text/csv" },
    parseAs: "text",
  });
  if (!screened.data?.includes("#summary")) fail("the list is not screened", screened.error);
  console.log("openapi-fetch: the firm is assessed, the list screened");
}

main().catch((error) => fail("the client failed", String(error)));
