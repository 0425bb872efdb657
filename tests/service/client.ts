// Assesses a firm with the client generated from the description of the API.
import { client } from "./advisor/client.gen";
import { assess, compareLists, listFacts, openShare, screenUpload, share } from "./advisor/sdk.gen";

const [baseUrl, auth] = process.argv.slice(2);
client.setConfig({ baseUrl: baseUrl!, auth: auth! });

const fail = (what: string, why: unknown): never => {
  console.error(what, JSON.stringify(why));
  process.exit(1);
};

async function main() {
  const query = { as_of: "2026-11-25" };
  const body = { exports_goods: true, size: "micro" as const, financing_need: true };
  const { data, error, response } = await assess({ body, query });
  if (data?.detail !== "full") throw fail("no full assessment", error ?? data?.detail);
  const guarantee = data.supports.find((support) => support.id === "guarantee-small-micro");
  if (guarantee?.status !== "applies") fail("another status", guarantee);
  if (response?.headers.get("rule-book-version") !== data.rulebook) fail("another rule book", data.rulebook);

  const changes = data.supports.flatMap((support) => support.would_change).flat();
  if (!changes.some(({ needs }) => needs.kind === "one_of" && needs.one_of.length > 0)) fail("nothing would change", changes.length);

  const wrong = await assess({ body: { exprots_goods: true } as never, query });
  if (wrong.response?.status !== 422 || wrong.error?.errors[0]?.code !== "unknown_fact") {
    fail("the fault is not reported", wrong.error);
  }

  const shared = await share({ body: { profile: body, as_of: "2026-11-25" } });
  if (!shared.data) throw fail("no share", shared.error);
  const opened = await openShare({ body: { secret: shared.data.secret } });
  if (!opened.data) throw fail("the share does not open", opened.error);

  const facts = await listFacts();
  if (!facts.data) throw fail("no facts", facts.error);

  const file = (name: string, text: string) => new File([text], name, { type: "text/csv" });
  const list = file("list.csv", "编号,是否出口\nA1,是\n");
  const support = { ...query, supports: "domestic-fairs" };
  const screened = await screenUpload({ body: { list }, query: support, parseAs: "text" });
  if (!`${screened.data}`.includes("#summary")) fail("the list is not screened", screened.error);
  const previous = file("last.csv", "编号,是否出口\nA1,否\n");
  const compared = await compareLists({ body: { previous, list }, query: { ...support, key: "编号" }, parseAs: "text" });
  if (!`${compared.data}`.includes("exports_goods")) fail("the lists are not compared", compared.error ?? compared.data);
  console.log("hey-api: the firm is assessed, the lists screened");
}

main().catch((error) => fail("the client failed", String(error)));
