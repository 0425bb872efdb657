"""Assesses a firm with the client generated from the description of the API."""

import io
import sys
from datetime import date

from export_advisor_client import AuthenticatedClient
from export_advisor_client.api.assessments import assess
from export_advisor_client.api.rules import list_facts
from export_advisor_client.api.screenings import compare_lists, screen_upload
from export_advisor_client.models import ListUpload, OneOf, Profile, SizeValue, TwoLists
from export_advisor_client.types import File

url, key = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key)
profile = Profile(exports_goods=True, financing_need=True, size=SizeValue.MICRO)
answer = assess.sync_detailed(client=client, body=profile, as_of=date(2026, 11, 25))
assert answer.status_code == 200, answer.content
statuses = {support.id: support.status for support in answer.parsed.supports}
assert statuses["guarantee-small-micro"] == "applies", statuses
assert answer.headers["rule-book-version"] == answer.parsed.rulebook

needs = [change.needs for support in answer.parsed.supports for changes in support.would_change for change in changes]
assert sum(len(need.one_of) for need in needs if isinstance(need, OneOf)) > 0

wrong = Profile(industry="X9999")
answer = assess.sync_detailed(client=client, body=wrong)
assert answer.status_code == 422 and answer.parsed.errors[0].code == "bad_code", answer.content

assert list_facts.sync(client=client) is not None


def file(name, text):
    return File(payload=io.BytesIO(text.encode()), file_name=name, mime_type="text/csv")


LIST = "编号,是否出口\nA1,是\n"
asked = {"client": client, "as_of": date(2026, 11, 25), "supports": "domestic-fairs"}
answer = screen_upload.sync_detailed(body=ListUpload(list_=file("list.csv", LIST)), **asked)
assert answer.status_code == 200 and b"#summary" in answer.parsed.payload.read(), answer.content
lists = TwoLists(previous=file("last.csv", "编号,是否出口\nA1,否\n"), list_=file("list.csv", LIST))
answer = compare_lists.sync_detailed(body=lists, key="编号", **asked)
assert answer.status_code == 200 and b"exports_goods" in answer.parsed.payload.read(), answer.content
print("openapi-python-client: the firm is assessed, the lists screened")
