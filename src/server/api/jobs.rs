//! The lists and batches that are under way: so many in all, and so many of one caller.
//!
//! Each has a thread. It keeps its place until the client has taken the answer: a thread whose client
//! does not read waits for it.

use super::error::{Problem, ProblemCode};
use super::limits::Limits;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// By whom lists and batches are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum JobOwner {
    /// A key, by its id.
    Key(Arc<str>),
    /// An address without a key.
    Address(IpAddr),
}

/// The places for lists and batches.
#[derive(Clone, Debug)]
pub(super) struct Jobs {
    free: Arc<Semaphore>,
    /// Of one caller.
    most: usize,
    of_caller: Arc<Mutex<HashMap<JobOwner, usize>>>,
}

/// One place, until the last clone is dropped.
#[derive(Clone, Debug)]
pub(super) struct Job {
    _place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    jobs: Jobs,
    owner: JobOwner,
    permit: Option<OwnedSemaphorePermit>,
}

impl Jobs {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.jobs)),
            most: limits.client_jobs,
            of_caller: Arc::default(),
        }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// If the caller has as many as it may have, or none is free: who waits in a queue of the server would not
    /// know it.
    pub(super) fn take(&self, owner: JobOwner) -> Result<Job, Problem> {
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
        let place = Place { jobs: self.clone(), owner, permit: Some(permit) };
        Ok(Job { _place: Arc::new(place) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of_caller = self.jobs.of_caller.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock: whoever finds that its caller has one place less finds that place free, too.
        drop(self.permit.take());
        if let Some(held) = of_caller.get_mut(&self.owner) {
            *held -= 1;
            if *held == 0 {
                of_caller.remove(&self.owner);
            }
        }
    }
}
