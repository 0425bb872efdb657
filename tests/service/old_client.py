"""Assesses, looks things up and shares with the client generated from the description of 2026-11-28."""

import sys
from datetime import date

from export_advisor_client import Client
from export_advisor_client.api.assessments import assess, assess_batch
from export_advisor_client.api.policies import get_policy, list_policies
from export_advisor_client.api.rules import get_rulebook, list_facts
from export_advisor_client.api.shares import delete_share, open_share, share
from export_advisor_client.api.supports import get_support, list_supports
from export_advisor_client.models import (
    AssessBatchBody,
    AssessDetail,
    DeleteShareBody,
    OpenShareBody,
    Profile,
    ShareBody,
)

client = Client(base_url=sys.argv[1])
profile = Profile(exports_goods=True, financing_need=True, employees=6, industry="F5292")
day = date(2026, 11, 25)


def taken(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.parsed


for detail in AssessDetail:
    answer = taken(assess.sync_detailed(client=client, body=profile, as_of=day, detail=detail))
    assert answer.as_of == day and len(answer.supports) > 50
    statuses = {support.id: support.status for support in answer.supports}
    assert statuses["guarantee-small-micro"] == "applies", statuses
    assert detail != AssessDetail.FULL or answer.supports[0].title.zh and answer.summary.text.en
results = taken(assess_batch.sync_detailed(client=client, body=AssessBatchBody(profiles=[profile, Profile()]))).results
assert [bool(result.assessment.supports) for result in results] == [True, True]
supports = taken(list_supports.sync_detailed(client=client))
assert taken(get_support.sync_detailed(supports[0].id, client=client)).title.zh == supports[0].title.zh
policies = taken(list_policies.sync_detailed(client=client))
assert taken(get_policy.sync_detailed(policies[0].id, client=client)).measures[7].sentences
assert taken(list_facts.sync_detailed(client=client))[0].question.zh
assert taken(get_rulebook.sync_detailed(client=client)).version.startswith("sha256:")
made = taken(share.sync_detailed(client=client, body=ShareBody(profile=profile, as_of=day, days=1)), 201)
opened = taken(open_share.sync_detailed(client=client, body=OpenShareBody(secret=made.secret)))
assert opened.then.as_of == day
taken(delete_share.sync_detailed(client=client, body=DeleteShareBody(secret=made.secret)), 204)
wrong = assess.sync_detailed(client=client, body=Profile(industry="X9999"))
assert wrong.status_code == 422 and wrong.parsed.errors[0].code == "bad_code", wrong.content
print("the client of 2026-11-28: the firm is assessed, everything looked up, the share opened")
