//! The lists and batches in progress: so many in all, and so many of one caller.
//!
//! Each has a thread. It counts until the client has received the answer: a thread whose client does not read
//! waits for it.

use crate::server::api::error::{Problem, ProblemCode};
use crate::server::http::limits::Limits;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// By whom lists and batches are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum JobOwner {
    /// A key, by its id.
    Key(Arc<str>),
    /// An address without a key.
    Address(IpAddr),
}

/// The lists and batches in progress.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    free: Arc<Semaphore>,
    /// How many one caller may have.
    most: usize,
    of_caller: Arc<Mutex<HashMap<JobOwner, usize>>>,
}

/// One job; it counts until the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    _slot: Arc<Slot>,
}

#[derive(Debug)]
struct Slot {
    jobs: Jobs,
    owner: JobOwner,
    permit: Option<OwnedSemaphorePermit>,
}

impl Jobs {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.jobs)),
            most: limits.client_jobs,
            of_caller: Arc::default(),
        }
    }

    /// Begins a job.
    ///
    /// # Errors
    /// If the caller has as many as it may have, or there are as many as the service takes. There is no queue: a
    /// client would not know that it waits in it.
    pub(crate) fn begin(&self, owner: JobOwner) -> Result<Job, Problem> {
        let mut of_caller = self.of_caller.lock().unwrap_or_else(PoisonError::into_inner);
        let held = of_caller.get(&owner).copied().unwrap_or(0);
        if held >= self.most {
            let most = self.most;
            let detail = format!(
                "one caller may have {most} lists and batches under way; wait until the answer of one has been read, or close its connection"
            );
            return Err(Problem::new(ProblemCode::TooManyRequests).with(detail));
        }
        let permit = Arc::clone(&self.free).try_acquire_owned();
        let permit = permit.map_err(|_| Problem::new(ProblemCode::Busy))?;
        of_caller.insert(owner.clone(), held + 1);
        drop(of_caller);
        let slot = Slot { jobs: self.clone(), owner, permit: Some(permit) };
        Ok(Job { _slot: Arc::new(slot) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut of_caller = self.jobs.of_caller.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock: a request that finds its caller with one job less finds a permit free, too.
        drop(self.permit.take());
        if let Some(held) = of_caller.get_mut(&self.owner) {
            *held -= 1;
            if *held == 0 {
                of_caller.remove(&self.owner);
            }
        }
    }
}
