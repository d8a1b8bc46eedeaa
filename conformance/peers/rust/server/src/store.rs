//! The state that outlives the process, in one SQLite file. One thread owns the database and runs the
//! jobs of all calls; those that queue up meanwhile share a transaction, and nobody is answered before
//! it is on disk (delivery.survives-restart).

use std::{
    error::Error, fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, sync::mpsc, thread,
};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::oneshot;

use crate::refusal::Refusal;

const MOST_JOBS_AT_ONCE: usize = 256;

const SCHEMA: &str = include_str!("schema.sql");

/// Runs within the transaction and answers what to do when its end is known.
type Job = Box<dyn FnOnce(&Connection) -> Reply + Send>;
type Reply = Box<dyn FnOnce(bool)>;

#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    /// Opens or creates the database in `folder`. It holds the secrets of the server, so that nobody
    /// else on the machine may read it; the files that SQLite puts beside it take its mode over.
    pub fn open(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let file = folder.join("qpc-rust.db");
        OpenOptions::new().append(true).create(true).mode(0o600).open(&file)?;
        Ok(Self::serve(Connection::open(file)?)?)
    }

    fn serve(db: Connection) -> rusqlite::Result<Self> {
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.set_prepared_statement_cache_capacity(64);
        db.execute_batch(SCHEMA)?;
        let (jobs, queue) = mpsc::channel();
        thread::spawn(move || work(&db, &queue));
        Ok(Self { jobs })
    }

    /// Runs a job. What it did is on disk when it answers Ok, and taken back when it refuses.
    pub async fn run<T, F>(&self, job: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            let outcome = alone(db, job);
            Box::new(move |is_kept| {
                let _ = answer.send(if is_kept { outcome } else { Err(Refusal::INTERNAL) });
            })
        });
        self.jobs.send(job).map_err(|_| Refusal::INTERNAL)?;
        answered.await.unwrap_or(Err(Refusal::INTERNAL))
    }

    /// The secret of this name, made on first use (opaque.setup-persisted).
    pub async fn secret<F>(&self, name: &'static str, make: F) -> Result<Vec<u8>, Refusal>
    where
        F: FnOnce() -> Vec<u8> + Send + 'static,
    {
        self.run(move |db| {
            let mut find = db.prepare("SELECT value FROM secrets WHERE name = ?1")?;
            if let Some(value) = find.query_row([name], |row| row.get(0)).optional()? {
                return Ok(value);
            }
            let value = make();
            db.execute("INSERT INTO secrets (name, value) VALUES (?1, ?2)", (name, &value))?;
            Ok(value)
        })
        .await
    }
}

fn work(db: &Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let is_begun = db.execute_batch("BEGIN").is_ok();
        let jobs = std::iter::once(first).chain(queue.try_iter().take(MOST_JOBS_AT_ONCE - 1));
        let replies: Vec<Reply> = jobs.map(|job| job(db)).collect();
        let is_kept = is_begun && db.execute_batch("COMMIT").is_ok();
        if !is_kept {
            let _ = db.execute_batch("ROLLBACK");
        }
        for reply in replies {
            reply(is_kept);
        }
    }
}

/// Takes back what a refused job has done, and nothing of its neighbours.
fn alone<T>(
    db: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    db.prepare_cached("SAVEPOINT job")?.execute([])?;
    let outcome = job(db);
    if outcome.is_err() {
        db.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    db.prepare_cached("RELEASE job")?.execute([])?;
    outcome
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        eprintln!("qpc-rust-server: database: {error}");
        Self::INTERNAL
    }
}

#[cfg(test)]
impl Store {
    /// A store that nobody else has, gone with the process.
    pub fn in_memory() -> Self {
        Self::serve(Connection::open_in_memory().unwrap()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refused_job_leaves_nothing() {
        let store = Store::in_memory();
        let insert = "INSERT INTO secrets VALUES ('a', x'00')";
        let refused: Result<(), _> = store
            .run(move |db| {
                db.execute(insert, [])?;
                Err(Refusal::DRAINING)
            })
            .await;
        assert_eq!(refused, Err(Refusal::DRAINING));
        assert_eq!(store.run(move |db| Ok(db.execute(insert, [])?)).await, Ok(1));
        let again = store.run(move |db| Ok(db.execute(insert, [])?)).await;
        assert_eq!(again, Err(Refusal::INTERNAL));
    }
}
