"""Assesses a firm with the client generated from the description of the API."""

import sys
from datetime import date

from export_advisor_client import AuthenticatedClient
from export_advisor_client.api.assessments import assess
from export_advisor_client.api.rules import list_facts
from export_advisor_client.models import Profile, ProfileSizeType0

url, key = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key)
profile = Profile(exports_goods=True, financing_need=True, size=ProfileSizeType0.MICRO)
answer = assess.sync_detailed(client=client, body=profile, as_of=date(2026, 11, 25))
assert answer.status_code == 200, answer.content
statuses = {support.id: support.status for support in answer.parsed.supports}
assert statuses["guarantee-small-micro"] == "applies", statuses
assert answer.headers["rule-book-version"] == answer.parsed.rulebook

wrong = Profile(industry="X9999")
answer = assess.sync_detailed(client=client, body=wrong)
assert answer.status_code == 422 and answer.parsed.errors[0].code == "bad_code", answer.content

assert list_facts.sync(client=client) is not None
print("Python: the firm is assessed")
