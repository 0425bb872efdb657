//! Relations between supports: each names one of another document.

use super::{Finished, Finisher};
use crate::diagnostic::nearest;
use crate::rulebook::{PolicyId, Relation, SupportId};
use foldhash::HashMap;

impl Finisher<'_> {
    /// Finds the supports that relations name, now that all are known.
    pub(super) fn relate(&self, supports: &mut [Finished]) {
        if supports.iter().all(|finished| finished.relations.is_empty()) {
            return;
        }
        let known: HashMap<String, (SupportId, PolicyId)> = (supports.iter().enumerate())
            .map(|(index, finished)| {
                let support = &finished.support;
                (support.id.clone(), (SupportId::from(index), support.policy))
            })
            .collect();
        let mut named_by: Vec<Vec<SupportId>> = vec![Vec::new(); supports.len()];
        for (index, finished) in supports.iter_mut().enumerate() {
            let own = finished.support.policy;
            let mut related: Vec<Relation> = Vec::new();
            for draft in std::mem::take(&mut finished.relations) {
                let fault = |code, message: String, help: String| {
                    self.context.fault_of_text(&draft.location, &draft.to, code, message, help);
                };
                let Some(&(to, policy)) = known.get(&draft.to) else {
                    let mut ids: Vec<&str> = known.keys().map(String::as_str).collect();
                    ids.sort_unstable();
                    let near = nearest(&draft.to, ids);
                    let help = near.map_or_else(
                        || "write the id of a support of another document".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("no support is named `{}`", draft.to);
                    fault("unknown-support", message, help);
                    continue;
                };
                if policy == own {
                    let message = format!("`{}` is a support of the same document", draft.to);
                    let help = "a relation is to another document; cite both sentences instead";
                    fault("relation", message, help.to_owned());
                } else if related.iter().any(|relation| relation.to == to) {
                    let message = format!("it is stated twice how this stands to `{}`", draft.to);
                    fault("relation", message, "remove one of the two".to_owned());
                } else {
                    let difference = draft.difference.clone();
                    related.push(Relation { kind: draft.kind, to, difference });
                    if let Some(naming) = named_by.get_mut(to.index()) {
                        naming.push(SupportId::from(index));
                    }
                }
            }
            finished.support.relations = related;
        }
        for (finished, named_by) in supports.iter_mut().zip(named_by) {
            finished.support.named_by = named_by;
        }
    }
}
