//! What must be known before a script is run.

use crate::facts::{Catalogue, Reference, Tables};
use crate::index::IndexVec;
use crate::rulebook::{BenefitKind, Channel, ChannelId, Paper, PaperId, Policy, PolicyId};
use std::sync::Arc;

/// What the other rule files say: facts, tables, kinds of benefit, offices, and the policies with their texts.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) tables: Arc<Tables>,
    pub(super) reference: Arc<Reference>,
    pub(super) kinds: Arc<Vec<BenefitKind>>,
    pub(super) channels: Arc<IndexVec<ChannelId, Channel>>,
    pub(super) papers: Arc<IndexVec<PaperId, Paper>>,
    pub(super) policies: Arc<IndexVec<PolicyId, Policy>>,
}
